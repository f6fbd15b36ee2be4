/// A column of a result.
public struct DuckDBColumn: Sendable, Hashable {
    public let name: String
    /// DuckDB's name of the type, such as `BIGINT`, `DECIMAL(18,3)`, `JSON`.
    public let type: String
}

/// A whole result in memory.
public struct DuckDBTable: Sendable, Hashable {
    public let columns: [DuckDBColumn]
    public let rows: [[DuckDBValue]]

    /// The position of the first column of this name; letters' case counts.
    public func index(of column: String) -> Int? {
        columns.firstIndex { $0.name == column }
    }
}
