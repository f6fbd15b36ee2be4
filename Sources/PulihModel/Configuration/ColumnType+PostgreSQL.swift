/// Names of types in PostgreSQL.
extension ColumnType {
    /// As PostgreSQL's `format_type` writes it, so that types can be compared as text.
    public var postgresName: String {
        switch self {
        case .smallint: "smallint"
        case .integer: "integer"
        case .bigint: "bigint"
        case .hugeint: "numeric(39,0)"
        case .decimal(let precision, let scale): "numeric(\(precision),\(scale))"
        case .double: "double precision"
        case .boolean: "boolean"
        case .date: "date"
        case .timestamp: "timestamp without time zone"
        case .timestamptz: "timestamp with time zone"
        case .time: "time without time zone"
        case .text: "text"
        case .uuid: "uuid"
        // Keeps the text as it came, which jsonb does not.
        case .json: "json"
        }
    }
}
