public import PulihModel

extension TestWorkspace {
    /// The rows of a query as lines of CSV, header left out; NULL is empty.
    public func rows(_ sql: String) async throws -> [String] {
        try await must("query", "--csv", sql).stdout.split(separator: "\n").dropFirst().map(String.init)
    }

    /// Rows and an order-independent hash of every table and view of these layers, by name.
    ///
    /// Left out: the loading time, which differs between runs that are the same, and what a run has built and not
    /// published.
    public func fingerprint(_ layers: Layer..., client: String = "client1") async throws -> [String: String] {
        let schemas = layers.map { "'\($0.schema(of: client))'" }.joined(separator: ", ")
        let tables = try await rows(place.relations(schemas))
        guard !tables.isEmpty else { throw TestFailure("there is no table in \(schemas)") }
        let prints = try await rows(tables.map(place.fingerprint).joined(separator: " UNION ALL "))
        return Dictionary(
            uniqueKeysWithValues: prints.map { line in
                let cells = line.split(separator: ",", maxSplits: 1).map(String.init)
                return (cells[0], cells[1])
            })
    }
}
