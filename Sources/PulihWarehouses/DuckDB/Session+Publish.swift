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
        let outcome = try await write(context) { session in
            var rows: [LayerTable: Int] = [:]
            for build in publication.models {
                rows[build.model.table] = try ModelPublishing(build: build).publish(in: session)
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
            try session.dropBuild(build.names, of: build.model.table)
            // What a refresh reads is live already.
            var live = build
            live.buildSQL = build.sql
            let outcome = try ModelBuilding(build: live).make(in: session)
            let rows = try ModelPublishing(build: live).replaceTable(in: session)
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
struct ModelPublishing {
    let build: ModelBuild

    /// - Returns: rows of the live table or view; of the SELECT for a model that is merged.
    func publish(in session: DuckDBSession) throws -> Int {
        let built = try rowsBuilt(in: session)
        switch build.model.materialization {
        case .view: try replaceView(in: session)
        case .table, .materializedView: return try replaceTable(in: session)
        case .incremental: try merge(IncrementalMerge(build: build), in: session)
        case .history: try merge(HistoryMerge(build: build), in: session)
        }
        return built
    }

    private func merge(_ merge: any LiveMerge, in session: DuckDBSession) throws {
        try session.execute("DROP VIEW \(build.names.build.sql)")
        try merge.publish(in: session)
        try finish(in: session)
    }

    /// Drop and rename in one transaction: views of readers follow the name, and nobody sees a moment without
    /// a table.
    func replaceTable(in session: DuckDBSession) throws -> Int {
        let names = build.names
        try MergeLog(build).forget(in: session)
        try session.execute("DROP VIEW \(names.build.sql)")
        try session.dropRelation(names.live)
        try session.execute(
            "ALTER TABLE \(names.physical.sql) RENAME TO \(SQLText.identifier(names.live.table))")
        try finish(in: session)
        return try session.scalar("SELECT count(*) FROM \(names.live.sql)").number
    }

    private func replaceView(in session: DuckDBSession) throws {
        let names = build.names
        try MergeLog(build).forget(in: session)
        try session.dropRelation(names.build)
        try session.dropRelation(names.live)
        _ = try build.run("publish \(build.model.table)", linesBefore: 1, leftBehind: Self.nothingPublished) {
            try session.execute("CREATE VIEW \(names.live.sql) AS\n\(SQLText.statement(build.sql))")
        }
        try finish(in: session)
    }

    private func finish(in session: DuckDBSession) throws {
        try ModelBuilding(build: build).runHooks(
            "post_hook", build.postHooks, leftBehind: Self.nothingPublished, in: session)
        try session.execute(
            "DELETE FROM pulih.builds WHERE layer = ? AND name = ?",
            [.text(build.model.table.layer.rawValue), .text(build.model.table.name)])
    }

    /// What is published must be what was built for this batch from this SQL.
    private func rowsBuilt(in session: DuckDBSession) throws -> Int {
        let row = try session.query(
            """
            SELECT row_count FROM pulih.builds
            WHERE layer = ? AND name = ? AND batch_id = ? AND fingerprint = ?
            """,
            [
                .text(build.model.table.layer.rawValue), .text(build.model.table.name),
                .text(build.entry.batch.description), .text(build.entry.fingerprint),
            ]
        ).rows.first
        guard let row else {
            throw PulihError(
                .bug, "\(build.model.table) was not built for \(build.entry.batch) as it is to be published",
                object: build.model.table.description, leftBehind: Self.nothingPublished)
        }
        return try row[0].number
    }

    private static let nothingPublished = "nothing was published"
}
