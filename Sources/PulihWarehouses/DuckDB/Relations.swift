import PulihDuckDB
import PulihModel

enum DuckDBRelationKind: String {
    case table = "TABLE"
    case view = "VIEW"
}

// What the database holds.
extension DuckDBSession {
    func relation(_ name: TableName) throws -> DuckDBRelationKind? {
        try query(
            """
            SELECT 'TABLE' FROM duckdb_tables()
            WHERE database_name = current_database() AND schema_name = ? AND table_name = ?
            UNION ALL
            SELECT 'VIEW' FROM duckdb_views()
            WHERE database_name = current_database() AND schema_name = ? AND view_name = ?
            """,
            [.text(name.schema), .text(name.table), .text(name.schema), .text(name.table)]
        ).rows.first.map { try $0[0].named(DuckDBRelationKind.self) }
    }

    func columns(of name: TableName) throws -> [RelationColumn] {
        try query(
            """
            SELECT column_name, data_type FROM duckdb_columns()
            WHERE database_name = current_database() AND schema_name = ? AND table_name = ?
            ORDER BY column_index
            """, [.text(name.schema), .text(name.table)]
        ).rows.map { RelationColumn(try $0[0].content, try $0[1].content) }
    }

    /// Drops a table or view, whichever it is, if it is there.
    func dropRelation(_ name: TableName) throws {
        guard let kind = try relation(name) else { return }
        try execute("DROP \(kind.rawValue) \(name.sql)")
    }
}

extension RelationColumn {
    /// Letters' case does not count.
    init(_ name: String, _ type: String) {
        self.init(name: name, type: type, folded: name.lowercased())
    }
}
