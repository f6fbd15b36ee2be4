import PulihDuckDB
import PulihModel
import PulihSystem

extension DuckDBWarehouseSession {
    func publish(_ publication: Publication) async throws -> PublishOutcome {
        let context = FailureContext(
            "publish \(publication.entry.batch) of \(publication.client)", object: publication.client,
            leftBehind: "nothing was published", hint: "run 'pulih restart \(publication.client)'")
        if let call = publication.procedures.first { _ = try await self.call(call) }
        let ledgerStore = ledgerStore
        let outcome = try await write(context, isShort: publication.models.isEmpty) { session in
            var rows: [LayerTable: Int] = [:]
            for build in publication.models {
                rows[build.model.table] = try ModelPublishing(build, in: session).publish()
            }
            for build in publication.models {
                var entry = build.entry
                entry.step = StepID(.publish, build.model.table.description)
                try ledgerStore.replace(entry, rows: rows[build.model.table] ?? 0, in: session)
            }
            try Failpoints.hit(.publishBeforeCommit)
            try ledgerStore.replace(publication.entry, rows: rows.values.reduce(0, +), in: session)
            return PublishOutcome(rows: rows)
        }
        do {
            try Failpoints.hit(.publishAfterCommit)
        } catch {
            throw context.error(error)
        }
        return outcome
    }

    func refresh(_ build: ModelBuild) async throws -> BuildOutcome {
        let context = FailureContext(
            "refresh \(build.model.table)", object: build.model.table.description,
            leftBehind: "the view is as it was", hint: "run 'pulih restart \(build.client)'")
        let ledgerStore = ledgerStore
        let outcome = try await write(context) { session in
            try session.dropBuild(build)
            // What a refresh reads is live already.
            var live = build
            live.buildSQL = build.sql
            let outcome = try ModelBuilding(live, in: session).make()
            let rows = try ModelPublishing(live, in: session).replaceTable()
            try Failpoints.hit(.refreshBeforeCommit)
            try ledgerStore.replace(build.entry, rows: rows, in: session)
            return BuildOutcome(rows: rows, warnings: outcome.warnings)
        }
        do {
            try Failpoints.hit(.refreshAfterCommit)
        } catch {
            throw context.error(error)
        }
        return outcome
    }
}

/// Makes one built model live. Its methods belong inside the transaction that publishes.
private struct ModelPublishing {
    let build: ModelBuild
    let names: ModelNames
    let session: DuckDBSession

    init(_ build: ModelBuild, in session: DuckDBSession) {
        self.build = build
        self.session = session
        names = session.names(of: build)
    }

    /// - Returns: rows of the live table or view; of the SELECT for a model that is merged.
    func publish() throws -> Int {
        let built = try build.rowsBuilt(in: session)
        switch build.model.materialization {
        case .view: try replaceView()
        case .table, .materializedView: return try replaceTable()
        case .incremental: try merge(IncrementalMerge(build, in: session))
        case .history: try merge(HistoryMerge(build, in: session))
        }
        return built
    }

    private func merge(_ merge: some LiveMerge) throws {
        try session.execute("DROP VIEW \(names.build.sql)")
        try merge.publish()
        try build.finishPublishing(in: session)
    }

    func replaceTable() throws -> Int {
        try MergeLog(build.model, names, in: session).forget()
        try session.execute("DROP VIEW \(names.build.sql)")
        try session.makeLive(build)
        try build.finishPublishing(in: session)
        return try session.scalar("SELECT count(*) FROM \(names.live.sql)").number
    }

    private func replaceView() throws {
        try MergeLog(build.model, names, in: session).forget()
        try session.dropRelation(names.build)
        try session.dropRelation(names.live)
        let select = try build.single(build.sql)
        _ = try build.run(
            "publish \(build.model.table)", linesBefore: 1, leftBehind: ModelBuild.nothingPublished
        ) {
            try session.execute("CREATE VIEW \(names.live.sql) AS\n\(select)")
        }
        try build.finishPublishing(in: session)
    }
}
