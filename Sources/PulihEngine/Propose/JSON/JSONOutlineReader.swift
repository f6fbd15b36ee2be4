internal import PulihJSON
internal import PulihModel

/// Reads a document, or one a line, for what stands where in it.
struct JSONOutlineReader {
    /// Bytes of a line, or of a text.
    private static let longest = 256 << 20
    /// Places that are told apart in a document.
    private static let mostNodes = 50_000
    /// Brackets inside brackets that are looked into.
    private static let deepest = 64

    let path: String
    let root = JSONOutline()
    private(set) var isLines: Bool
    /// Lines that are no document.
    private(set) var broken = 0
    private var nodes = 0

    /// - Throws: `data` for what is neither a document nor one a line.
    static func read(_ path: String) throws -> JSONOutlineReader {
        var whole = JSONOutlineReader(path: path)
        let failure = try whole.readDocument()
        guard whole.isLines || failure != nil else { return whole }
        var lines = JSONOutlineReader(path: path, isLines: true)
        try lines.readLines()
        // Of a document that is broken few lines are documents by themselves.
        let documents = lines.root.counts.all
        guard documents > lines.broken, failure == nil || documents > 1 else {
            throw refusal(
                path,
                failure.map { "\($0)" } ?? "it holds several documents, which do not stand in a line each")
        }
        return lines
    }

    private init(path: String, isLines: Bool = false) {
        self.path = path
        self.isLines = isLines
    }

    private func open() throws -> JSONInput {
        let bytes = try RawBytes(path)
        return try JSONInput(longest: Self.longest) { block in
            try Task.checkCancellation()
            return try bytes.read(into: &block)
        }
    }

    /// - Returns: why it is no document.
    private mutating func readDocument() throws -> JSONFailure? {
        do {
            let input = try open()
            try read(input, root, depth: 0)
            isLines = try input.peek() != nil
            return nil
        } catch {
            guard let failure = error as? JSONFailure else { throw error }
            return failure
        }
    }

    private mutating func readLines() throws {
        let input = try open()
        while true {
            do {
                guard try input.nextLine() != nil else { return }
                try read(input, root, depth: 0)
                if try input.peek() != nil { broken += 1 }
            } catch {
                guard let failure = error as? JSONFailure else { throw error }
                if failure.kind == .tooLong { _ = try input.skipLine() }
                broken += 1
            }
        }
    }

    private mutating func read(_ input: JSONInput, _ node: JSONOutline, depth: Int) throws {
        let kind = try input.kind()
        switch kind {
        case .object where depth < Self.deepest: try readObject(input, node, depth)
        case .array where depth < Self.deepest: try readArray(input, node, depth)
        case .text: try readText(input, node)
        default: try input.skipValue()
        }
        // A value counts once it was whole.
        switch kind {
        case .object: node.counts.objects += 1
        case .array: node.counts.arrays += 1
        case .number: node.counts.numbers += 1
        case .boolean: node.counts.booleans += 1
        case .null: node.counts.nulls += 1
        case .text: break
        }
    }

    private mutating func readObject(_ input: JSONInput, _ node: JSONOutline, _ depth: Int) throws {
        let closing = UInt8(ascii: "}")
        guard try input.enter(closing) else { return }
        let mayAdd = nodes < Self.mostNodes
        repeat {
            let before = node.members.count
            let child = try input.name { bytes, hasEscapes in
                guard hasEscapes else { return node.member(bytes, mayAdd: mayAdd) }
                var unescaped: [UInt8] = []
                JSONText.unescape(bytes, into: &unescaped)
                return unescaped.withUnsafeBufferPointer { node.member($0, mayAdd: mayAdd) }
            }
            nodes += max(0, node.members.count - before)
            try read(input, child, depth: depth + 1)
        } while try input.another(closing)
    }

    private mutating func readArray(_ input: JSONInput, _ node: JSONOutline, _ depth: Int) throws {
        let closing = UInt8(ascii: "]")
        guard try input.enter(closing) else { return }
        var index = 0
        repeat {
            try read(input, node.element(index), depth: depth + 1)
            index += 1
        } while try input.another(closing)
    }

    private func readText(_ input: JSONInput, _ node: JSONOutline) throws {
        input.anchor()
        let slice = try input.slice()
        let bytes = input.bytes(slice).dropFirst().dropLast()
        if bytes.count <= 40 {
            if ColumnProfile.nullWords.contains(String(decoding: bytes, as: UTF8.self)) {
                input.release()
                node.counts.marks += 1
                return
            }
            if Self.isNumeric(bytes) { node.counts.numericTexts += 1 }
        }
        node.counts.texts += 1
        input.release()
    }

    private static func isNumeric(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.contains { (48...57).contains($0) }
            && bytes.allSatisfy { (48...57).contains($0) || "+-.,% ".utf8.contains($0) }
    }

    private static func refusal(_ path: String, _ problem: String) -> PulihError {
        PulihError(
            .data, "\(path) is no sound JSON: \(problem)", object: path, leftBehind: "nothing was proposed",
            hint: "have it delivered again, whole and valid")
    }
}
