/// The comment block of YAML at the beginning of a model, and the SQL after it.
struct FrontMatter: Equatable {
    /// Empty lines stand for those before it, so that its lines count as in the file. Empty without front matter.
    let yaml: String
    let sql: String
    /// Lines before the SQL.
    let linesBefore: Int
    /// The line of a `/* ---` without its `--- */`.
    let unclosedLine: Int?

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let open = lines.firstIndex(where: { !Self.isBlank($0) }), Self.isMark(lines[open], "/*", "---") else {
            self.init(yaml: "", sql: text, linesBefore: 0, unclosedLine: nil)
            return
        }
        guard let close = lines[(open + 1)...].firstIndex(where: { Self.isMark($0, "---", "*/") }) else {
            self.init(yaml: "", sql: "", linesBefore: lines.count, unclosedLine: open + 1)
            return
        }
        let before = String(repeating: "\n", count: open + 1)
        self.init(
            yaml: before + lines[(open + 1)..<close].joined(separator: "\n"),
            sql: lines[(close + 1)...].joined(separator: "\n"), linesBefore: close + 1, unclosedLine: nil)
    }

    private init(yaml: String, sql: String, linesBefore: Int, unclosedLine: Int?) {
        self.yaml = yaml
        self.sql = sql
        self.linesBefore = linesBefore
        self.unclosedLine = unclosedLine
    }

    private static func isBlank(_ line: Substring) -> Bool { line.allSatisfy(\.isWhitespace) }

    /// The two marks alone on a line, with or without a blank between them.
    private static func isMark(_ line: Substring, _ first: String, _ second: String) -> Bool {
        line.filter { !$0.isWhitespace } == first + second
    }
}
