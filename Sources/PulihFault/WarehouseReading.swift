internal import PulihDuckDB
internal import PulihTesting

/// Reads all that stands in the warehouse of a workspace that nobody runs.
enum WarehouseReading {
    /// The rows of every table and view, sorted, by its name. Left out: what differs between runs that are the same.
    static func tables(_ workspace: Workspace) async throws -> [String: [String]] {
        guard let database = workspace.database else {
            return try await embedded(workspace.path("warehouse/client1.duckdb"))
        }
        let names = try await PostgresReading.rows(database, [listOnServer])[0].map { $0[0] }
        return collect(
            names,
            try await PostgresReading.rows(database, [names.map(onServer).joined(separator: " UNION ALL ")])[
                0])
    }

    private static func embedded(_ path: String) async throws -> [String: [String]] {
        let file = try DuckDBDatabase(path: path, options: ["access_mode": "READ_ONLY", "threads": "1"])
        let connection = try file.connect()
        let (names, rows) = try await connection.run { session in
            try session.execute("SET TimeZone = 'UTC'")
            let names = try session.query(listEmbedded).rows.map { $0[0].text ?? "" }
            let union = names.map(inFile).joined(separator: " UNION ALL ")
            return (names, try session.query(union).rows.map { $0.map { $0.text ?? "-" } })
        }
        await connection.close()
        file.close()
        return collect(names, rows)
    }

    /// Also of a table without rows there is to be known that it is there.
    private static func collect(_ names: [String], _ rows: [[String]]) -> [String: [String]] {
        var tables = Dictionary(uniqueKeysWithValues: names.map { ($0, [String]()) })
        for row in rows { tables[row[0], default: []].append(row[1]) }
        return tables.mapValues { $0.sorted() }
    }

    // Views through which models read bronze are made anew by each run, whether it builds anything or not.
    private static let listEmbedded = """
        SELECT table_schema || '.' || table_name FROM information_schema.tables
        WHERE table_schema NOT IN ('information_schema', 'pg_catalog') AND table_name NOT IN ('fence', 'version')
            AND table_schema NOT LIKE 'build_bronze_%'
        """
    private static let listOnServer = """
        SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN ('information_schema', 'tools') AND n.nspname NOT LIKE 'pg\\_%'
            AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname NOT IN ('fence', 'version')
            AND n.nspname NOT LIKE 'build\\_bronze\\_%'
        """

    /// When and by whom is another matter than what.
    private static func volatile(_ table: String) -> [String] {
        // Partitions too.
        if table.contains("bronze_") || table.contains("__BATCH") { return ["dwh_loaded_at"] }
        if table.hasSuffix(".ledger") {
            return ["sequence", "attempt", "epoch", "fingerprint", "row_count", "committed_at"]
        }
        return []
    }

    private static func inFile(_ table: String) -> String {
        let left = volatile(table).joined(separator: ", ")
        let columns = left.isEmpty ? "*" : "* EXCLUDE (\(left))"
        return "SELECT '\(table)', CAST(t AS VARCHAR) FROM (SELECT \(columns) FROM \(quoted(table))) AS t"
    }

    private static func onServer(_ table: String) -> String {
        let left = volatile(table).map { " - '\($0)'" }.joined()
        return "SELECT '\(table)', CAST(to_jsonb(t)\(left) AS text) FROM \(quoted(table)) AS t"
    }

    private static func quoted(_ table: String) -> String {
        table.split(separator: ".").map { "\"\($0)\"" }.joined(separator: ".")
    }
}
