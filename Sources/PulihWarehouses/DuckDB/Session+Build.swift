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
            try session.dropBuild(build.names, of: build.model.table)
            let outcome = try ModelBuilding(build: build).make(in: session)
            try session.execute(
                "INSERT INTO pulih.builds VALUES (?, ?, ?, ?, ?)",
                [
                    .text(build.model.table.layer.rawValue), .text(build.model.table.name),
                    .text(build.entry.batch.description), .text(build.entry.fingerprint),
                    .int(Int64(outcome.rows)),
                ])
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
        try await write(context) { session in
            for layer in Layer.allCases {
                for view in try session.names(of: .view, in: layer.buildSchema(of: client), prefix: "") {
                    try session.execute("DROP VIEW \(view.sql)")
                }
                for table in try session.names(
                    of: .table, in: layer.schema(of: client), prefix: ModelNames.physicalPrefix)
                {
                    try session.execute("DROP TABLE \(table.sql)")
                }
            }
            try session.execute("DELETE FROM pulih.builds")
            try ledgerStore.checkFence(in: session)
        }
    }
}

/// One model's way from its SELECT to a tested relation of its own.
struct ModelBuilding {
    let build: ModelBuild

    func make(in session: DuckDBSession) throws -> BuildOutcome {
        let (model, names) = (build.model, build.names)
        try runHooks("pre_hook", build.preHooks, leftBehind: Self.nothingBuilt, in: session)
        let rows: Int
        var tested = names.build
        var warnings: [String] = []
        switch model.materialization {
        case .view: rows = try createView(in: session)
        case .table, .materializedView:
            rows = try createTable(SQLText.statement(build.buildSQL), in: session)
            try show("SELECT * FROM \(names.physical.sql)", in: session)
        case .incremental:
            let merge = IncrementalMerge(build: build)
            rows = try merge.building(in: session) { try createTable(SQLText.statement($0), in: session) }
            try ModelTests(build: build, relation: names.physical).requireKeys(in: session)
            try show(try merge.preview(in: session), in: session)
        case .history:
            let merge = HistoryMerge(build: build)
            rows = try merge.building(in: session) {
                try createTable(merge.firstVersions(of: $0), linesBefore: 2, in: session)
            }
            try merge.checkColumns(in: session)
            try ModelTests(build: build, relation: names.physical).requireKeys(in: session)
            try show(try merge.preview(in: session), in: session)
            warnings = try merge.warnings(in: session)
            // What a test says, such as that a key is unique, holds for the present state.
            tested = names.physical
        }
        warnings += try ModelTests(build: build, relation: tested).run(in: session)
        return BuildOutcome(rows: rows, warnings: warnings)
    }

    /// What other models of the batch and the tests read.
    private func show(_ select: String, in session: DuckDBSession) throws {
        try session.execute("CREATE VIEW \(build.names.build.sql) AS \(select)")
    }

    func runHooks(_ kind: String, _ hooks: [String], leftBehind: String, in session: DuckDBSession) throws {
        for (number, hook) in zip(1..., hooks) {
            _ = try build.run("run \(kind) \(number) of \(build.model.table)", leftBehind: leftBehind) {
                try session.execute(hook)
            }
        }
    }

    /// - Parameter linesBefore: lines of the statement before the author's.
    private func createTable(_ select: String, linesBefore: Int = 1, in session: DuckDBSession) throws -> Int
    {
        try build.run(
            "build \(build.model.table)", linesBefore: linesBefore, leftBehind: Self.nothingBuilt
        ) {
            try session.execute("CREATE TABLE \(build.names.physical.sql) AS\n\(select)")
        }
    }

    /// - Returns: its rows; counting them also shows that it runs.
    private func createView(in session: DuckDBSession) throws -> Int {
        _ = try build.run("build \(build.model.table)", linesBefore: 1, leftBehind: Self.nothingBuilt) {
            try session.execute(
                "CREATE VIEW \(build.names.build.sql) AS\n\(SQLText.statement(build.buildSQL))")
        }
        return try build.run("read \(build.model.table)", leftBehind: Self.nothingBuilt) {
            try session.scalar("SELECT count(*) FROM \(build.names.build.sql)").number
        }
    }

    private static let nothingBuilt = "nothing was built"
}

extension DuckDBSession {
    /// Drops what an earlier build of the model left.
    func dropBuild(_ names: ModelNames, of table: LayerTable) throws {
        try dropRelation(names.build)
        try dropRelation(names.physical)
        try execute(
            "DELETE FROM pulih.builds WHERE layer = ? AND name = ?",
            [.text(table.layer.rawValue), .text(table.name)])
    }

    fileprivate func names(of kind: RelationKind, in schema: String, prefix: String) throws -> [TableName] {
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
