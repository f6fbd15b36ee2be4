internal import Glibc
internal import PulihArchive
internal import PulihModel
internal import PulihSystem

/// The records of those members of a zip archive that match a pattern, one member after another, as one text: the header
/// of the first, then the records of all, each with its place as a last field. Blocks the thread.
///
/// A member with another header is refused, and so is one that ends inside quotes: what follows would be read as a part of
/// its last record.
final class MemberBytes: ByteSource {
    /// Bytes of the longest record.
    private static let longest = 64 << 20

    private let path: String
    private let format: CSVFormat
    private let pattern: String
    private let archive: ZipMembers
    private var scanner: RecordScanner
    private var member: String?
    private var passed: [String] = []
    private var hasMatched = false
    private var header: (text: [UInt8], member: String)?
    private var isAtHeader = false
    private var isAtStart = true
    /// Of the member, not yet consumed by the scanner.
    private var text: [UInt8] = []
    /// The record that earlier blocks began.
    private var carried: [UInt8] = []
    private var output: [UInt8] = []
    private var taken = 0
    private var buffer = [UInt8](repeating: 0, count: FileReader.bufferSize)

    init(_ path: String, pattern: String, _ dialect: CSVDialect, _ limits: ArchiveLimits) throws {
        self.path = path
        self.pattern = pattern
        format = CSVFormat(dialect)
        guard try ArchiveFormat.detect(path) == .zip else {
            throw PulihError(
                .data, "\(path) is no zip archive, of which 'members' reads the files", object: path,
                leftBehind: "nothing of it was read",
                hint: "files that come by themselves are another file of the configuration")
        }
        archive = try ZipMembers(path: path, limits: limits)
        scanner = RecordScanner(format)
    }

    func read(into block: inout [UInt8]) throws -> Int {
        while taken == output.count {
            output.removeAll(keepingCapacity: true)
            taken = 0
            guard try advance() else { return 0 }
        }
        let count = min(block.count, output.count - taken)
        block.replaceSubrange(0..<count, with: output[taken..<taken + count])
        taken += count
        return count
    }

    /// - Returns: false at the end.
    private func advance() throws -> Bool {
        guard let member else { return try begin() }
        let count = try buffer.withUnsafeMutableBytes { try archive.read(into: $0) }
        text.append(contentsOf: buffer[..<count])
        if isAtStart, text.count < 3, count > 0 { return true }
        if isAtStart, text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
        isAtStart = false
        try scan(member, isLast: count == 0)
        if count == 0 { self.member = nil }
        return true
    }

    private func begin() throws -> Bool {
        while let name = try archive.next() {
            guard Self.matches(pattern, name) else {
                if passed.count < 10 { passed.append(name) }
                continue
            }
            member = name
            hasMatched = true
            scanner = RecordScanner(format)
            isAtHeader = format.hasHeader
            isAtStart = true
            (text, carried) = ([], [])
            return true
        }
        guard hasMatched else {
            let held = passed.isEmpty ? "it holds no file" : "it holds \(passed.joined(separator: ", "))"
            throw refusal("no member matches \(pattern): \(held)")
        }
        return false
    }

    private func scan(_ member: String, isLast: Bool) throws {
        let consumed = try text.withUnsafeBufferPointer { block in
            try scanner.scan(block, isLast: isLast) { record in
                let own = block[max(0, record.start)..<max(0, record.end)]
                // The line end may have begun where the last block ended.
                let whole = (carried + own).prefix(record.end - record.start)
                carried = []
                try take(whole, record, member)
            }
        }
        let start = max(0, consumed - scanner.carried)
        carried.append(contentsOf: text[start..<consumed])
        text.removeFirst(consumed)
        guard carried.count <= Self.longest else {
            throw refusal("a record of \(member) is longer than \(Self.longest) bytes")
        }
    }

    private func take(_ text: ArraySlice<UInt8>, _ record: ScannedRecord, _ member: String) throws {
        if case .unterminated(let line, _) = record.damage {
            throw refusal("\(member) ends inside quotes that begin in its line \(line)")
        }
        if isAtHeader {
            isAtHeader = false
            guard let header else {
                self.header = (Array(text), member)
                append(text, place: Lineage.place)
                return
            }
            guard header.text.elementsEqual(text) else {
                let (first, other) = (header.text, Array(text))
                throw refusal(
                    "\(member) has the header '\(Self.shown(other))', and \(header.member) '\(Self.shown(first))'"
                )
            }
            return
        }
        append(text, place: "\(member):\(record.line)")
    }

    private func append(_ text: ArraySlice<UInt8>, place: String) {
        output.append(contentsOf: text)
        output.append(contentsOf: format.delimiter)
        if let quote = format.quote { output.append(quote) }
        for byte in place.utf8 {
            let isMark =
                byte < 0x20 || byte == format.quote || byte == format.escape
                || format.delimiter.contains(byte)
            output.append(isMark ? UInt8(ascii: "_") : byte)
        }
        if let quote = format.quote { output.append(quote) }
        output.append(ASCII.lineFeed)
    }

    /// `*` matches folders too.
    private static func matches(_ pattern: String, _ name: String) -> Bool {
        isData(name) && fnmatch(pattern.lowercased(), name.lowercased(), 0) == 0
    }

    /// Not hidden. What macOS packs beside the files is none of them.
    static func isData(_ name: String) -> Bool {
        let file = name.split(separator: "/").last ?? ""
        return !file.hasPrefix(".") && !name.hasPrefix("__MACOSX/")
    }

    private static func shown(_ text: [UInt8]) -> String {
        String(decoding: text.prefix(200), as: UTF8.self)
    }

    private func refusal(_ problem: String) -> PulihError {
        PulihError(
            .data, "\(path): \(problem)", object: path, leftBehind: "nothing of it was read",
            hint: "deliver the archive again, whole and of one kind of file")
    }
}
