/// Finds the variables of a template.
struct TemplateParser {
    private let bytes: [UInt8]
    private let segments: [SQLScanner.Segment]
    /// Everything before it is in `parts`.
    private var done = 0
    private(set) var parts: [ModelTemplate.Part] = []
    private(set) var problems: [ModelTemplate.Problem] = []
    private(set) var references: [ModelTemplate.Reference] = []

    init(_ sql: String) {
        bytes = Array(sql.utf8)
        segments = SQLScanner.segments(of: bytes)
    }

    mutating func run() {
        for segment in segments where segment.kind != .comment {
            var position = max(segment.range.lowerBound, done)
            while let open = find("{", from: position, to: segment.range.upperBound) {
                guard let close = find("}", from: open + 2, to: segment.range.upperBound) else {
                    report(open, "'{{' is not closed by '}}'")
                    break
                }
                takeVariable(open..<(close + 2), in: segment.kind)
                position = max(close + 2, done)
            }
        }
        flush(to: bytes.count)
    }

    /// Where the brace stands twice.
    private func find(_ brace: Unicode.Scalar, from start: Int, to end: Int) -> Int? {
        let brace = UInt8(ascii: brace)
        guard start + 1 < end else { return nil }
        return (start..<(end - 1)).first { bytes[$0] == brace && bytes[$0 + 1] == brace }
    }

    private mutating func takeVariable(_ range: Range<Int>, in kind: SQLScanner.Kind) {
        let inner = bytes[(range.lowerBound + 2)..<(range.upperBound - 2)]
        let name = String(
            decoding: inner.drop { $0.isBlank }.reversed().drop { $0.isBlank }.reversed(), as: UTF8.self)
        guard let variable = ModelTemplate.Variable(rawValue: name) else {
            let known = ModelTemplate.Variable.allCases.map(\.rawValue)
            let near = Suggestion.hint(for: name, among: known)
            report(
                range.lowerBound, "unknown variable '\(name)'",
                hint: near.isEmpty ? "variables are \(known.joined(separator: ", "))" : near)
            return
        }
        let isTable = variable == .this || variable.layer != nil
        switch kind {
        case .text where isTable:
            report(range.lowerBound, "'{{ \(name) }}' stands inside a text, where a table cannot be")
        case .text:
            append(.bare(variable), range)
        case .quotedName:
            report(range.lowerBound, "'{{ \(name) }}' stands inside a quoted name, where no variable can be")
        case .code, .comment:
            if let layer = variable.layer {
                takeTable(layer, range)
            } else {
                append(isTable ? .this : .literal(variable), range)
            }
        }
    }

    /// The `.name` after a layer.
    private mutating func takeTable(_ layer: Layer, _ range: Range<Int>) {
        var index = skipBlanks(range.upperBound)
        guard index < bytes.count, bytes[index] == .point else { return reportNameMissing(layer, range) }
        index = skipBlanks(index + 1)
        let name: String
        let end: Int
        if let quoted = segments.first(where: { $0.kind == .quotedName && $0.range.lowerBound == index }) {
            end = quoted.range.upperBound
            let inner = String(decoding: bytes[quoted.range].dropFirst().dropLast(), as: UTF8.self)
            name = inner.replacing("\"\"", with: "\"")
        } else {
            end = bytes[index...].firstIndex { !$0.isWord } ?? bytes.count
            let word = bytes[index..<end]
            // Unquoted names are lower case, as everywhere in SQL.
            name = word.first.map(\.isDigit) ?? true ? "" : String(decoding: word, as: UTF8.self).lowercased()
        }
        guard !name.isEmpty else { return reportNameMissing(layer, range) }
        let table = LayerTable(layer, name)
        references.append(ModelTemplate.Reference(table: table, linesBefore: linesBefore(range.lowerBound)))
        append(.table(table), range.lowerBound..<end)
    }

    private func skipBlanks(_ start: Int) -> Int {
        bytes[start...].firstIndex { !$0.isBlank } ?? bytes.count
    }

    private mutating func append(_ part: ModelTemplate.Part, _ range: Range<Int>) {
        flush(to: range.lowerBound)
        parts.append(part)
        done = range.upperBound
    }

    private mutating func flush(to end: Int) {
        if done < end { parts.append(.sql(String(decoding: bytes[done..<end], as: UTF8.self))) }
    }

    private mutating func reportNameMissing(_ layer: Layer, _ range: Range<Int>) {
        report(
            range.lowerBound, "'{{ \(layer.rawValue) }}' is not followed by a table",
            hint: "write {{ \(layer.rawValue) }}.name")
    }

    private mutating func report(_ position: Int, _ message: String, hint: String = "") {
        problems.append(
            ModelTemplate.Problem(linesBefore: linesBefore(position), message: message, hint: hint))
    }

    private func linesBefore(_ position: Int) -> Int { bytes[..<position].count { $0 == .newline } }
}
