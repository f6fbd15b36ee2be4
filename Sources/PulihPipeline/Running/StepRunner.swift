internal import PulihModel
internal import PulihSystem

/// Runs units of a plan: intent into the journal, act, outcome into journal and audit, a word to whoever watches.
actor StepRunner {
    let context: BatchContext
    let models: ModelSteps
    private let total: Int
    private var files: [String: FileRecord]
    private var ended = 0
    private var lastLook: ContinuousClock.Instant?

    init(_ context: BatchContext, models: ModelSteps, files: [FileRecord]) {
        self.context = context
        self.models = models
        self.files = Dictionary(uniqueKeysWithValues: files.map { ($0.thing, $0) })
        total = context.plan.steps.count
    }

    // MARK: units

    func run(_ unit: Unit) async -> [StepRecord] {
        await heedLimits()
        if let stopped = context.stopped { return await skip(unit, reason: stopped) }
        let (first, last) = (unit.steps[0], unit.steps[unit.steps.count - 1])
        if last.id.stage == .publish { return await runPublication(unit.steps) }
        switch first.subject {
        case .file(let file): return await runChain(unit.steps, file: file)
        case .procedure: return await runProcedures(unit.steps)
        case .model, .batch:
            guard first.decision.runs else { return await settle([first]) }
            let models = models
            let committed: CommittedOutcome = { models.committed(first, $0) }
            return await runSingly(first, committed: committed) { try await models.run(first) }
        }
    }

    func skip(_ unit: Unit, reason: String) async -> [StepRecord] {
        let records = unit.steps.map { skipped($0, reason: reason) }
        for record in records { tell(record) }
        return await journaled(records)
    }

    /// - Parameter details: what is known of it however it ends.
    func runSingly(
        _ step: PlannedStep, details: JSONValue = .null,
        committed: @escaping CommittedOutcome,
        _ body: @Sendable () async throws -> StepOutcome
    ) async -> [StepRecord] {
        var begun = context.begun(step, reason: "ran: \(step.decision.reason)")
        begun.details = details
        context.environment.report(.stepBegan(step.id))
        if let broken = await journalFailure([begun]) { return [broken] }
        let record = await outcome(of: RetriedStep(begun: begun, committed: committed), body)
        tell(record)
        return await journaled([record], audit: [record])
    }

    /// The stages of one file. The journal follows in few transactions; see `Unwritten`.
    private func runChain(_ steps: [PlannedStep], file: ManifestFile) async -> [StepRecord] {
        if steps.allSatisfy({ !$0.decision.runs }) { return await settleChain(steps, file: file) }
        guard let spec = context.environment.configuration.file(file.key), let record = files[file.thing]
        else {
            return await fail(
                steps,
                PulihError(
                    .configuration,
                    "\(file.key), which \(file.physicalName) belongs to, is no longer configured",
                    object: file.physicalName, leftBehind: "nothing of it was loaded",
                    hint:
                        "bring \(file.key) back into pulih.yml, run 'pulih apply', then \(context.restartHint())"
                ))
        }
        let chain = FileChain(context, file: file, spec: spec, record: record)
        var ended: [StepRecord] = []
        var unwritten = Unwritten()
        for (position, step) in steps.enumerated() {
            guard step.decision.runs else {
                let kept = settled(step)
                await chain.keep(step, as: kept.status)
                tell(kept)
                unwritten.put(kept)
                ended.append(kept)
                continue
            }
            let begun = context.begun(step, reason: "ran: \(step.decision.reason)")
            unwritten.put(begun)
            if unwritten.isDue(before: step.id.stage) {
                if let broken = await journalFailure(unwritten.take()) { return ended + [broken] }
            }
            var retried = RetriedStep(begun: begun)
            if step.id.stage == .loadBronze { retried.committed = { try await chain.committed($0) } }
            let record = await outcome(of: retried) { try await chain.run(step) }
            await chain.note(step.id.stage, record.status)
            tell(record)
            unwritten.put(record)
            ended.append(record)
            await heedLimits()
            let stopped = context.stopped
            if !record.status.isGood || stopped != nil {
                for later in steps[(position + 1)...] {
                    let skipped = skipped(later, reason: stopped ?? "\(step.id.stage.rawValue) failed")
                    await chain.note(later.id.stage, .skipped)
                    tell(skipped)
                    unwritten.put(skipped)
                    ended.append(skipped)
                }
                break
            }
        }
        let final = await chain.fileRecord
        files[file.thing] = final
        let last = ended.last { $0.status != .skipped }
        let written = await journaled(
            unwritten.take(), audit: last.map { [$0] } ?? [], files: [final],
            earlier: ended.filter { $0.status != .skipped && $0.step != last?.step })
        return ended.dropLast(written.count) + written
    }

    /// A file of which nothing runs. The ledger outranks what the catalog says of it.
    private func settleChain(_ steps: [PlannedStep], file: ManifestFile) async -> [StepRecord] {
        let records = await settle(steps)
        guard let load = steps.last, case .keep = load.decision,
            let row = context.ledger.row(context.batch, load.id), let record = files[file.thing],
            let spec = context.environment.configuration.file(file.key)
        else { return records }
        let chain = FileChain(context, file: file, spec: spec, record: record)
        for step in steps { await chain.keep(step, as: context.lastGood[step.id]?.status ?? .success) }
        guard await chain.reconcile(with: row) else { return records }
        let changed = await chain.fileRecord
        files[file.thing] = changed
        do {
            try await context.environment.catalog.updateFiles([changed])
            return records
        } catch {
            return records + [broken(load, error)]
        }
    }

    // MARK: limits

    /// Looks at the machine's limits before a step, but not more often than they can change.
    private func heedLimits() async {
        if let lastLook, ContinuousClock.now - lastLook < .milliseconds(100) { return }
        lastLook = .now
        do {
            try await context.environment.heedLimits()
        } catch {
            context.environment.report(
                .note("the limits are not known: \(PulihError.wrapping(error).summary)"))
        }
    }

    /// The failure as it is told; one of a full disk stops the rest of the run.
    func heeded(_ error: any Error) -> PulihError {
        let failure = PulihError.wrapping(error)
        context.environment.heed(failure)
        return failure
    }

    // MARK: outcomes

    func settled(_ step: PlannedStep) -> StepRecord {
        if case .leave(let reason) = step.decision { return skipped(step, reason: reason) }
        var record = context.begun(step, reason: "kept: \(step.decision.reason)")
        // A kept step is as good as it was: its warnings still stand.
        let last = context.lastGood[step.id]
        record.status = last?.status ?? .success
        record.endedAt = record.startedAt
        record.details = last?.details ?? .null
        record.rows = lateCommit(of: record).flatMap { step.countsRows ? $0.rows : nil } ?? last?.rows
        return record
    }

    func settle(_ steps: [PlannedStep]) async -> [StepRecord] {
        let records = steps.map(settled)
        for record in records { tell(record) }
        return await journaled(records)
    }

    func skipped(_ step: PlannedStep, reason: String) -> StepRecord {
        var record = context.begun(step, reason: reason)
        record.status = .skipped
        record.endedAt = record.startedAt
        return record
    }

    private func fail(_ steps: [PlannedStep], _ error: PulihError) async -> [StepRecord] {
        var records = steps.map { skipped($0, reason: "\(steps[0].id.stage.rawValue) failed") }
        records[0].status = .failed
        records[0].error = StepError(error)
        for record in records { tell(record) }
        return await journaled(records, audit: records)
    }

    // MARK: journal

    /// Writes records; when the journal itself cannot be written that is the step's failure.
    /// - Parameters:
    ///   - audit: those of which the audit tells.
    ///   - files: rows of the files that they concern.
    ///   - earlier: steps before the one that the audit tells of, whose outcome its line carries.
    func journaled(
        _ records: [StepRecord], audit: [StepRecord] = [], files: [FileRecord] = [],
        earlier: [StepRecord] = []
    ) async -> [StepRecord] {
        do {
            try Failpoints.hit(.journalBeforeOutcome)
            // The audit first: its file is written also where the catalog is gone.
            var lines = audit.isEmpty ? try await unsaid(records) : audit.compactMap(auditEntry)
            if !earlier.isEmpty, let last = lines.popLast() { lines.append(last.after(earlier)) }
            let events = try await context.auditor.append(lines)
            try await context.environment.catalog.record(records, events: events, files: files)
            return records
        } catch {
            guard let last = records.last else { return [] }
            var broken = last
            broken.status = .failed
            broken.error = StepError(heeded(error))
            return records.dropLast() + [broken]
        }
    }

    func journalFailure(_ records: [StepRecord]) async -> StepRecord? {
        do {
            let lines = try await unsaid(records)
            if !lines.isEmpty { try await context.auditor.record(lines) }
            try await context.environment.catalog.record(records)
            return nil
        } catch {
            guard var record = records.last else { return nil }
            record.status = .failed
            record.error = StepError(heeded(error))
            tell(record)
            return record
        }
    }

    private func broken(_ step: PlannedStep, _ error: any Error) -> StepRecord {
        var record = context.begun(step, reason: "ran")
        record.status = .failed
        record.error = StepError(PulihError.wrapping(error))
        record.endedAt = context.environment.clock.now()
        return record
    }

    func auditEntry(_ record: StepRecord) -> Auditor.Entry? {
        guard record.status != .skipped, !record.reason.hasPrefix("kept") else { return nil }
        let seconds = record.endedAt.map { Double($0 - record.startedAt) / 1_000_000 }
        return Auditor.Entry(
            process: record.step.stage.rawValue, status: record.status, batch: context.batch,
            seconds: seconds,
            rows: record.rows,
            message: record.error.map { "\(record.step.thing): \($0.summary)" } ?? record.step.thing,
            details: AuditDetails.step(record))
    }

    func tell(_ record: StepRecord) {
        ended += 1
        context.environment.report(.stepEnded(record, position: ended, total: total))
    }
}
