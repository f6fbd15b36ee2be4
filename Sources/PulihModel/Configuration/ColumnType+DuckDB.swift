/// Names of types in DuckDB, which the engine and the DuckDB warehouse share.
extension ColumnType {
    /// As DuckDB writes it, so that types can be compared as text.
    public var duckDBName: String {
        switch self {
        case .smallint: "SMALLINT"
        case .integer: "INTEGER"
        case .bigint: "BIGINT"
        case .hugeint: "HUGEINT"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .double: "DOUBLE"
        case .boolean: "BOOLEAN"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        case .timestamptz: "TIMESTAMP WITH TIME ZONE"
        case .time: "TIME"
        case .text: "VARCHAR"
        case .uuid: "UUID"
        case .json: "JSON"
        }
    }
}
