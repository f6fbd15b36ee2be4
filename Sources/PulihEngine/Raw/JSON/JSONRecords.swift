internal import PulihJSON
internal import PulihModel
internal import PulihSystem

/// Reads a JSON document, or one a line, and writes its records as text.
///
/// It is read twice: first whole, to see that it is sound, which columns there are and what stands behind the records;
/// then once more, record by record. Only one record is held. What the first reading found may be known from before.
final class JSONRecords: ByteSource {
    /// Bytes of a record of the file.
    static let longestRecord = 16 << 20

    private let path: String
    private let layout: JSONLayout
    private let identity: FileIdentity
    private let longest: Int
    /// Of looking through the document, once it was read.
    private(set) var findings: JSONFindings?
    private var walk: JSONWalk?
    /// Bytes at the front of the text that were handed out.
    private var written = 0
    private var isAtEnd = false

    /// - Parameter identity: of the file that was opened.
    init(
        _ path: String, _ layout: JSONLayout, _ identity: FileIdentity, known: JSONFindings? = nil,
        longest: Int = longestRecord
    ) {
        findings = known
        self.path = path
        self.layout = layout
        self.identity = identity
        self.longest = longest
    }

    func read(into block: inout [UInt8]) throws -> Int {
        if identity.size == 0 { return 0 }
        do {
            let walk = try walk ?? prepare()
            walk.out.removeFirst(written)
            while walk.out.count < block.count, !isAtEnd { isAtEnd = try !readUnit(walk) }
            written = min(block.count, walk.out.count)
            block.withUnsafeMutableBytes { target in
                walk.out.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[..<written])) }
            }
            return written
        } catch {
            throw told(error)
        }
    }

    // MARK: passes

    private func prepare() throws -> JSONWalk {
        let table = try JSONTable(layout)
        let stamp = try survey(table)
        table.settleHeader()
        let walk = JSONWalk(try open(), table, layout, isSurvey: false)
        // Stamps of the survey are no longer of any record.
        walk.stamp = stamp
        WrittenText.appendHeader(table.headerNames, to: &walk.out)
        self.walk = walk
        return walk
    }

    /// - Returns: the stamp of its last reading.
    private func survey(_ table: JSONTable) throws -> Int {
        if let findings {
            try table.take(findings)
            return 0
        }
        let survey = JSONWalk(try open(), table, layout, isSurvey: true)
        while try readUnit(survey) {}
        if table.findings.isSmall { findings = table.findings }
        return survey.stamp
    }

    private func open() throws -> JSONInput {
        let bytes = try RawBytes(path)
        guard bytes.identity.isSameFile(as: identity), bytes.identity.size == identity.size else {
            throw PulihError(
                .data, "\(path) changed while it was read", object: path, leftBehind: "nothing was done",
                hint: "wait until it is complete, then run again", isTransient: true)
        }
        return try JSONInput(longest: longest) { block in
            try Task.checkCancellation()
            return try bytes.read(into: &block)
        }
    }

    /// A record of a document, or a line.
    /// - Returns: false at the end.
    private func readUnit(_ walk: JSONWalk) throws -> Bool {
        if layout.isLines { return try readLine(walk) }
        if walk.place.isEmpty { walk.begin("$") }
        do {
            if try walk.readNext() {
                if walk.isSurvey { walk.table.commitPending() }
                return true
            }
            try checkError(walk)
            try walk.finish()
            walk.table.commitPending()
            return false
        } catch {
            guard let shape = error as? JSONShape else { throw error }
            throw walk.input.failure(.syntax, shape.message)
        }
    }

    private func checkError(_ walk: JSONWalk) throws {
        guard let message = walk.reported ?? walk.reportedError(isInRecord: false) else { return }
        throw PulihError(
            .data, "\(name): \(message)", object: path, leftBehind: "nothing of it was loaded",
            hint: "fetch it again when the sender delivers")
    }

    private func readLine(_ walk: JSONWalk) throws -> Bool {
        let mark = walk.out.count
        let number: Int
        do {
            guard let next = try walk.input.nextLine() else {
                walk.table.commitPending()
                return false
            }
            number = next
        } catch {
            guard let failure = error as? JSONFailure, failure.kind == .tooLong else { throw error }
            let raw = walk.input.lineBytes(64 << 10)
            let number = try walk.input.skipLine()
            give(up: "the line has more than \(longest) bytes", number, raw, walk)
            return true
        }
        do {
            walk.begin(layout.records.isEmpty ? "line \(number)" : "line \(number) $")
            while try walk.readNext() {}
            try walk.finish()
            try checkError(walk)
            if walk.isSurvey { walk.table.commitPending() }
        } catch {
            let problem: String
            switch error {
            case let failure as JSONFailure: problem = "column \(failure.column): \(failure.message)"
            case let shape as JSONShape: problem = shape.message
            default: throw error
            }
            walk.out.removeLast(walk.out.count - mark)
            walk.table.pending.removeAll()
            walk.input.rewindLine()
            give(up: problem, number, walk.input.lineBytes(64 << 10), walk)
        }
        return true
    }

    private func give(up problem: String, _ line: Int, _ raw: [UInt8], _ walk: JSONWalk) {
        guard !walk.isSurvey else { return }
        let text = raw.last == ASCII.carriageReturn ? raw.dropLast() : raw[...]
        WrittenText.appendDamaged(problem, place: "line \(line)".utf8, raw: text, to: &walk.out)
    }

    // MARK: messages

    private var name: String { String(path.split(separator: "/").last ?? "") }

    private func told(_ error: any Error) -> any Error {
        switch error {
        case let failure as JSONFailure:
            PulihError(
                .data, "\(name), \(failure.description)", object: path,
                leftBehind: "nothing of it was loaded",
                hint: "deliver it again, whole and valid")
        case let problem as JSONPath.Problem:
            PulihError(.bug, "a path that was not checked: \(problem.message)", object: path)
        default: error
        }
    }
}
