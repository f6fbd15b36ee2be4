internal import PulihModel

/// Turns models into builds: variables expanded, references resolved to what this plan builds or to what is live.
struct ModelSteps: Sendable {
    let context: BatchContext
    /// Models whose build stands or will stand in this plan; all others are read live.
    private let built: Set<LayerTable>

    init(_ context: BatchContext, waitingBuilds: Set<LayerTable>) {
        self.context = context
        var built = waitingBuilds
        for step in context.plan.steps where step.decision.runs && step.id.stage != .refreshMV {
            if case .model(let table) = step.subject { built.insert(table) }
        }
        self.built = built
    }

    func build(_ model: Model, _ step: PlannedStep) throws -> ModelBuild {
        let client = context.client.name
        // A materialized view is refreshed after publish, when nothing stands built any more.
        let aside = model.stage == .refreshMV ? [] : built
        let isAside = model.stage != .refreshMV
        let resolveBuild: @Sendable (LayerTable) -> TableName = { table in
            if isAside, table.layer == .bronze, table.name.hasSuffix("_current") {
                return table.build(client)
            }
            return aside.contains(table) ? table.build(client) : table.live(client)
        }
        let live = context.templateContext(this: model.table.live(client)) { $0.live(client) }
        // A SELECT that reads itself, as incremental ones do, reads what is live; tests read what was built.
        let building = context.templateContext(this: model.table.live(client), resolveBuild)
        let testing = context.templateContext(this: model.table.build(client), resolveBuild)
        return ModelBuild(
            model: model, client: client, batchTime: context.manifest.batchTime,
            sql: try ModelTemplate.expand(model.sql, live, at: model.at),
            buildSQL: try ModelTemplate.expand(model.sql, building, at: model.at),
            preHooks: try model.preHooks.map { try ModelTemplate.expand($0, building, at: model.at) },
            postHooks: try model.postHooks.map { try ModelTemplate.expand($0, live, at: model.at) },
            tests: try model.tests.map { test in
                switch test.check {
                case .relationship(_, let other, _):
                    ResolvedTest(test: test, other: resolveBuild(other), sql: nil)
                case .sql(let sql):
                    ResolvedTest(
                        test: test, other: nil, sql: try ModelTemplate.expand(sql, testing, at: test.at))
                default: ResolvedTest(test: test, other: nil, sql: nil)
                }
            }, entry: context.entry(step))
    }

    func run(_ step: PlannedStep) async throws -> StepOutcome {
        guard case .model(let table) = step.subject,
            let model = context.environment.configuration.model(table)
        else {
            throw PulihError(.bug, "\(step.id) names no model")
        }
        let build = try build(model, step)
        let outcome =
            model.stage == .refreshMV
            ? try await context.session.refresh(build) : try await context.session.build(build)
        return StepOutcome(
            status: outcome.warnings.isEmpty ? .success : .warning, rows: outcome.rows,
            details: ["warnings": .strings(outcome.warnings)])
    }

    /// A build or refresh that was committed although its answer was lost. What its tests found is lost with it.
    func committed(_ step: PlannedStep, _ row: LedgerRow) -> StepOutcome {
        StepOutcome(rows: row.rows, details: ["warnings": [], "answer": "lost; the ledger holds it"])
    }

    /// The same of a publication.
    func published(
        procedures: [ProcedureCall]
    ) async throws -> PublishOutcome {
        let ledger = try await context.session.ledger()
        var rows: [LayerTable: Int] = [:]
        for table in context.graph.order where built.contains(table) {
            rows[table] = ledger.row(context.batch, StepID(.publish, table.description))?.rows
        }
        return PublishOutcome(
            rows: rows,
            procedures: procedures.map { ProcedureOutcome(name: $0.procedure.name, status: .succeeded) })
    }

    /// Publishes every model that stands built, in the graph's order, and calls the procedures.
    func publish(
        _ step: PlannedStep, procedures: [ProcedureCall], began: @escaping @Sendable (ProcedureName) -> Void
    ) async throws -> PublishOutcome {
        var builds: [ModelBuild] = []
        for table in context.graph.order where built.contains(table) {
            guard let model = context.environment.configuration.model(table),
                let planned = context.plan.step(StepID(model.stage, table.description))
            else { continue }
            let build = try build(model, planned)
            builds.append(
                build.publishing(
                    context.entry(
                        StepID(.publish, table.description), planned.fingerprint, by: step.id)))
        }
        return try await context.session.publish(
            Publication(
                client: context.client.name, models: builds, procedures: procedures,
                failFast: context.failFast, entry: context.entry(step), began: began))
    }

    static func published(_ outcome: PublishOutcome) -> StepOutcome {
        StepOutcome(
            rows: nil,
            details: [
                "models": .object(
                    outcome.rows.sorted { $0.key < $1.key }.map {
                        JSONMember($0.key.description, .number($0.value))
                    })
            ])
    }
}

extension ModelBuild {
    /// The same build with the ledger entry of its publication.
    fileprivate func publishing(_ entry: LedgerEntry) -> ModelBuild {
        var copy = self
        copy.entry = entry
        return copy
    }
}

extension BatchContext {
    func templateContext(
        this: TableName, _ resolve: @escaping @Sendable (LayerTable) -> TableName
    ) -> ModelTemplate.Context {
        ModelTemplate.Context(
            client: client.name, batch: batch, batchTime: manifest.batchTime, this: this, table: resolve)
    }
}
