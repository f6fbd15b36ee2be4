public import PulihModel
internal import PulihSystem

/// Runs a client while nobody watches: what passes by itself is carried on after a wait.
public struct Unattended: Sendable {
    /// Its attempts are those after the first run.
    private let policy: RetryPolicy
    private let pace: Pace
    private let report: @Sendable (String) -> Void

    public init(
        _ policy: RetryPolicy, pace: Pace = .real, report: @escaping @Sendable (String) -> Void
    ) {
        self.policy = policy
        self.pace = pace
        self.report = report
    }

    /// How it ended.
    public struct Ending: Sendable {
        public let client: String
        /// The last run's, or what kept it from running.
        public let outcome: Result<RunResult, PulihError>
        public let restarts: Int

        public var exitCode: ExitCode {
            switch outcome {
            case .success(let result): result.exitCode
            case .failure(let error): error.code.exitCode
            }
        }
    }

    /// What a run needs of its surroundings; each call opens and closes them by itself, so that none has to be there
    /// all the time.
    public struct Verbs: Sendable {
        let start: @Sendable () async throws -> RunResult
        let restart: @Sendable () async throws -> RunResult
        /// Whether a failed batch stands that failed by what passes.
        let standsForAWhile: @Sendable () async throws -> Bool

        public init(
            start: @escaping @Sendable () async throws -> RunResult,
            restart: @escaping @Sendable () async throws -> RunResult,
            standsForAWhile: @escaping @Sendable () async throws -> Bool
        ) {
            self.start = start
            self.restart = restart
            self.standsForAWhile = standsForAWhile
        }
    }

    public func run(_ client: String, _ verbs: Verbs) async -> Ending {
        var outcome = await attempt(verbs.start)
        var restarts = 0
        while restarts < policy.attempts, !Task.isCancelled, let again = await next(after: outcome, verbs) {
            let wait = policy.wait(after: restarts + 1, chance: pace.chance())
            restarts += 1
            report(
                "\(client): \(told(outcome)); restart \(restarts) of \(policy.attempts) in \(Retry.seconds(wait)) s"
            )
            do { try await pace.sleep(wait) } catch { break }
            outcome = await attempt(again)
        }
        return Ending(client: client, outcome: outcome, restarts: restarts)
    }

    /// nil: nothing is to be done again.
    private func next(
        after outcome: Result<RunResult, PulihError>, _ verbs: Verbs
    ) async -> (@Sendable () async throws -> RunResult)? {
        switch outcome {
        case .success(let result):
            let failed = result.steps.filter { $0.status == .failed }
            guard result.status == .failed, !failed.isEmpty, failed.allSatisfy(\.passes) else { return nil }
            return verbs.restart
        case .failure(let error) where error.code == .refused:
            do { return try await verbs.standsForAWhile() ? verbs.restart : nil } catch { return nil }
        case .failure(let error):
            // A lease that another run holds is no trouble.
            let isOthers = error.code == .busy && error.cause == nil
            // What was interrupted is finished by it.
            return error.isTransient && !isOthers ? verbs.start : nil
        }
    }

    private func attempt(_ verb: () async throws -> RunResult) async -> Result<RunResult, PulihError> {
        do {
            return .success(try await verb())
        } catch {
            return .failure(PulihError.wrapping(error))
        }
    }

    private func told(_ outcome: Result<RunResult, PulihError>) -> String {
        switch outcome {
        case .success(let result): result.message
        case .failure(let error): error.summary
        }
    }
}

extension Runs {
    /// Whether the batch that `start` stops at failed only by what passes by itself.
    public func standsForAWhile(_ client: String) async throws -> Bool {
        let batches = try await environment.catalog.batches(client: client, limit: 1000)
        guard let oldest = batches.last(where: { $0.status == .failed }) else { return false }
        let steps = try await environment.catalog.steps(client: client, batch: oldest.batch)
        let newest = Dictionary(steps.map { ($0.step, $0) }, uniquingKeysWith: { $1 }).values
        let failed = newest.filter { $0.status == .failed }
        return !failed.isEmpty && failed.allSatisfy(\.passes)
    }
}

extension StepRecord {
    /// It failed by what passes by itself.
    fileprivate var passes: Bool {
        [PulihError.Code.unreachable, .busy].contains { $0.description == error?.code }
    }
}
