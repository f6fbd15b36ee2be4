internal import PulihModel
internal import PulihSystem

/// What to say of a try that was committed although its answer was lost, from what the ledger holds of it.
typealias CommittedOutcome = @Sendable (LedgerRow) async throws -> StepOutcome

/// What the retry loop must know of a step beside its body.
struct RetriedStep: Sendable {
    let begun: StepRecord
    /// Steps that act inside this one and begin again with it.
    var companions: [StepRecord] = []
    /// nil: the step commits nothing.
    var committed: CommittedOutcome?
}

extension StepRunner {
    /// Runs a step until it ends well or for good, or its stage's policy is used up. Each try is an attempt of its own
    /// in the journal; what is returned is the last one, not yet journaled.
    func outcome(
        of step: RetriedStep, _ body: @Sendable () async throws -> StepOutcome
    ) async -> StepRecord {
        let environment = context.environment
        let policy = environment.configuration.settings.retry[step.begun.step.stage]
        var (record, error) = await tried(step.begun, body)
        var tries = 1
        while let failure = error, failure.isTransient, tries < policy.attempts, !Task.isCancelled {
            let wait = policy.wait(after: tries, chance: environment.pace.chance())
            environment.report(
                .note("\(record.step): \(failure.summary); \(Retry.told(tries, of: policy, wait))"))
            do {
                try await environment.pace.sleep(wait)
            } catch {
                return stoppedWaiting(record, failure)
            }
            guard let next = await beginAgain(step, after: record, "try \(tries) of \(policy.attempts)")
            else { return record }
            tries += 1
            (record, error) = await tried(next) {
                // The connection may have died while the server committed.
                if let told = step.committed, let row = try await self.committedRow(of: step.begun) {
                    return try await told(row)
                }
                return try await body()
            }
        }
        return record
    }

    /// Once. The error is what failed, as far as it is one that a step can fail with.
    private func tried(
        _ begun: StepRecord, _ body: () async throws -> StepOutcome
    ) async -> (StepRecord, PulihError?) {
        var record = begun
        var failed: PulihError?
        do {
            try Failpoints.hit(.stepBefore)
            let outcome = try await body()
            try Failpoints.hit(.stepAfter)
            record.status = outcome.status
            record.rows = outcome.rows
            record.details = outcome.details
        } catch let failure as StepFailure {
            record.status = .failed
            record.error = StepError(failure.error)
            record.details = failure.details
            failed = heeded(failure.error)
        } catch {
            // An interruption may come back as a failure of what was interrupted.
            guard !(error is CancellationError), !Task.isCancelled else {
                record.status = .cancelled
                record.error = StepError(
                    PulihError(
                        .failed, "\(begun.step) was cancelled: \(context.stopped ?? "stopped")",
                        leftBehind: "its transaction was rolled back", hint: context.restartHint(),
                        cause: "\(error)"))
                record.endedAt = context.environment.clock.now()
                return (record, nil)
            }
            let failure = heeded(error)
            record.status = .failed
            record.error = StepError(failure)
            failed = failure
        }
        record.endedAt = context.environment.clock.now()
        return (record, failed)
    }

    private func stoppedWaiting(_ failed: StepRecord, _ failure: PulihError) -> StepRecord {
        var record = failed
        record.status = .cancelled
        record.error = StepError(
            PulihError(
                .failed, "\(record.step) was cancelled before it was tried again: \(failure.summary)",
                object: failure.object, leftBehind: failure.leftBehind, hint: context.restartHint()))
        record.endedAt = context.environment.clock.now()
        return record
    }

    /// Journals how a try ended and that the next one begins, in one transaction.
    /// - Returns: nil when the journal cannot be written: then nothing may be tried either.
    private func beginAgain(
        _ step: RetriedStep, after failed: StepRecord, _ which: String
    ) async -> StepRecord? {
        let environment = context.environment
        let now = environment.clock.now()
        var rows = [failed]
        var next: [StepRecord] = []
        for begun in step.companions {
            var ended = begun
            ended.attempt = context.attempts[begun.step]
            ended.status = .skipped
            ended.reason = "rolled back: \(failed.step) is tried again"
            ended.endedAt = now
            rows.append(ended)
        }
        for begun in step.companions + [step.begun] {
            context.attempts.next(begun.step)
            var again = begun
            again.attempt = context.attempts[begun.step]
            again.startedAt = now
            next.append(again)
        }
        do {
            var entry = auditEntry(failed)
            entry?.message += "; \(which), tried again"
            if let entry { try await context.auditor.record([entry]) }
            try await environment.catalog.record(rows + next)
            return next.last
        } catch {
            environment.report(
                .note("\(failed.step) is not tried again: \(PulihError.wrapping(error).summary)"))
            return nil
        }
    }

    /// The ledger's row of an earlier try of this run.
    private func committedRow(of begun: StepRecord) async throws -> LedgerRow? {
        guard let row = try await context.session.ledger().row(context.batch, begun.step),
            row.epoch == context.lease.epoch, row.attempt >= begun.attempt,
            row.fingerprint == begun.fingerprint
        else { return nil }
        return row
    }
}

extension RunEnvironment {
    /// For what a run does between its steps and may do twice.
    func patiently<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await patiently(with: { $0.isTransient }, body)
    }

    /// For what must not be done twice: again only when the warehouse has said that nothing was kept.
    func cautiously<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await patiently(with: { $0.isTransient && $0.code == .busy }, body)
    }

    private func patiently<Value: Sendable>(
        with isTransient: (PulihError) -> Bool, _ body: () async throws -> Value
    ) async throws -> Value {
        let policy = configuration.settings.retry.standard
        var tries = 0
        return try await policy.run(pace) { error in
            (error as? PulihError).map(isTransient) ?? false
        } failed: { error, wait in
            tries += 1
            report(.note("\(PulihError.wrapping(error).summary); \(Retry.told(tries, of: policy, wait))"))
        } _: {
            try await body()
        }
    }
}

enum Retry {
    /// `try 1 of 3, again in 1.2 s`
    static func told(_ tries: Int, of policy: RetryPolicy, _ wait: Double) -> String {
        "try \(tries) of \(policy.attempts), again in \(seconds(wait)) s"
    }

    static func seconds(_ wait: Double) -> String {
        let tenths = Int((wait * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
