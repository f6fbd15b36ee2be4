internal import PulihCrypto
public import PulihModel
internal import PulihSystem

/// How a run was narrowed.
public struct RunOptions: Sendable {
    public var from: Stage?
    /// A physical, original or logical name, or `source.name`.
    public var file: String?
    public var failFast: Bool
    /// `start` goes on although the newest batch failed.
    public var leave: Bool
    /// `start` begins nothing while an expected file is missing.
    public var requireFiles = false

    public init(from: Stage? = nil, file: String? = nil, failFast: Bool = false, leave: Bool = false) {
        self.from = from
        self.file = file
        self.failFast = failFast
        self.leave = leave
    }
}

/// Plans and executes one batch of a held client.
struct BatchRunner: Sendable {
    let held: HeldClient
    private var environment: RunEnvironment { held.environment }
    private var client: String { held.client.name }

    // MARK: plan

    struct Prepared: Sendable {
        let context: BatchContext
        let record: BatchRecord
        let files: [FileRecord]
        let waitingBuilds: Set<LayerTable>
    }

    /// Looks at what is there and plans; changes nothing when `isDry`.
    /// - Parameter verifiesRaw: whether raw files are read to see that nobody changed them.
    func prepare(
        _ id: BatchID, mode: RunMode, options: RunOptions, isDry: Bool = false, verifiesRaw: Bool = true
    ) async throws -> Prepared {
        guard let record = try await environment.catalog.batch(client: client, id) else {
            throw await unknownBatch(id)
        }
        var fileRecords = try await environment.catalog.files(client: client, batch: id)
        var manifest = try await manifest(record, fileRecords, isDry: isDry)
        if !isDry {
            let files = held.files
            let claimed = manifest.files
            try await BlockingWork.run { try files.takeBack(claimed) }
        }
        let schema = try await SchemaEvolution(held: held).reading(manifest, isDry: isDry)
        let onlyFile = try options.file.map { try physicalName($0, manifest, fileRecords) }
        let journal = try await environment.catalog.steps(client: client, batch: id)
        let ledger = try await environment.patiently { try await held.session.ledger() }
        let (present, corrections) = try await outputs(manifest)
        var rendered: [LayerTable: String] = [:]
        for model in environment.configuration.models {
            rendered[model.table] = try ModelAnalysis.render(
                model, client: client, batch: id, batchTime: manifest.batchTime)
        }
        var input = PlanInput(
            manifest: asConfigured(manifest), configuration: schema.configuration, graph: held.graph,
            ledger: ledger, journal: journal, mode: mode, from: options.from, onlyFile: onlyFile,
            parquetSizes: present,
            corrections: corrections, rendered: rendered, definitions: held.definitions)
        var plan = Planner(input: input).plan()
        if !isDry, try await held.resting.bringBack(plan, manifest) {
            return try await prepare(id, mode: mode, options: options, verifiesRaw: verifiesRaw)
        }
        if mode != .start, verifiesRaw {
            let check = RawCheck(held: held, plan: plan)
            if try await check.verify(&manifest, &fileRecords, isDry: isDry) {
                input.manifest = asConfigured(manifest)
                plan = Planner(input: input).plan()
            }
        }
        let parquets = ParquetCheck(held: held)
        input.brokenParquets = try await parquets.broken(plan, journal: journal)
        if !input.brokenParquets.isEmpty { plan = Planner(input: input).plan() }
        if !isDry { try await parquets.tellHealing(plan) }
        let good = journal.filter(\.status.isGood)
        let context = BatchContext(
            environment: environment.reading(by: schema.configuration), client: held.client,
            lease: held.lease, session: held.session,
            auditor: held.auditor, manifest: input.manifest, plan: plan, ledger: ledger, graph: held.graph,
            attempt: mode == .start ? 1 : record.attempt + 1, attempts: StepAttempts(after: journal),
            lastGood: Dictionary(good.map { ($0.step, $0) }, uniquingKeysWith: { $1 }),
            failFast: options.failFast, brought: schema.brought, evolved: schema.evolved)
        return Prepared(
            context: context, record: record, files: fileRecords,
            waitingBuilds: Set(ledger.builds.filter { stands($0, in: plan) }.map(\.table)))
    }

    /// Where a file's rows belong is the configuration's word of today; the ledger finds those of yesterday.
    private func asConfigured(_ manifest: Manifest) -> Manifest {
        var manifest = manifest
        for index in manifest.files.indices {
            guard let spec = environment.configuration.file(manifest.files[index].key) else { continue }
            manifest.files[index].target = spec.bronze.live(client)
        }
        return manifest
    }

    /// A build of this batch that is what the plan would build; another is a left-over that nobody may read.
    private func stands(_ build: BuildRow, in plan: Plan) -> Bool {
        build.batch == plan.batch
            && plan.steps.contains {
                $0.subject == .model(build.table) && $0.fingerprint == build.fingerprint
            }
    }

    private func manifest(_ record: BatchRecord, _ files: [FileRecord], isDry: Bool) async throws -> Manifest
    {
        let check = ManifestCheck(environment, client: client)
        if let manifest = try await check.manifest(of: record, files) { return manifest }
        if isDry { return held.claimer.intended(record, files, graph: held.graph) }
        let held = held
        return try await shielded { try await held.claimer.complete(record, files, graph: held.graph) }
    }

    private func unknownBatch(_ id: BatchID) async -> PulihError {
        PulihError(
            .usage, "\(client) has no \(id)", object: id.description, leftBehind: "nothing was done",
            hint: "'pulih batches --client \(client)' lists what there is")
    }

    private func outputs(_ manifest: Manifest) async throws -> (
        present: [String: Int], corrections: [String: String]
    ) {
        let (files, layout, client) = (held.files, environment.layout, client)
        return try await BlockingWork.run {
            var present: [String: Int] = [:]
            var corrections: [String: String] = [:]
            for file in manifest.files {
                if let parquet = try files.locateParquet(file) {
                    present[file.physicalName] = Int(try FileIdentity.of(parquet).size)
                } else if let mark = RestMark.of(RestingParts.data(file, files).own, file) {
                    present[file.physicalName] = mark.bytes
                }
                let path = layout.corrections(client, file)
                if try FileIdentity.ifPresent(path) != nil {
                    corrections[file.physicalName] =
                        SHA256Digest.of(try FileReader.readText(path, limit: 1 << 30)).hex
                }
            }
            return (present, corrections)
        }
    }

    func physicalName(_ name: String, _ manifest: Manifest, _ records: [FileRecord]) throws -> String {
        let originals = Dictionary(
            records.map { ($0.physicalName, $0.originalName) }, uniquingKeysWith: { $1 })
        let matching = manifest.files.filter {
            [$0.physicalName, $0.key.name, $0.key.description, originals[$0.physicalName] ?? ""].contains(
                name)
        }
        if matching.count == 1 { return matching[0].physicalName }
        let names = manifest.files.map(\.physicalName)
        let guess = Suggestion.nearest(to: name, among: names + manifest.files.map(\.key.name))
        throw PulihError(
            .usage,
            matching.isEmpty
                ? "\(manifest.batch) has no file '\(name)'" + (guess.map { " (did you mean '\($0)'?)" } ?? "")
                : "'\(name)' names \(matching.count) files of \(manifest.batch)",
            object: name, leftBehind: "nothing was done",
            hint: "files: "
                + (matching.isEmpty ? names : matching.map(\.physicalName)).prefix(20).joined(separator: ", ")
        )
    }

    // MARK: execution

    func execute(_ prepared: Prepared) async throws -> RunResult {
        let context = prepared.context
        let watch = Stopwatch()
        var batch = prepared.record
        batch.status = .running
        batch.mode = context.plan.mode
        batch.attempt = context.attempt
        batch.endedAt = nil
        if context.plan.mode != .start { batch.startedAt = environment.clock.now() }
        try await held.auditor.record(
            "batch", .running, batch: context.batch, "\(batch.mode.rawValue), attempt \(batch.attempt)",
            details: AuditDetails.batch(batch))
        try await environment.catalog.updateBatch(batch)
        // Of a run that could not even say that it ended.
        try await OpenBatches(environment: environment, client: client).closeSteps(
            of: context.batch, as: .interrupted, cause: OpenBatches.unknownCause)
        environment.report(.batchBegan(context.manifest, context.plan.mode))
        for key in context.evolved.sorted() {
            guard let spec = context.environment.configuration.file(key) else { continue }
            try await environment.patiently {
                try await held.session.prepareBronze(spec.bronzeTable(client))
            }
        }
        // Models read bronze as it stands with this batch and without those that never got this far.
        let tables = environment.configuration.files(of: held.client).map { $0.bronzeTable(client) }
        if context.plan.runs.contains(where: { $0.id.stage < .refreshMV }) {
            try await environment.patiently {
                try await held.session.prepareBronze(tables, asOf: context.batch)
            }
        }
        let ended = await runSteps(prepared)
        let begun = batch
        return try await shielded { try await conclude(begun, context, ended, watch) }
    }

    /// What comes after the steps however they ended, also after the run was told to stop.
    private func conclude(
        _ begun: BatchRecord, _ context: BatchContext, _ steps: [StepRecord], _ watch: Stopwatch
    ) async throws -> RunResult {
        // Files have no fence: who has lost the lease must not move them.
        try await held.heartbeat.confirm()
        let ended = steps + [await finalize(context, steps)]
        try await Blocks(environment, client: client).record(
            damagedIn: ended, of: context.manifest, held.auditor)
        var result = summary(context, ended)
        if result.status.isGood { await dropLeftOverBuilds(&result) }
        result.seconds = watch.elapsedSeconds
        let isStopped = [.cancelled, .paused].contains(result.status)
        if !isStopped, let trouble = await runHooks(after: result.status, context) {
            result.findings.append(trouble)
            result.message += "; \(trouble.split(separator: "\n").first ?? "")"
            if result.status == .success { result.status = .warning }
        }
        var batch = begun
        batch.status = result.status
        batch.message = result.message
        batch.endedAt = environment.clock.now()
        try await held.auditor.record(
            "batch", result.status, batch: context.batch, seconds: result.seconds,
            rows: ended.filter { $0.step.stage == .loadBronze }.compactMap(\.rows).reduce(0, +),
            result.message, details: AuditDetails.batch(batch))
        try await environment.catalog.updateBatch(batch)
        return result
    }

    private func runSteps(_ prepared: Prepared) async -> [StepRecord] {
        let context = prepared.context
        let models = ModelSteps(context, waitingBuilds: prepared.waitingBuilds)
        let runner = StepRunner(context, models: models, files: prepared.files)
        let steps = context.plan.steps.filter { $0.id.stage != .finalize }
        do {
            try await runHook(environment.configuration.hooks.onStart, "on_start", context)
        } catch {
            var hook = context.begun(
                PlannedStep(
                    id: StepID(.finalize, "the on_start hook"), decision: .run("configured"), fingerprint: "",
                    dependsOn: [], subject: .batch), reason: "ran: configured")
            hook.status = Task.isCancelled ? .cancelled : .failed
            hook.endedAt = environment.clock.now()
            hook.error = StepError(PulihError.wrapping(error))
            environment.report(.stepEnded(hook, position: 1, total: context.plan.steps.count))
            do {
                try await environment.catalog.record([hook])
            } catch {
                environment.report(.note("while journaling the hook's failure: \(error)"))
            }
            return [hook]
        }
        let damage = Gathered(false)
        let settings = environment.configuration.settings
        let scheduler = Scheduler(
            limit: settings.parallelSteps, smallLimit: settings.parallelSmallSteps,
            failFast: context.failFast,
            run: { unit in
                let ended = await runner.run(unit)
                // Nothing more is written to what is damaged.
                if ended.contains(where: { Blocks.isDamage($0, of: context.manifest) }) {
                    damage.update { $0 = true }
                }
                return ended
            }, skip: { await runner.skip($0, reason: $1) },
            stopped: { context.stopped ?? (damage.value ? "stopped: damage was found" : nil) })
        return await scheduler.execute(Unit.units(of: steps, small: context.smallFiles))
    }

    private func finalize(_ context: BatchContext, _ ended: [StepRecord]) async -> StepRecord {
        let step = context.plan.steps[context.plan.steps.count - 1]
        var record = context.begun(step, reason: "ran: \(step.decision.reason)")
        do {
            try await environment.catalog.record([record])
            let outcome = try await Finalizer(context: context).run(ended)
            record.status = .success
            record.details = outcome.details
        } catch {
            record.status = .failed
            record.error = StepError(PulihError.wrapping(error))
        }
        record.endedAt = environment.clock.now()
        do {
            try await environment.catalog.record([record])
        } catch {
            record.status = .failed
            record.error = StepError(PulihError.wrapping(error))
        }
        environment.report(
            .stepEnded(record, position: context.plan.steps.count, total: context.plan.steps.count))
        return record
    }

    /// A run that was killed after it built something that turned out to stand already leaves its build behind; after a
    /// good run nothing waits to be published.
    private func dropLeftOverBuilds(_ result: inout RunResult) async {
        do {
            try await environment.patiently {
                guard try await !held.session.ledger().builds.isEmpty else { return }
                try await held.session.dropBuilds()
            }
        } catch {
            result.findings.append(
                "left-over builds could not be dropped: \(PulihError.wrapping(error).summary)")
        }
    }

    // MARK: hooks

    private func runHook(_ statements: [String], _ name: String, _ context: BatchContext) async throws {
        guard !statements.isEmpty else { return }
        let client = client
        let variables = ModelTemplate.Context(
            client: client, batch: context.batch, batchTime: context.manifest.batchTime, this: nil
        ) { $0.live(client) }
        let place = SourceLine(file: "pulih.yml", line: 1)
        do {
            let expanded = try statements.map { try ModelTemplate.expand($0, variables, at: place) }
            try await environment.cautiously { try await held.session.runHook(expanded) }
        } catch let error as PulihError {
            throw PulihError(
                error.code, "the \(name) hook failed: \(error.summary)", object: name,
                leftBehind: "its transaction was rolled back", hint: "correct hooks.\(name) in pulih.yml",
                cause: error.cause)
        }
    }

    /// - Returns: what went wrong in the hook; the batch itself is not undone by it.
    private func runHooks(after status: Status, _ context: BatchContext) async -> String? {
        let hooks = environment.configuration.hooks
        do {
            if status.isGood {
                try await runHook(hooks.onSuccess, "on_success", context)
            } else {
                try await runHook(hooks.onFailure, "on_failure", context)
            }
            return nil
        } catch {
            return PulihError.wrapping(error).description
        }
    }

    // MARK: summary

    private func summary(_ context: BatchContext, _ ended: [StepRecord]) -> RunResult {
        let failed = ended.filter { $0.status == .failed }
        let skipped = ended.filter { $0.status == .skipped }
        let cancelled = ended.contains { $0.status == .cancelled }
        let warnings = ended.filter { $0.status == .warning }
        let loaded = ended.filter { $0.step.stage == .loadBronze && $0.status.isGood }
        var result = RunResult(
            client: client, batch: context.batch, status: .success, message: "", steps: ended,
            batches: [context.batch])
        if failed.isEmpty && skipped.isEmpty && !cancelled {
            result.status = warnings.isEmpty ? .success : .warning
            result.message =
                "\(loaded.count) file(s), \(loaded.compactMap(\.rows).reduce(0, +)) rows in bronze"
                + (warnings.isEmpty ? "" : ", \(warnings.count) step(s) with warnings")
            let quarantined = loaded.compactMap { $0.details["quarantined"]?.int }.reduce(0, +)
            if quarantined > 0 {
                result.message += ", \(quarantined) record(s) in quarantine"
                result.next = "pulih quarantine \(client) \(context.batch)"
            }
            return result
        }
        let order = environment.stop.order
        if failed.isEmpty, cancelled || order != nil {
            result.status = order?.status ?? .cancelled
            result.message =
                "stopped: \(order?.cause ?? "cancelled"); \(skipped.count) step(s) were not begun"
        } else {
            result.status = .failed
            result.message =
                "\(failed.count) step(s) failed, \(skipped.count) skipped"
                + (failed.first?.error.map { ": \($0.summary)" } ?? "")
        }
        result.next = "pulih \(result.status == .paused ? "resume" : "restart") \(client)"
        let codes = Set(failed.compactMap { $0.error?.code })
        result.exitCode =
            switch codes {
            case [PulihError.Code.data.description]: .refusedData
            case [PulihError.Code.unreachable.description]: .unreachable
            default: .failed
            }
        return result
    }
}
