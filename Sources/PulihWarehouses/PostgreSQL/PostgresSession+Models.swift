import PulihModel
import PulihPostgres
import PulihSystem

extension PostgresWarehouseSession {
    func build(_ build: ModelBuild) async throws -> BuildOutcome {
        let context = FailureContext(
            "build \(build.model.table)", object: build.model.table.description,
            leftBehind: ModelBuild.nothingBuilt, hint: "run 'pulih restart \(build.client)'")
        let (ledgerStore, own) = (ledgerStore, own)
        try own.check(build.model.table)
        let outcome = try await write(context) { session in
            let models = PostgresModels(session, own)
            try models.dropBuild(build)
            let outcome = try ModelBuilding(build, in: models).make()
            try build.rememberBuilt(outcome.rows, in: models)
            try models.proveKey(of: build, rows: outcome.rows)
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

    /// One transaction. What is live changes in place, row by row where it differs: readers are not waited for nor
    /// made to wait, and those with an older snapshot go on seeing the whole old state.
    func publish(_ publication: Publication) async throws -> PublishOutcome {
        let context = FailureContext(
            "publish \(publication.entry.batch) of \(publication.client)", object: publication.client,
            leftBehind: ModelBuild.nothingPublished, hint: "run 'pulih restart \(publication.client)'")
        let procedures = PublishedProcedures(publication)
        let outcome: PublishOutcome
        do {
            outcome = try await publish(publication, procedures, context)
        } catch let failed as ProceduresFailed {
            return PublishOutcome(rows: [:], procedures: failed.outcomes)
        }
        do {
            try Failpoints.hit(.publishAfterCommit)
        } catch {
            throw context.error(error)
        }
        return outcome
    }

    private func publish(
        _ publication: Publication, _ procedures: PublishedProcedures, _ context: FailureContext
    ) async throws -> PublishOutcome {
        let (ledgerStore, own) = (ledgerStore, own)
        return try await write(context, closing: !procedures.isEmpty) { session in
            let models = PostgresModels(session, own, publishing: publication.models)
            // First, so that what reads bronze in this transaction sees the batch.
            try ledgerStore.replace(publication.entry, rows: 0, in: session)
            try models.dropBuildViews()
            var rows: [LayerTable: Int] = [:]
            for build in publication.models {
                rows[build.model.table] = try PostgresPublishing(build, in: models).publish()
            }
            let outcomes = try procedures.call(ledgerStore, in: session)
            for build in publication.models {
                var entry = build.entry
                entry.step = StepID(.publish, build.model.table.description)
                try ledgerStore.replace(entry, rows: rows[build.model.table] ?? 0, in: session)
            }
            try Failpoints.hit(.publishBeforeCommit)
            try ledgerStore.replace(publication.entry, rows: rows.values.reduce(0, +), in: session)
            return PublishOutcome(rows: rows, procedures: outcomes)
        }
    }

    func refresh(_ build: ModelBuild) async throws -> BuildOutcome {
        let context = FailureContext(
            "refresh \(build.model.table)", object: build.model.table.description,
            leftBehind: "the view is as it was", hint: "run 'pulih restart \(build.client)'")
        let (ledgerStore, own) = (ledgerStore, own)
        try own.check(build.model.table)
        let outcome = try await write(context) { session in
            let models = PostgresModels(session, own)
            try models.dropBuild(build)
            let outcome = try MaterializedView(build, in: models).refresh()
            try Failpoints.hit(.refreshBeforeCommit)
            try ledgerStore.replace(build.entry, rows: outcome.rows, in: session)
            return outcome
        }
        do {
            try Failpoints.hit(.refreshAfterCommit)
        } catch {
            throw context.error(error)
        }
        return outcome
    }

    func dropBuilds() async throws {
        let context = FailureContext("drop what was built", object: lease.client)
        let (ledgerStore, own) = (ledgerStore, own)
        try await write(context) { session in
            let models = PostgresModels(session, own)
            for layer in Layer.allCases {
                for name in try models.relations(in: layer.buildSchema(of: own.client)) {
                    try models.dropWithItsViews(name)
                }
            }
            try session.execute("DELETE FROM \(own.builds)")
            try ledgerStore.checkFence(in: session)
        }
    }
}

extension PostgresModels {
    /// Drops what an earlier build of the model left.
    func dropBuild(_ build: ModelBuild) throws {
        let names = names(of: build)
        let delta = TableName(
            schema: names.build.schema, table: OwnSchema.fitting("__build__" + names.build.table))
        for name in [names.build, delta] { try dropWithItsViews(name) }
        try build.forgetBuilt(in: self)
    }

    /// Views of what is built would hold on to the tables that are published. They were for builds and tests.
    func dropBuildViews() throws {
        for layer in [Layer.silver, .gold] {
            for name in try relations(in: layer.buildSchema(of: own.client)) where try kind(of: name) == .view
            {
                try dropWithItsViews(name)
            }
        }
    }

    /// What stands built is Pulih's own, with the views that other builds have of it.
    func dropWithItsViews(_ name: TableName) throws {
        guard let kind = try session.relation(name) else { return }
        try session.execute("DROP \(kind.keyword) \(name.sql) CASCADE")
    }

    func relations(in schema: String) throws -> [TableName] {
        try session.query(
            """
            SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.oid
            """, [.text(schema)]
        ).rows.map { TableName(schema: schema, table: try $0[0].content) }
    }
}
