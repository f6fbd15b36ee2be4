import PulihModel
import PulihYAML

/// Reads `csv:`.
struct DialectReader {
    static let keys = ["delimiter", "quote", "escape", "header", "encoding", "skip_lines", "nulls"]

    let source: YAMLSource

    func read(_ node: YAMLNode?) -> CSVDialect {
        var dialect = CSVDialect()
        guard let node, let section = Section(node, "csv", keys: Self.keys, in: source) else { return dialect }
        readMarks(section, &dialect)
        dialect.hasHeader = section.bool("header") ?? true
        dialect.encoding = section.word("encoding") ?? .utf8
        dialect.skipLines = section.int("skip_lines", in: 0...1_000_000) ?? 0
        dialect.nulls = section.texts("nulls")?.map(\.text) ?? dialect.nulls
        return dialect
    }

    private func readMarks(_ section: Section, _ dialect: inout CSVDialect) {
        if let delimiter = section.text("delimiter") { dialect.delimiter = checked(delimiter, section) }
        if let quote = section.text("quote") {
            dialect.quote = quote == "none" ? nil : oneCharacter(quote, "quote", section)
        }
        dialect.escape = dialect.quote
        if let escape = section.text("escape") {
            if dialect.quote == nil { section.report("escape", "'escape' has no effect where nothing is quoted") }
            dialect.escape = oneCharacter(escape, "escape", section)
        }
        for (key, mark) in [("quote", dialect.quote), ("escape", dialect.escape)] {
            if let mark, dialect.delimiter.contains(mark), key == "quote" || mark != dialect.quote {
                let place = section.has("delimiter") ? "delimiter" : key
                section.report(place, "the delimiter '\(dialect.delimiter)' holds the \(key) '\(mark)'")
            }
        }
    }

    private func checked(_ delimiter: String, _ section: Section) -> String {
        if delimiter == "\\t" || delimiter.lowercased() == "tab" {
            section.report("delimiter", "'\(delimiter)' is no tab", hint: #"write "\t" in double quotes"#)
        } else if !(1...4).contains(delimiter.utf8.count) {
            section.report("delimiter", "'delimiter' must be one to four bytes, not '\(delimiter)'")
        } else if delimiter.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) {
            section.report("delimiter", "a line end cannot be the delimiter")
        }
        return delimiter
    }

    private func oneCharacter(_ text: String, _ key: String, _ section: Section) -> String {
        let isPrintable = text.utf8.count == 1 && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        if !isPrintable {
            section.report(
                key, "'\(key)' must be one printable ASCII character, not '\(text)'",
                hint: key == "quote" ? "none: nothing is quoted" : "")
        }
        return text
    }
}
