/// One statement of a piece of SQL.
public struct SQLStatement: Sendable, Equatable {
    /// From its first to its last word: without the semicolon and without comments before and after it.
    public let text: String
    /// Lines before it in the piece it was taken from.
    public let linesBefore: Int

    /// The statements of a piece of SQL, split at semicolons that are code; empty ones are left out.
    public static func split(_ sql: String) -> [SQLStatement] {
        let bytes = Array(sql.utf8)
        var statements: [SQLStatement] = []
        var extent: Range<Int>?
        func close() {
            guard let range = extent else { return }
            statements.append(
                SQLStatement(
                    text: String(decoding: bytes[range], as: UTF8.self),
                    linesBefore: bytes[..<range.lowerBound].count { $0 == .newline }))
            extent = nil
        }
        for segment in SQLScanner.segments(of: bytes) where segment.kind != .comment {
            for index in segment.range {
                if segment.kind == .code, bytes[index] == .semicolon {
                    close()
                } else if segment.kind != .code || !bytes[index].isBlank {
                    extent = (extent?.lowerBound ?? index)..<(index + 1)
                }
            }
        }
        close()
        return statements
    }
}
