public import PulihModel
internal import PulihSystem

/// The verbs that run batches.
public struct Runs: Sendable {
    let environment: RunEnvironment

    public init(_ environment: RunEnvironment) {
        self.environment = environment
    }

    // MARK: start

    /// A new batch from what lies in `incoming`. Finishes an interrupted batch first; stops at a failed one.
    /// - Throws: `busy`, `refused` (a failed batch stands before it), `configuration`, `unreachable`.
    public func start(_ client: String, _ options: RunOptions = RunOptions()) async throws -> RunResult {
        try await HeldClient.hold(client, in: environment, doing: "start \(client)") { held in
            try await refuseAfterFailure(held, leave: options.leave)
            try await environment.refuseAtLimits(client, leftBehind: "new files stay in incoming")
            var done: [BatchID] = []
            for open in try await unfinished(held) {
                environment.report(
                    .note(
                        "\(open.batch) \(open.status == .pending ? "waits: \(open.message)" : "was interrupted"); finishing it first"
                    ))
                let result = try await carry(
                    held, open.batch, mode: .restart, RunOptions(failFast: options.failFast),
                    recovery: "start")
                done += result.batches
                guard result.status.isGood else { return result }
            }
            let fetched = try await held.fetch()
            var collector = Collector(environment: environment, client: held.client, auditor: held.auditor)
            collector.whole = fetched.paths
            var collection = try await collector.collect()
            collection.findings = fetched.findings + collection.findings
            let collected = collection
            if options.requireFiles {
                for finding in collection.findings { environment.report(.note(finding)) }
                try collection.refuseIfMissing(client)
            }
            guard !collection.files.isEmpty else { return await held.rested(nothing(held, collection, done)) }
            let ledger = try await environment.patiently { try await held.session.ledger() }
            // Half a claim would be a batch that nobody asked for.
            let manifest = try await shielded {
                try await held.claimer.claim(
                    collected.files, graph: held.graph,
                    ledgerLast: ledger.rows.map(\.batch.number).max() ?? 0)
            }
            let runner = BatchRunner(held: held)
            let prepared = try await runner.prepare(
                manifest.batch, mode: .start, options: options)
            var result = try await runner.execute(prepared)
            result.findings = collection.findings + result.findings
            if result.status == .success, collection.refused { result.status = .warning }
            result.batches = done + result.batches
            return await held.rested(result)
        }
    }

    private func nothing(_ held: HeldClient, _ collection: Collection, _ done: [BatchID]) -> RunResult {
        let folder = environment.layout.shown(
            environment.layout.raw(held.client.name, held.client.sources.first ?? "SOURCE", .incoming))
        return RunResult(
            client: held.client.name, batch: done.last, status: .success,
            message: done.isEmpty
                ? "nothing to do: no new file in \(folder) and its neighbours"
                : "finished \(done.map(\.description).joined(separator: ", ")); no new file",
            findings: collection.findings, exitCode: collection.refused ? .refusedData : .done, batches: done)
    }

    /// Interrupted batches, and those whose replay did not happen, oldest first. The lease is ours, so RUNNING means dead.
    private func unfinished(_ held: HeldClient) async throws -> [BatchRecord] {
        try await environment.catalog.batches(client: held.client.name, limit: 1000)
            .filter { !$0.status.isTerminal }.sorted { $0.batch < $1.batch }
    }

    /// A failed batch stops the next one, because its files may be what the next builds on. `--leave` closes it: it can
    /// still be named to `restart`, and nothing asks for it any more.
    private func refuseAfterFailure(_ held: HeldClient, leave: Bool, isDry: Bool = false) async throws {
        let client = held.client.name
        let batches = try await environment.catalog.batches(client: client, limit: 1000)
        let newestOpen = batches.filter { !$0.status.isTerminal }.map(\.batch).max()
        let stopped = batches.filter { batch in
            [.failed, .cancelled].contains(batch.status)
                && (batch.batch == batches.first?.batch || newestOpen.map { $0 > batch.batch } ?? false)
        }
        guard var stopping = stopped.last else { return }
        guard leave else {
            throw PulihError(
                .refused,
                "\(stopping.batch) of \(client) is \(stopping.status.rawValue): \(stopping.message)",
                object: stopping.batch.description, leftBehind: "new files stay in incoming",
                hint: "see 'pulih show \(stopping.batch)', mend it and run 'pulih restart \(client)';"
                    + " 'pulih start \(client) --leave' goes on without it")
        }
        if isDry { return }
        stopping.status = .skipped
        stopping.message = "left by start --leave: \(stopping.message)"
        try await held.environment.catalog.updateBatch(stopping)
        try await held.auditor.record("start", .skipped, batch: stopping.batch, stopping.message)
    }

    // MARK: restart, reprocess

    /// The same batch again: what is not kept runs. Without an id the oldest unfinished or failed batch, else the newest.
    public func restart(_ client: String, _ batch: BatchID?, _ options: RunOptions = RunOptions())
        async throws -> RunResult
    {
        try await HeldClient.hold(client, in: environment, doing: "restart \(client)") { held in
            let id = if let batch { batch } else { try await restartable(held) }
            return await held.rested(try await carry(held, id, mode: .restart, options))
        }
    }

    /// The same batch again: everything after convert is forced, then later batches are replayed in order.
    public func reprocess(_ client: String, _ batch: BatchID?, _ options: RunOptions = RunOptions())
        async throws -> RunResult
    {
        try await HeldClient.hold(client, in: environment, doing: "reprocess \(client)") { held in
            let id = if let batch { batch } else { try await newest(held) }
            let result = try await carry(held, id, mode: .reprocess, options, recovery: "reprocess")
            return await held.rested(result)
        }
    }

    private func restartable(_ held: HeldClient) async throws -> BatchID {
        let batches = try await environment.catalog.batches(client: held.client.name, limit: 1000)
        let open = batches.filter { !$0.status.isTerminal || $0.status == .failed || $0.status == .cancelled }
        return try open.map(\.batch).min() ?? newestOf(batches, held)
    }

    private func newest(_ held: HeldClient) async throws -> BatchID {
        try newestOf(try await environment.catalog.batches(client: held.client.name, limit: 1), held)
    }

    private func newestOf(_ batches: [BatchRecord], _ held: HeldClient) throws -> BatchID {
        guard let newest = batches.map(\.batch).max() else {
            throw PulihError(
                .usage, "\(held.client.name) has no batch yet", object: held.client.name,
                leftBehind: "nothing was done", hint: "drop files and run 'pulih start \(held.client.name)'")
        }
        return newest
    }

    /// Runs one batch again, then replays the later ones, because they were built on it.
    /// - Parameter recovery: what `recovery_log` calls it when the batch was in a bad state; nil: nothing.
    func carry(
        _ held: HeldClient, _ id: BatchID, mode: RunMode, _ options: RunOptions,
        recovery: String? = RunMode.restart.rawValue
    ) async throws -> RunResult {
        let (log, began) = (RecoveryLog(held: held), environment.clock.now())
        let later = try await laterBatches(held, than: id)
        let runner = BatchRunner(held: held)
        let replay = RunOptions(from: .transform, failFast: options.failFast)
        let prepared = try await runner.prepare(id, mode: mode, options: options)
        let replays = prepared.context.plan.runs.contains { $0.id.stage != .finalize }
        if replays {
            // What cannot be replayed must be known before the first change.
            for batch in later {
                _ = try await runner.prepare(batch.batch, mode: .reprocess, options: replay, isDry: true)
            }
            for var batch in later {
                batch.status = .pending
                batch.message = "to be replayed after \(id)"
                try await held.auditor.record("replay", .pending, batch: batch.batch, batch.message)
                try await held.environment.catalog.updateBatch(batch)
            }
        }
        var result = try await log.execute(
            prepared, found: prepared.record, what: recovery, began: began)
        guard replays else { return result }
        if !result.status.isGood, !result.steps.contains(where: \.changedTheWarehouse) {
            for batch in later {
                // The audit's last word on a batch is what a catalog that is made again from it says.
                try await held.auditor.record("batch", batch.status, batch: batch.batch, batch.message)
                try await held.environment.catalog.updateBatch(batch)
            }
        }
        for batch in later {
            guard result.status.isGood else { break }
            environment.report(.note("replaying \(batch.batch), which came after \(id)"))
            let began = environment.clock.now()
            let prepared = try await runner.prepare(batch.batch, mode: .reprocess, options: replay)
            let replayed = try await log.execute(prepared, found: batch, what: recovery, began: began)
            let (batches, seconds, findings) = (result.batches, result.seconds, result.findings)
            result = replayed
            result.batches = batches + replayed.batches
            result.seconds += seconds
            result.findings = findings + replayed.findings
        }
        return result
    }

    /// Later batches that were published, or wait to be, oldest first: they were built on this one.
    private func laterBatches(_ held: HeldClient, than id: BatchID) async throws -> [BatchRecord] {
        let published = Set(
            try await environment.patiently { try await held.session.ledger() }.rows.filter {
                $0.step.stage == .publish
            }.map(\.batch))
        return try await environment.catalog.batches(client: held.client.name, limit: 100_000)
            .filter { $0.batch > id && (published.contains($0.batch) || $0.status == .pending) }
            .sorted { $0.batch < $1.batch }
    }

    // MARK: explain

    /// What a run would do, without doing it.
    public func explain(
        _ client: String, _ batch: BatchID?, mode: RunMode, _ options: RunOptions
    ) async throws -> Explanation {
        try await HeldClient.hold(client, in: environment, doing: "\(mode.rawValue) --explain", isDry: true) {
            held in
            let runner = BatchRunner(held: held)
            if mode == .start {
                if let open = try await unfinished(held).first {
                    let prepared = try await runner.prepare(
                        open.batch, mode: .restart, options: options, isDry: true)
                    return Explanation(
                        plan: prepared.context.plan, files: [], findings: ["\(open.batch) is finished first"])
                }
                try await refuseAfterFailure(held, leave: options.leave, isDry: true)
                var collector = Collector(
                    environment: environment, client: held.client, auditor: held.auditor)
                collector.isDry = true
                let collection = try await collector.collect()
                return Explanation(
                    plan: nil,
                    files: collection.files.map {
                        ExplainedFile(name: $0.name, key: $0.spec.key, records: $0.survey.records)
                    },
                    findings: try await held.wouldFetch() + collection.findings)
            }
            let id: BatchID
            if let batch {
                id = batch
            } else {
                id = try await mode == .restart ? restartable(held) : newest(held)
            }
            let prepared = try await runner.prepare(
                id, mode: mode, options: options, isDry: true)
            let later = try await laterBatches(held, than: id)
            let replays = prepared.context.plan.runs.contains { $0.id.stage != .finalize }
            return Explanation(
                plan: prepared.context.plan, files: [],
                findings: replays && !later.isEmpty
                    ? ["then replayed: " + later.map(\.batch.description).joined(separator: ", ")] : [])
        }
    }
}

extension StepRecord {
    /// Something that later batches are built on is not what it was.
    fileprivate var changedTheWarehouse: Bool {
        if reason.hasPrefix("kept") { return false }
        // One that commits by itself may have done so before it failed.
        let mayHaveCommitted = details["publish"]?.string == Procedure.PublishMode.step.rawValue
        return [.loadBronze, .publish].contains(step.stage) && status.isGood || mayHaveCommitted
    }
}

/// What a run would do.
public struct Explanation: Sendable {
    /// nil for a `start` that has no batch yet.
    public let plan: Plan?
    /// Files that `start` would take.
    public let files: [ExplainedFile]
    public let findings: [String]
}

public struct ExplainedFile: Sendable {
    public let name: String
    public let key: FileKey
    public let records: Int
}
