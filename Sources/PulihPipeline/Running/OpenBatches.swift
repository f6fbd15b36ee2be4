internal import PulihModel
internal import PulihSystem

/// Batches and steps of a client that say RUNNING although nobody runs them. For the holder of its lease.
struct OpenBatches: Sendable {
    let environment: RunEnvironment
    let client: String
    /// Of a run that gave its lease back and could not record more.
    static let unknownCause = "its run ended before it could record how"

    /// Says of them how they ended and why, the steps first: a batch that is closed is looked at no more.
    /// - Returns: the batches that were closed.
    func close(as status: Status, cause: String) async throws -> [BatchID] {
        let catalog = environment.catalog
        let open = try await catalog.batches(client: client, limit: 1000).filter { $0.status == .running }
        for var batch in open {
            try await closeSteps(of: batch.batch, as: status, cause: cause)
            batch.status = status
            batch.message = cause
            batch.endedAt = environment.clock.now()
            try await catalog.updateBatch(batch)
        }
        return open.map(\.batch).sorted()
    }

    func closeSteps(of batch: BatchID, as status: Status, cause: String) async throws {
        let steps = try await environment.catalog.steps(client: client, batch: batch).filter {
            $0.status == .running
        }
        guard !steps.isEmpty else { return }
        try await environment.catalog.record(
            steps.map { step in
                var step = step
                step.status = status
                step.endedAt = environment.clock.now()
                step.error = StepError(
                    PulihError(
                        .failed, "\(step.step) was \(status.rawValue.lowercased()): \(cause)",
                        leftBehind: "what it had not committed is gone",
                        hint: "run 'pulih restart \(client)'"))
                return step
            })
    }
}
