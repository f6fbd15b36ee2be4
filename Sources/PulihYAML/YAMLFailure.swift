/// Why a text is not one well-formed document, and where.
public struct YAMLFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1; the first character of the text is line 1, column 1.
    public let line: Int
    /// In characters (Unicode scalars), from 1.
    public let column: Int
    public let problem: String

    public init(line: Int, column: Int, problem: String) {
        self.line = line
        self.column = column
        self.problem = problem
    }

    public var description: String { "line \(line), column \(column): \(problem)" }
}
