internal import PulihCrypto
internal import PulihModel

/// Decides what a run does. Pure: the same input gives the same plan.
///
/// One rule for all modes: a step is kept if the fingerprint of its last good result still matches. The ledger says so
/// for what is in the warehouse, the journal for files; where they differ the ledger wins. `reprocess`, `--from` and
/// `start` force steps on top of that.
struct Planner {
    let input: PlanInput

    func plan() -> Plan {
        var steps: [PlannedStep] = []
        for file in input.manifest.files { steps += fileSteps(file) }
        let loads = steps.filter { $0.id.stage == .loadBronze }
        let models = modelSteps(loads: loads)
        steps += models.built
        var prints: [ProcedureName: String] = [:]
        var running: [Procedure] = []
        let state = Fingerprint.of(
            bronzeTables.map { bronzeState($0, loads: loads) } + models.built.map(\.fingerprint))
        let called = procedureSteps(
            .batch, after: ProcedureInputs(steps: loads + models.built, fingerprint: state), prints: &prints,
            running: &running)
        steps += called
        let publish = publishStep(after: steps, models: models.built, procedures: called)
        steps.append(publish)
        steps += refreshSteps(models.refreshed, publish: publish)
        steps += procedureSteps(
            .step, after: ProcedureInputs(steps: [publish], fingerprint: state), prints: &prints,
            running: &running)
        steps.append(finalizeStep(after: steps))
        return Plan(
            client: input.manifest.client, batch: input.manifest.batch, mode: input.mode, steps: steps)
    }

    // MARK: files

    /// Convert, mapping, rows and load of one file. Looked at from the end: when the ledger holds this very load,
    /// nothing before it needs to run, whatever the journal says.
    private func fileSteps(_ file: ManifestFile) -> [PlannedStep] {
        let prints = FileFingerprints(file: file, input: input)
        let ids = Stage.allCases.filter(\.isFileStage).map { StepID($0, file.thing) }
        let asked = input.onlyFile == nil || input.onlyFile == file.physicalName
        let loaded = input.ledger.row(input.manifest.batch, ids[3])
        var decisions: [Decision] = []
        if let spec = input.configuration.file(file.key), !spec.columns.isEmpty {
            if !asked {
                let stands = loaded?.fingerprint == prints.load
                decisions = ids.map { _ in
                    stands ? .keep("loaded before") : .leave("not asked for: --file names another")
                }
            } else if loaded?.fingerprint == prints.load, !forces(.loadBronze) {
                decisions = ids.map { _ in .keep("the ledger holds this load") }
            } else {
                decisions = fileDecisions(file, ids: ids, prints: prints, loaded: loaded)
            }
        } else if loaded != nil {
            decisions = ids.map { _ in
                .keep("\(file.key) is no longer configured; the ledger holds this load")
            }
        } else {
            decisions = ids.map { _ in .run("\(file.key) is no longer configured") }
        }
        return zip(ids, decisions).enumerated().map { position, pair in
            PlannedStep(
                id: pair.0, decision: pair.1, fingerprint: prints.all[position],
                dependsOn: position == 0 ? [] : [ids[position - 1]], subject: .file(file))
        }
    }

    private func fileDecisions(
        _ file: ManifestFile, ids: [StepID], prints: FileFingerprints, loaded: LedgerRow?
    ) -> [Decision] {
        var decisions: [Decision] = []
        var upstreamRuns = false
        for (position, id) in ids.enumerated() {
            let decision: Decision
            if upstreamRuns {
                decision = .run("\(ids[position - 1].stage.rawValue) runs")
            } else if input.mode == .start {
                decision = .run("new batch")
            } else if id.stage == .convert {
                decision = convertDecision(file, id: id, fingerprint: prints.convert)
            } else if forces(id.stage) {
                decision = .run(forcedReason)
            } else if id.stage == .loadBronze {
                decision = .run(
                    loaded == nil ? "not in the ledger" : "the ledger holds another state of this file")
            } else {
                decision = journalDecision(id, fingerprint: prints.all[position])
            }
            upstreamRuns = decision.runs
            decisions.append(decision)
        }
        return decisions
    }

    private func convertDecision(_ file: ManifestFile, id: StepID, fingerprint: String) -> Decision {
        let kept = journalDecision(id, fingerprint: fingerprint)
        if kept.runs { return kept }
        guard let size = input.parquetSizes[file.physicalName] else {
            return .run("\(Planner.parquetIs)gone")
        }
        if let written = input.writtenSizes[id], written != size {
            return .run("\(Planner.parquetIs)damaged: \(size) bytes, \(written) were written")
        }
        if input.brokenParquets.contains(file.physicalName) {
            return .run("\(Planner.parquetIs)damaged: its bytes are not those that were written")
        }
        // Reprocess means everything after convert: its result is a pure function of what the fingerprint covers.
        if let from = input.from, from == .convert { return .run(forcedReason) }
        return kept
    }

    /// How the reasons begin for which a convert that ended well runs again.
    static let parquetIs = "its Parquet is "

    private func journalDecision(_ id: StepID, fingerprint: String) -> Decision {
        guard let last = input.lastGood[id] else {
            return .run(input.hasJournal(id) ? "did not end well before" : "did not run yet")
        }
        return last == fingerprint
            ? .keep("nothing that it depends on changed")
            : .run("what it depends on changed since it last ran")
    }

    // MARK: models

    private func modelSteps(loads: [PlannedStep]) -> (built: [PlannedStep], refreshed: [ModelStep]) {
        var prints: [LayerTable: String] = [:]
        var running: Set<LayerTable> = []
        var built: [PlannedStep] = []
        var refreshed: [ModelStep] = []
        let loadsOfTable = Dictionary(grouping: loads) { step -> LayerTable in
            guard case .file(let file) = step.subject else { return LayerTable(.bronze, "") }
            return LayerTable(.bronze, file.target.table)
        }
        for table in input.graph.order {
            guard let model = input.configuration.model(table) else { continue }
            let upstream = input.graph.upstream[table, default: []].map(ModelGraph.baseTable).sorted()
            let inputs = upstream.map { prints[$0] ?? bronzeState($0, loads: loads) }
            let fingerprint = Fingerprint.of([input.renderedText(model), model.fingerprintText] + inputs)
            prints[table] = fingerprint
            let step = ModelStep(model: model, fingerprint: fingerprint, upstream: upstream)
            if model.stage == .refreshMV {
                refreshed.append(step)
                continue
            }
            let feeding = upstream.flatMap { loadsOfTable[$0] ?? [] }
            let decision = modelDecision(step, loads: feeding, running: running)
            if decision.runs { running.insert(table) }
            let models = upstream.filter { $0.layer != .bronze }.compactMap { input.configuration.model($0) }
            built.append(
                PlannedStep(
                    id: StepID(model.stage, table.description), decision: decision, fingerprint: fingerprint,
                    dependsOn: models.map { StepID($0.stage, $0.table.description) } + feeding.map(\.id),
                    subject: .model(table)))
        }
        return (built, refreshed)
    }

    private func modelDecision(_ step: ModelStep, loads: [PlannedStep], running: Set<LayerTable>) -> Decision
    {
        if input.mode == .start { return .run("new batch") }
        if forces(step.model.stage) { return .run(forcedReason) }
        if let upstream = step.upstream.first(where: running.contains) {
            return .run("\(upstream) is built anew")
        }
        if let load = loads.first(where: { $0.decision.runs }) { return .run("\(load.id) runs") }
        let table = step.model.table
        if input.ledger.builds.contains(where: {
            $0.table == table && $0.fingerprint == step.fingerprint && $0.batch == input.manifest.batch
        }) {
            return .keep("built before and not yet published")
        }
        guard let published = newest(StepID(.publish, table.description)) else {
            return .run("not published yet")
        }
        if published.batch == input.manifest.batch, published.fingerprint == step.fingerprint {
            return .keep("published before, and nothing that it depends on changed")
        }
        return .run(
            published.batch == input.manifest.batch
                ? "its SQL or what it reads changed" : "what is live comes from \(published.batch)")
    }

    private func publishStep(
        after steps: [PlannedStep], models: [PlannedStep], procedures: [PlannedStep]
    ) -> PlannedStep {
        let id = StepID(.publish, input.manifest.batch.description)
        let fingerprint = Fingerprint.of(
            (models + procedures).map(\.fingerprint) + [input.manifest.batch.description])
        let decision: Decision
        if models.contains(where: { $0.decision.runs }) {
            decision = .run(input.mode == .start ? "new batch" : "models are built anew")
        } else if let procedure = procedures.first(where: { $0.decision.runs }) {
            decision = .run(input.mode == .start ? "new batch" : "\(procedure.id.thing) runs")
        } else if input.ledger.row(input.manifest.batch, id)?.fingerprint == fingerprint, !forces(.publish),
            models.allSatisfy(isLive)
        {
            decision = .keep("the ledger holds this publication")
        } else {
            decision = .run(models.isEmpty ? "its rows count from then on" : "built models wait for it")
        }
        return PlannedStep(
            id: id, decision: decision, fingerprint: fingerprint,
            dependsOn: steps.filter { $0.id.stage == .loadBronze }.map(\.id)
                + (models + procedures).map(\.id),
            subject: .batch)
    }

    private func refreshSteps(_ views: [ModelStep], publish: PlannedStep) -> [PlannedStep] {
        var running: Set<LayerTable> = []
        return views.map { step in
            let id = StepID(.refreshMV, step.model.table.description)
            let decision: Decision
            if input.mode == .start {
                decision = .run("new batch")
            } else if forces(.refreshMV) {
                decision = .run(forcedReason)
            } else if publish.decision.runs {
                decision = .run("publish runs")
            } else if let upstream = step.upstream.first(where: running.contains) {
                decision = .run("\(upstream) is refreshed")
            } else if let last = newest(id), last.batch == input.manifest.batch,
                last.fingerprint == step.fingerprint
            {
                decision = .keep("the ledger holds this refresh")
            } else {
                decision = .run("not refreshed in this state")
            }
            if decision.runs { running.insert(step.model.table) }
            let views = step.upstream.compactMap { input.configuration.model($0) }
                .filter { $0.stage == .refreshMV }
            return PlannedStep(
                id: id, decision: decision, fingerprint: step.fingerprint,
                dependsOn: [publish.id] + views.map { StepID(.refreshMV, $0.table.description) },
                subject: .model(step.model.table))
        }
    }

    private func finalizeStep(after steps: [PlannedStep]) -> PlannedStep {
        PlannedStep(
            id: StepID(.finalize, input.manifest.batch.description),
            decision: .run("every run ends with it"), fingerprint: Fingerprint.of(steps.map(\.fingerprint)),
            dependsOn: steps.map(\.id), subject: .batch)
    }

    // MARK: helpers

    /// The newest commit of a step, whichever batch made it: what is live now. A batch may have published once and have
    /// been overtaken by the replay of an earlier one.
    func newest(_ id: StepID) -> LedgerRow? {
        input.ledger.rows.filter { $0.step == id }.max { $0.sequence < $1.sequence }
    }

    func isLive(_ model: PlannedStep) -> Bool {
        guard case .model(let table) = model.subject,
            let published = newest(StepID(.publish, table.description))
        else { return false }
        return published.batch == input.manifest.batch && published.fingerprint == model.fingerprint
    }

    private struct ModelStep {
        let model: Model
        let fingerprint: String
        let upstream: [LayerTable]
    }

    /// What reprocess and `--from` force. Convert is never forced by reprocess alone.
    func forces(_ stage: Stage) -> Bool {
        if let from = input.from { return stage >= from }
        return input.mode == .reprocess && stage > .convert
    }

    var forcedReason: String {
        input.from.map { "forced: --from \($0.rawValue)" } ?? "forced: reprocess"
    }

    private var bronzeTables: [LayerTable] {
        Set(input.configuration.sources.flatMap(\.files).map(\.bronze)).sorted()
    }

    /// The content of a bronze table as the ledger and this plan's loads say: what a model's fingerprint covers.
    private func bronzeState(_ table: LayerTable, loads: [PlannedStep]) -> String {
        let specs = input.configuration.sources.flatMap(\.files).filter { $0.bronze == table }
        var state: [String: String] = [:]
        // Which rows are in force depends on the delivery too.
        for spec in specs { state["delivery \(spec.key)"] = "\(spec.delivery)" }
        for row in input.ledger.rows where row.step.stage == .loadBronze && row.batch <= input.manifest.batch
        {
            guard specs.contains(where: { row.step.thing.hasPrefix("\($0.key)/") }) else { continue }
            state["\(row.batch) \(row.step.thing)"] = row.fingerprint
        }
        for load in loads {
            guard case .file(let file) = load.subject, file.target.table == table.name else { continue }
            state["\(input.manifest.batch) \(file.thing)"] = load.fingerprint
        }
        return Fingerprint.of(state.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
    }
}
