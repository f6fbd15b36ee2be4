/// How often something is tried that may succeed by itself, and after which waits.
public struct RetryPolicy: Sendable, Equatable {
    /// In all, 1 or more.
    public var attempts: Int
    /// Before the second try.
    public var waitSeconds: Double
    /// How much longer each further wait is.
    public var factor: Double
    /// What no wait exceeds, but for the jitter.
    public var longestSeconds: Double
    /// Share of a wait by which it is longer or shorter, from 0 to 1, so that those that failed together do not come
    /// back together.
    public var jitter: Double

    public init(
        attempts: Int = 3, waitSeconds: Double = 1, factor: Double = 2, longestSeconds: Double = 30,
        jitter: Double = 0.5
    ) {
        self.attempts = attempts
        self.waitSeconds = waitSeconds
        self.factor = factor
        self.longestSeconds = longestSeconds
        self.jitter = jitter
    }

    /// Seconds to wait after a try that failed.
    /// - Parameters:
    ///   - attempt: its number, from 1.
    ///   - chance: from 0 to 1.
    public func wait(after attempt: Int, chance: Double) -> Double {
        var wait = waitSeconds
        for _ in 1..<max(1, attempt) where wait < longestSeconds { wait *= factor }
        return min(wait, longestSeconds) * (1 + jitter * (2 * chance - 1))
    }

    /// Runs the body, again while it fails for what passes by itself.
    ///
    /// Cancelled while it waits, it throws the failure of the last try.
    /// - Parameter failed: told of every failure after which there is another try, with the seconds until then.
    public func run<Value>(
        _ pace: Pace, while isTransient: (any Error) -> Bool,
        failed: (any Error, Double) -> Void = { _, _ in }, _ body: () async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch {
                guard attempt < attempts, isTransient(error), !Task.isCancelled else { throw error }
                let wait = wait(after: attempt, chance: pace.chance())
                failed(error, wait)
                do { try await pace.sleep(wait) } catch is CancellationError { throw error }
                attempt += 1
            }
        }
    }
}

/// The policy of each stage.
public struct RetryPolicies: Sendable, Equatable {
    /// Of stages that have none of their own, of the catalog, and of what a run does between its steps.
    public var standard: RetryPolicy
    public var stages: [Stage: RetryPolicy]

    public init(standard: RetryPolicy = RetryPolicy(), stages: [Stage: RetryPolicy] = [:]) {
        self.standard = standard
        self.stages = stages
    }

    public subscript(_ stage: Stage) -> RetryPolicy { stages[stage] ?? standard }
}
