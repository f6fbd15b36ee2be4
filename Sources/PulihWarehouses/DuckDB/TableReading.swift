import PulihDuckDB
import PulihModel

extension DuckDBSession {
    /// Tables and views of the live schemas; what is being built is left out.
    func tables(of client: String) throws -> [TableInfo] {
        let schemas = Layer.allCases.map { $0.schema(of: client) }
        let marks = schemas.map { _ in "?" }.joined(separator: ", ")
        var found: [TableInfo] = []
        try forEachRow(
            """
            SELECT c.schema_name, c.table_name, c.column_name, c.data_type, v.view_name IS NOT NULL
            FROM duckdb_columns() c
            LEFT JOIN duckdb_views() v ON v.database_name = c.database_name AND v.schema_name = c.schema_name
                AND v.view_name = c.table_name
            WHERE c.database_name = current_database() AND c.schema_name IN (\(marks))
                AND NOT starts_with(c.table_name, ?)
            ORDER BY c.schema_name, c.table_name, c.column_index
            """, schemas.map { .text($0) } + [.text(DuckDBNames.physicalPrefix)]
        ) { row in
            let name = TableName(schema: try row[0].content, table: try row[1].content)
            let column = QueryColumn(name: try row[2].content, type: try row[3].content)
            if found.last?.name == name {
                found[found.count - 1].columns.append(column)
            } else {
                found.append(TableInfo(name: name, isView: row[4].bool == true, columns: [column]))
            }
        }
        return found
    }

    /// Every row is hashed over its columns in the order of their names; the hashes are added up, so that
    /// neither the order of rows nor that of columns counts, and a row that stands twice counts twice.
    func fingerprint(_ table: TableName, leavingOut: [String]) throws -> TableFingerprint {
        let left = Set(leavingOut.map { $0.lowercased() })
        // DESCRIBE, so that a table that is not there is an error of DuckDB's, with its "did you mean".
        let columns = try query("DESCRIBE \(table.sql)").rows.map { try $0[0].content }
            .filter { !left.contains($0.lowercased()) }.sorted()
        let hash = columns.isEmpty ? "0" : "sum(hash(\(SQLText.identifiers(columns)))::HUGEINT)"
        let row = try query("SELECT count(*), CAST(coalesce(\(hash), 0) AS VARCHAR) FROM \(table.sql)").rows[
            0]
        return TableFingerprint(rows: try row[0].number, hash: try row[1].content)
    }
}
