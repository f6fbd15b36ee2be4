import PulihModel
import PulihPostgres

extension PostgresSession {
    /// Tables and views of the live schemas; what is being built is left out.
    func tables(of client: String) throws -> [TableInfo] {
        let schemas = Layer.allCases.map { $0.schema(of: client) }
        let marks = schemas.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        var found: [TableInfo] = []
        try forEachRow(
            """
            SELECT n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
                c.relkind = 'v', a.atttypid, t.typcategory::text, t.typtype::text
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                JOIN pg_type t ON t.oid = a.atttypid
            WHERE n.nspname IN (\(marks)) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
            ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum
            """, schemas.map { .text($0) }
        ) { row in
            let name = TableName(schema: try row[0].content, table: try row[1].content)
            let type = PostgresTypeInfo(
                name: try row[3].content, category: try row[6].content, kind: try row[7].content,
                oid: try row[5].number)
            let column = QueryColumn(name: try row[2].content, type: type.name, kind: type.shown)
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
        // Also so that a table that is not there is an error of the server's.
        let columns = try query("SELECT * FROM \(table.sql) LIMIT 0").columns.map(\.name)
            .filter { !left.contains($0.lowercased()) }.sorted()
        let row = columns.map { "t." + SQLText.identifier($0) }.joined(separator: ", ")
        // As text a row tells NULL from the empty text, and where one value ends.
        let hash =
            columns.isEmpty
            ? "0::numeric" : "sum(hashtextextended(ROW(\(row))::text COLLATE \"C\", 0)::numeric)"
        let found = try query("SELECT count(*), coalesce(\(hash), 0)::text FROM \(table.sql) AS t").rows[0]
        return TableFingerprint(rows: try found[0].number, hash: try found[1].content)
    }
}
