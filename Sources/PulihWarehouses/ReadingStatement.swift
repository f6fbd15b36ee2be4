import PulihModel

/// What a reader may run. The server or engine refuses besides what hides in a statement that begins like one that
/// reads.
enum ReadingStatement {
    /// How statements that read begin.
    struct Beginnings {
        let words: Set<String>
        /// As a message lists them.
        let told: String
    }

    /// - Throws: `usage` unless the text is one statement; `refused` when it does not begin as one that reads.
    static func check(_ sql: String, _ beginnings: Beginnings, client: String) throws {
        let statements = SQLStatement.split(sql)
        guard statements.count == 1 else {
            let found = statements.isEmpty ? "none" : String(statements.count)
            throw PulihError(
                .usage, "one statement was expected, the text holds \(found)",
                object: client, leftBehind: "nothing was run", hint: "give one statement at a time")
        }
        let start = statements[0].text.drop { $0 == "(" || $0.isWhitespace }
        let word = start.prefix { $0.isLetter || $0 == "_" }.uppercased()
        guard !beginnings.words.contains(word), !word.isEmpty else { return }
        throw PulihError(
            .refused, "unable to run \(word): only reading statements", object: client,
            leftBehind: "nothing was changed", hint: "a query may be \(beginnings.told)")
    }
}

extension SQLText {
    /// Without semicolon and comment at its end, and with its lines where they were. Several statements stay
    /// as they are: the engine will refuse them.
    static func statement(_ sql: String) -> String {
        let statements = SQLStatement.split(sql)
        guard statements.count == 1 else { return sql }
        return String(repeating: "\n", count: statements[0].linesBefore) + statements[0].text
    }

    static func subquery(_ sql: String) -> String { "(\(statement(sql)))" }
}
