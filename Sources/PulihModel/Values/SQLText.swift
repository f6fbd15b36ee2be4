/// The one place where identifiers and literals become SQL text.
///
/// Values travel as bound parameters; `literal` serves the few places where an engine takes none (file paths and
/// reader options), and doubles every quote.
public enum SQLText {
    public static func identifier(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    public static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    public static func identifiers(_ names: [String]) -> String {
        names.map(identifier).joined(separator: ", ")
    }
}

/// A schema-qualified table or view.
public struct TableName: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let schema: String
    public let table: String

    public init(schema: String, table: String) {
        self.schema = schema
        self.table = table
    }

    /// Quoted, ready for a statement.
    public var sql: String { SQLText.identifier(schema) + "." + SQLText.identifier(table) }
    public var description: String { "\(schema).\(table)" }
    public static func < (left: TableName, right: TableName) -> Bool { left.description < right.description }
}

/// The names of the columns that Pulih adds to every bronze table.
public enum Lineage {
    public static let batch = "dwh_batch_id"
    public static let file = "dwh_source_file"
    /// The record's ordinal in the raw file, from 1, header not counted; blank lines are no records.
    public static let row = "dwh_source_row"
    public static let loadedAt = "dwh_loaded_at"
    public static let all = [batch, file, row, loadedAt]
}
