internal import PulihModel
internal import PulihSystem

/// Turns procedures into calls, and what became of them into the journal's words.
struct ProcedureSteps: Sendable {
    private let context: BatchContext

    init(_ context: BatchContext) {
        self.context = context
    }

    func procedure(_ step: PlannedStep) throws -> Procedure {
        guard case .procedure(let name) = step.subject,
            let procedure = context.environment.configuration.procedure(name)
        else {
            throw PulihError(.bug, "\(step.id) names no procedure")
        }
        return procedure
    }

    func call(_ step: PlannedStep) throws -> ProcedureCall {
        ProcedureCall(
            procedure: try procedure(step), client: context.client.name, batch: context.batch,
            batchTime: context.manifest.batchTime, entry: context.entry(step))
    }

    /// Calls one of `publish: step`.
    func run(_ step: PlannedStep) async throws -> StepOutcome {
        let call = try call(step)
        let outcome = try await context.session.call(call)
        switch outcome.status {
        case .succeeded:
            return StepOutcome(status: outcome.stepStatus, details: outcome.details(of: call.procedure))
        case .failed, .skipped, .rolledBack:
            throw StepFailure(
                error: error(outcome, of: call.procedure), details: outcome.details(of: call.procedure))
        }
    }

    /// Ends the record of one that a publication called.
    /// - Parameter outcome: nil when the publication ended before it could say.
    func end(
        _ record: inout StepRecord, _ outcome: ProcedureOutcome?, _ procedure: Procedure, or lost: String
    ) {
        guard let outcome else {
            record.status = .skipped
            record.reason = lost
            record.endedAt = context.environment.clock.now()
            return
        }
        record.details = outcome.details(of: procedure)
        record.endedAt = record.startedAt + Int64(outcome.seconds * 1_000_000)
        switch outcome.status {
        case .succeeded: record.status = outcome.stepStatus
        case .failed:
            record.status = .failed
            record.error = StepError(error(outcome, of: procedure))
        case .skipped(let reason), .rolledBack(let reason):
            record.status = .skipped
            record.reason = reason
        }
    }

    private func error(_ outcome: ProcedureOutcome, of procedure: Procedure) -> PulihError {
        PulihError(
            .sql, "\(procedure.name): \(outcome.status.message)", object: procedure.name.description,
            leftBehind: procedure.publish == .batch
                ? "the publication was rolled back; readers see what was published before"
                : "the batch is published; what the procedure committed by itself stands",
            hint: context.restartHint("mend the procedure or what it reads"))
    }
}

extension ProcedureOutcome {
    fileprivate var stepStatus: Status { warnings.isEmpty ? .success : .warning }

    fileprivate func details(of procedure: Procedure) -> JSONValue {
        [
            "publish": .string(procedure.publish.rawValue), "notices": .strings(notices),
            "warnings": .strings(warnings),
        ]
    }
}
