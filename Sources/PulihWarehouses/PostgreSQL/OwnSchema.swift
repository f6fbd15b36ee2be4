import PulihModel

/// The schema in which Pulih keeps its own tables of one client: `pulih_client1`.
struct OwnSchema: Sendable {
    let client: String

    /// PostgreSQL cuts longer names without an error.
    static let longestName = 63

    init(_ client: String) {
        self.client = client
    }

    var name: String { "pulih_\(client)" }
    var sql: String { SQLText.identifier(name) }

    func table(_ name: String) -> TableName { TableName(schema: self.name, table: name) }

    var version: String { table("version").sql }
    var fence: String { table("fence").sql }
    var ledger: String { table("ledger").sql }
    var builds: String { table("builds").sql }
    var merges: String { table("merges").sql }
    var currentViews: String { table("current_views").sql }

    /// What `pg_stat_activity` shows of a run's connections.
    func applicationName(epoch: Int) -> String { applicationPrefix + String(epoch) }
    var applicationPrefix: String { "pulih \(client) " }

    /// All schemas of the client.
    var schemas: [String] {
        Layer.allCases.flatMap { [$0.schema(of: client), $0.buildSchema(of: client)] } + [name]
    }

    /// - Throws: `configuration` when a name made of the client's would be cut.
    func check() throws {
        guard let long = schemas.first(where: { $0.utf8.count > OwnSchema.longestName }) else { return }
        throw PulihError(
            .configuration,
            "the client's name \(client) is too long for PostgreSQL: the schema \(long) would"
                + " have more than \(OwnSchema.longestName) bytes", object: client,
            leftBehind: "nothing was done", hint: "choose a shorter name in pulih.yml")
    }

    /// - Throws: `configuration` when a model's name would be cut.
    func check(_ model: LayerTable) throws {
        guard model.name.utf8.count > OwnSchema.longestName else { return }
        throw PulihError(
            .configuration, "the name of \(model) is longer than the \(OwnSchema.longestName) bytes that"
                + " PostgreSQL takes", object: model.description, leftBehind: "nothing was done",
            hint: "give its file a shorter name")
    }

    /// Names that would be cut get a hash of the whole in place of their end.
    static func fitting(_ start: String, _ end: String = "") -> String {
        guard start.utf8.count + end.utf8.count > longestName else { return start + end }
        let hash = start.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let mark = "_" + String(hash, radix: 36)
        var kept = Substring(start)
        while kept.utf8.count + mark.utf8.count + end.utf8.count > longestName { kept.removeLast() }
        return kept + mark + end
    }
}
