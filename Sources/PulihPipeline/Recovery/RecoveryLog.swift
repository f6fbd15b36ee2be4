internal import PulihModel
internal import PulihSystem

/// Brings batches back from a bad state and records it in `recovery_log`: its beginning before the act, its end after
/// the result was checked. What a dead run left open is ended by the next one.
struct RecoveryLog: Sendable {
    let held: HeldClient

    private var catalog: any Catalog { held.environment.catalog }
    private var client: String { held.client.name }

    // MARK: recovering

    /// Executes a batch. Out of a bad state that is a recovery.
    /// - Parameters:
    ///   - found: the batch as it was found.
    ///   - what: the verb that brings it back; nil: this run is none that recovers.
    ///   - began: when it began to be looked at.
    func execute(
        _ prepared: BatchRunner.Prepared, found: BatchRecord, what: String?, began: Int64
    ) async throws -> RunResult {
        let runner = BatchRunner(held: held)
        guard let what, !found.status.isGood else { return try await runner.execute(prepared) }
        var recovery = begin(found, what: what, at: began)
        try await catalog.record(recovery)
        var result: RunResult
        do {
            result = try await runner.execute(prepared)
        } catch {
            let error = PulihError.wrapping(error)
            // Who has the lease now has the recovery too.
            if error.code != .busy { await giveUp(recovery, error) }
            throw error
        }
        recovery.to = result.status
        guard result.status.isGood else {
            recovery.outcome = result.status
            recovery.message = result.message
            try await end(recovery)
            return result
        }
        try await check(recovery, prepared.context.freshLoads, &result)
        return result
    }

    private func begin(_ found: BatchRecord, what: String, at began: Int64) -> RecoveryRecord {
        // The lease is ours, so RUNNING means dead.
        let from = found.status == .running ? Status.interrupted : found.status
        let cause = found.message.isEmpty && from == .interrupted ? "the run died" : found.message
        return RecoveryRecord(
            id: id(found.batch.number), client: client, batch: found.batch, what: what, cause: cause,
            from: from, to: .running, seconds: nil, rowsChecked: 0, duplicates: 0, isConsistent: false,
            outcome: .running, startedAt: began, endedAt: nil, message: "")
    }

    /// Unique for ever: of one epoch a batch is recovered once.
    private func id(_ number: Int) -> String { "\(client)-\(held.lease.epoch)-\(number)" }

    /// The first error is the one that matters.
    private func giveUp(_ recovery: RecoveryRecord, _ error: PulihError) async {
        var recovery = recovery
        recovery.to = .failed
        recovery.outcome = .failed
        recovery.message = error.summary
        do {
            try await end(recovery)
        } catch {
            held.environment.report(
                .note("while recording the recovery: \(PulihError.wrapping(error).summary)"))
        }
    }

    // MARK: checking

    /// - Parameter fresh: what this run loaded, or a dead one without saying so.
    private func check(
        _ recovery: RecoveryRecord, _ fresh: Set<String>, _ result: inout RunResult
    ) async throws {
        guard let batch = recovery.batch else { return }
        let finding: Validation.Finding
        do {
            finding = try await Validation(held: held).check(
                batch, fresh: fresh, countsKept: !recovery.from.isOrderlyEnd)
        } catch {
            let error = PulihError.wrapping(error)
            if error.code == .busy || Task.isCancelled { throw error }
            // It stays open, and the next run checks it.
            result.findings.append("the recovery of \(batch) could not be checked yet: \(error.summary)")
            return
        }
        try await end(recovery, finding)
        guard !finding.isConsistent else { return }
        result.status = .failed
        result.exitCode = .failed
        result.message = Self.told(finding)
        result.findings += finding.differences
        result.next = reprocess(batch)
    }

    /// Ends a recovery with what the check found. A batch that is not what it should be stops those after it.
    private func end(_ recovery: RecoveryRecord, _ finding: Validation.Finding) async throws {
        var recovery = recovery
        recovery.rowsChecked = finding.rows
        recovery.duplicates = finding.duplicates
        recovery.isConsistent = finding.isConsistent
        recovery.outcome = finding.isConsistent ? .success : .failed
        recovery.message = finding.message
        if let id = recovery.batch, !finding.isConsistent,
            var batch = try await catalog.batch(client: client, id)
        {
            batch.status = .failed
            batch.message = "\(Self.told(finding)); run '\(reprocess(id))'"
            try await catalog.updateBatch(batch)
        }
        try await end(recovery)
    }

    private func end(_ recovery: RecoveryRecord) async throws {
        var recovery = recovery
        let now = held.environment.clock.now()
        recovery.endedAt = now
        recovery.seconds = Double(now - recovery.startedAt) / 1_000_000
        if try await !isSaid(recovery) {
            try await held.auditor.record(
                "recovery", recovery.outcome, batch: recovery.batch, seconds: recovery.seconds,
                rows: recovery.rowsChecked,
                "\(recovery.what) from \(recovery.from.rawValue): \(recovery.message)")
        }
        try await catalog.record(recovery)
        if recovery.outcome == .success, let batch = recovery.batch {
            held.environment.report(.note("\(batch) was \(recovery.from.rawValue): \(recovery.message)"))
        }
    }

    /// The run that began it may have died between the audit and the catalog.
    private func isSaid(_ recovery: RecoveryRecord) async throws -> Bool {
        guard let end = recovery.id.lastIndex(of: "-") else { return false }
        let epoch = recovery.id[...end]
        guard epoch != "\(client)-\(held.lease.epoch)-" else { return false }
        return try await catalog.auditEvents(client: client, batch: recovery.batch, limit: 1000)
            .contains { $0.process == "recovery" && $0.id.hasPrefix(epoch) }
    }

    private static func told(_ finding: Validation.Finding) -> String {
        "it ended, and the warehouse is not what it should be: \(finding.message)"
    }

    private func reprocess(_ batch: BatchID) -> String { "pulih reprocess \(client) \(batch)" }

    // MARK: what dead runs left open

    /// A batch that was brought back and not checked is checked now; else the recovery was itself interrupted.
    /// - Returns: whether there was one.
    func settle() async throws -> Bool {
        let open = try await catalog.recoveries(client: client, limit: 100).filter { $0.outcome == .running }
        for recovery in open { try await settle(recovery) }
        return !open.isEmpty
    }

    /// A run died and left no batch behind: taking its lease over was all that there was to do.
    func tookOver(_ cause: String) async throws {
        let now = held.environment.clock.now()
        try await catalog.record(
            RecoveryRecord(
                id: id(0), client: client, batch: nil, what: "takeover", cause: cause, from: .interrupted,
                to: .success, seconds: 0, rowsChecked: 0, duplicates: 0, isConsistent: true,
                outcome: .success, startedAt: now, endedAt: now, message: "no batch was under way"))
    }

    private func settle(_ open: RecoveryRecord) async throws {
        var recovery = open
        if let id = open.batch, let batch = try await catalog.batch(client: client, id), batch.status.isGood {
            recovery.to = batch.status
            do {
                try await end(recovery, try await Validation(held: held).check(id))
            } catch {
                let error = PulihError.wrapping(error)
                if [.busy, .unreachable].contains(error.code) { throw error }
                recovery.outcome = .failed
                recovery.message = "it could not be checked: \(error.summary)"
                try await end(recovery)
            }
            return
        }
        recovery.to = .interrupted
        recovery.outcome = .interrupted
        recovery.message = "it was interrupted itself"
        try await catalog.record(recovery)
    }
}

extension Status {
    /// A batch that came to this end was brought there by its run, which was alive.
    fileprivate var isOrderlyEnd: Bool { self == .failed || self == .cancelled }
}
