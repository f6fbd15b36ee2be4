import PulihDuckDB
import PulihModel

enum RelationKind: String {
    case table = "TABLE"
    case view = "VIEW"
}

struct RelationColumn: Equatable, Sendable {
    let name: String
    /// As DuckDB writes it: `DECIMAL(12,2)`.
    let type: String

    /// Names are compared as DuckDB does: letters' case does not count.
    var folded: String { name.lowercased() }
}

// What the database holds.
extension DuckDBSession {
    func relation(_ name: TableName) throws -> RelationKind? {
        try query(
            """
            SELECT 'TABLE' FROM duckdb_tables()
            WHERE database_name = current_database() AND schema_name = ? AND table_name = ?
            UNION ALL
            SELECT 'VIEW' FROM duckdb_views()
            WHERE database_name = current_database() AND schema_name = ? AND view_name = ?
            """,
            [.text(name.schema), .text(name.table), .text(name.schema), .text(name.table)]
        ).rows.first.map { try $0[0].named(RelationKind.self) }
    }

    func columns(of name: TableName) throws -> [RelationColumn] {
        try query(
            """
            SELECT column_name, data_type FROM duckdb_columns()
            WHERE database_name = current_database() AND schema_name = ? AND table_name = ?
            ORDER BY column_index
            """, [.text(name.schema), .text(name.table)]
        ).rows.map { RelationColumn(name: try $0[0].content, type: try $0[1].content) }
    }

    /// Drops a table or view, whichever it is, if it is there.
    func dropRelation(_ name: TableName) throws {
        guard let kind = try relation(name) else { return }
        try execute("DROP \(kind.rawValue) \(name.sql)")
    }
}
