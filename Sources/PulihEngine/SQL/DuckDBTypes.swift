internal import PulihModel

extension ColumnType {
    /// The type in DuckDB's words.
    var duckDBName: String {
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
        case .timestamptz: "TIMESTAMPTZ"
        case .time: "TIME"
        case .text: "VARCHAR"
        case .uuid: "UUID"
        case .json: "JSON"
        }
    }

    /// The value as Parquet keeps it without loss: DuckDB would write a HUGEINT as a floating-point number.
    func stored(_ value: String) -> String {
        self == .hugeint ? "CAST(\(value) AS VARCHAR)" : value
    }

    /// The value as it was before `stored`.
    func restored(_ value: String) -> String {
        self == .hugeint ? "CAST(\(value) AS HUGEINT)" : value
    }
}
