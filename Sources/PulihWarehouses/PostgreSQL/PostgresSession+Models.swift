import PulihModel
import PulihPostgres

extension PostgresWarehouseSession {
    func build(_ build: ModelBuild) async throws -> BuildOutcome { throw notBuiltYet }
    func refresh(_ build: ModelBuild) async throws -> BuildOutcome { throw notBuiltYet }

    func publish(_ publication: Publication) async throws -> PublishOutcome {
        guard publication.models.isEmpty, publication.procedures.isEmpty else { throw notBuiltYet }
        let ledgerStore = ledgerStore
        return try await write(FailureContext("publish", object: lease.client)) { session in
            try ledgerStore.replace(publication.entry, rows: 0, in: session)
            return PublishOutcome(rows: [:])
        }
    }

    func dropBuilds() async throws {
        let (ledgerStore, own, client) = (ledgerStore, own, lease.client)
        try await write(FailureContext("drop what was built", object: lease.client)) { session in
            for layer in Layer.allCases {
                let schema = layer.buildSchema(of: client)
                let names = try session.query(
                    "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'm')", [.text(schema)]
                ).rows.map { TableName(schema: schema, table: try $0[0].content) }
                for name in names { try session.dropRelation(name) }
            }
            try session.execute("DELETE FROM \(own.builds)")
            try ledgerStore.checkFence(in: session)
        }
    }

    private var notBuiltYet: PulihError { PulihError(.bug, "not built yet") }
}
