import PulihDuckDB
import PulihModel
import PulihSystem

extension DuckDBWarehouseSession {
    func build(_ build: ModelBuild) async throws -> BuildOutcome {
        let context = FailureContext(
            "build \(build.model.table)", object: build.model.table.description,
            leftBehind: "nothing was built",
            hint: "run 'pulih restart \(build.client)'")
        let ledgerStore = ledgerStore
        let outcome = try await write(context) { session in
            try session.dropBuild(build)
            let outcome = try ModelBuilding(build, in: session).make()
            try build.rememberBuilt(outcome.rows, in: session)
            try Failpoints.hit(.transformBeforeCommit)
            try ledgerStore.replace(build.entry, rows: outcome.rows, in: session)
            return outcome
        }
        do {
            try Failpoints.hit(.transformAfterCommit)
        } catch {
            throw context.error(error)
        }
        return outcome
    }

    func dropBuilds() async throws {
        let context = FailureContext("drop what was built", object: lease.client)
        let (ledgerStore, client) = (ledgerStore, lease.client)
        try await write(context, isShort: true) { session in
            for layer in Layer.allCases {
                for view in try session.names(of: .view, in: layer.buildSchema(of: client), prefix: "") {
                    try session.execute("DROP VIEW \(view.sql)")
                }
                for table in try session.names(
                    of: .table, in: layer.schema(of: client), prefix: DuckDBNames.physicalPrefix)
                {
                    try session.execute("DROP TABLE \(table.sql)")
                }
            }
            try session.execute("DELETE FROM pulih.builds")
            try ledgerStore.checkFence(in: session)
        }
    }
}

extension DuckDBSession {
    /// Drops what an earlier build of the model left.
    func dropBuild(_ build: ModelBuild) throws {
        let names = names(of: build)
        try dropRelation(names.build)
        try dropRelation(names.physical)
        try build.forgetBuilt(in: self)
    }

    fileprivate func names(of kind: DuckDBRelationKind, in schema: String, prefix: String) throws
        -> [TableName]
    {
        let source = kind == .table ? "table_name FROM duckdb_tables()" : "view_name FROM duckdb_views()"
        let column = kind == .table ? "table_name" : "view_name"
        return try query(
            """
            SELECT \(source) WHERE database_name = current_database() AND schema_name = ? AND NOT internal
                AND starts_with(\(column), ?)
            """, [.text(schema), .text(prefix)]
        ).rows.map { TableName(schema: schema, table: try $0[0].content) }
    }
}
