public import PulihModel

extension TestWorkspace {
    /// The rows of a query as lines of CSV, header left out; NULL is empty.
    public func rows(_ sql: String) async throws -> [String] {
        try await must("query", "--csv", sql).stdout.split(separator: "\n").dropFirst().map(String.init)
    }

    /// Rows and an order-independent hash of every table and view of these layers, by name.
    ///
    /// Left out: the loading time, which differs between runs that are the same, and tables whose names begin with
    /// `__`, which a run has built and not published.
    public func fingerprint(_ layers: Layer..., client: String = "client1") async throws -> [String: String] {
        let schemas = layers.map { "'\($0.schema(of: client))'" }.joined(separator: ", ")
        let tables = try await rows(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
                + " WHERE table_schema IN (\(schemas)) AND NOT starts_with(table_name, '__')")
        guard !tables.isEmpty else { throw TestFailure("there is no table in \(schemas)") }
        let parts = tables.map { table in
            let columns = table.hasPrefix(Layer.bronze.rawValue) ? "* EXCLUDE (dwh_loaded_at)" : "*"
            return "SELECT '\(table)', count(*) || ' rows; ' || coalesce(sum(hash(t)), 0) FROM"
                + " (SELECT \(columns) FROM \(table)) AS t"
        }
        let prints = try await rows(parts.joined(separator: " UNION ALL "))
        return Dictionary(
            uniqueKeysWithValues: prints.map { line in
                let cells = line.split(separator: ",", maxSplits: 1).map(String.init)
                return (cells[0], cells[1])
            })
    }
}
