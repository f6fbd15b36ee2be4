/// Where a test's workspace keeps its catalog and its warehouse.
public enum Place: String, CaseIterable, Sendable {
    /// SQLite and DuckDB files.
    case embedded
    /// Both in one database of a real server.
    case postgresql
    /// The catalog in SQLite, the warehouse on a server.
    case mixed

    /// Of the test that runs.
    @TaskLocal public static var current = Place.embedded

    /// A place of its own for a workspace. - Returns: the lines of `pulih.yml` that name it, and the database.
    /// - Parameter url: a database that is there already.
    func make(in url: String?) async throws -> (lines: String, database: String?) {
        if self == .embedded { return ("", nil) }
        var url = url ?? ""
        if url.isEmpty { url = try await PostgresServer.shared.makeDatabase() }
        let catalog = self == .postgresql ? "catalog: \(url)\n" : ""
        return ("\(catalog)warehouse: \(url)\n", url)
    }

    /// A column list without the loading time, which differs between runs that are the same, and the hash of a row `t`.
    func fingerprint(of table: String) -> String {
        let isBronze = table.hasPrefix("bronze")
        switch self {
        case .embedded:
            let columns = isBronze ? "* EXCLUDE (dwh_loaded_at)" : "*"
            return "SELECT '\(table)', count(*) || ' rows; ' || coalesce(sum(hash(t)), 0) FROM"
                + " (SELECT \(columns) FROM \(table)) AS t"
        case .postgresql, .mixed:
            let columns = isBronze ? "to_jsonb(r) - 'dwh_loaded_at'" : "*"
            return "SELECT '\(table)', count(*) || ' rows; '"
                + " || coalesce(sum(CAST(hashtextextended(CAST(t AS text), 0) AS numeric)), 0) FROM"
                + " (SELECT \(columns) FROM \(table) AS r) AS t"
        }
    }

    /// A SELECT of the names of tables and views of these schemas, without what a run has built and not published.
    func relations(_ schemas: String) -> String {
        switch self {
        case .embedded:
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
                + " WHERE table_schema IN (\(schemas)) AND NOT starts_with(table_name, '__')"
        case .postgresql, .mixed:
            // The information schema does not list materialized views.
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE n.nspname IN (\(schemas)) AND c.relkind IN ('r', 'p', 'v', 'm')"
        }
    }
}
