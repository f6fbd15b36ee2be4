internal import PulihModel
internal import PulihSystem

/// Keeps the lease of a run alive, and hears what others ask of the run.
struct Heartbeat: Sendable {
    let environment: RunEnvironment
    let lease: Lease

    /// Between two looks at what is asked, and between two tries where the catalog fails.
    private static let pause: Duration = isWatched ? .milliseconds(20) : .seconds(1)
    private static let renewal: Double = isWatched ? 0 : 5
    /// Runs of tests end before a heartbeat comes.
    private static let isWatched =
        Failpoints.isArmed(.heartbeatBefore) || Failpoints.isArmed(.heartbeatAfter)
    /// A catalog that fails for longer ends the run: others may have the client by then.
    private static let patience: Double = 30

    /// Returns when the run is to end now, or when the caller is cancelled.
    /// - Throws: `busy` when the lease is not ours any more; what the catalog says when it fails for too long.
    func beat() async throws {
        try await Failpoints.$areOff.withValue(!Self.isWatched) { try await beatByTheClock() }
    }

    /// Runs the body while the lease is kept alive. What ends the heartbeat ends the body.
    func whileBeating<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await beat()
                return nil
            }
            while let value = try await group.next() {
                group.cancelAll()
                guard let value else { continue }
                return value
            }
            throw PulihError(.bug, "what \(lease.client) was held for ended without a result")
        }
    }

    private func beatByTheClock() async throws {
        var renewed = Stopwatch()
        var failing: Stopwatch?
        while !Task.isCancelled {
            do {
                if try await hear() { return }
                if renewed.elapsedSeconds >= Self.renewal || failing != nil {
                    try Failpoints.hit(.heartbeatBefore)
                    try await environment.catalog.renewLease(lease, at: environment.clock.now())
                    try Failpoints.hit(.heartbeatAfter)
                    renewed = Stopwatch()
                }
                if failing != nil { environment.report(.note("the catalog answers again")) }
                failing = nil
            } catch is CancellationError {
                return
            } catch {
                if await isLost(after: error) { throw error }
                if failing == nil {
                    environment.report(
                        .note(
                            "no sign of life could be given: \(PulihError.wrapping(error).summary);"
                                + " trying for \(Int(Self.patience)) s"))
                }
                let since = failing ?? Stopwatch()
                failing = since
                if since.elapsedSeconds > Self.patience { throw error }
            }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }

    /// Looks whether the lease is still ours; a catalog that does not answer is left to those who need it.
    /// - Throws: `busy` when it is not.
    func confirm() async throws {
        do {
            try await environment.catalog.renewLease(lease, at: environment.clock.now())
        } catch {
            if await isLost(after: error) { throw error }
        }
    }

    /// A database may be busy by itself; the lease is lost only when it is another one, or none.
    private func isLost(after error: any Error) async -> Bool {
        guard (error as? PulihError)?.code == .busy else { return false }
        do {
            return try await environment.catalog.lease(client: lease.client)?.lease.epoch != lease.epoch
        } catch {
            return false
        }
    }

    /// - Returns: whether the run is to end now.
    private func hear() async throws -> Bool {
        guard let control = try await environment.catalog.control(client: lease.client) else { return false }
        switch control.request {
        case .stop:
            // Of an earlier run.
            guard control.epoch == lease.epoch else { return false }
            environment.stop.ask(RunStop.Order(.now, cause: control.told("asked to stop")))
            return true
        case .pause:
            environment.stop.ask(
                RunStop.Order(.afterRunningSteps, cause: control.told("paused"), status: .paused))
            return false
        }
    }
}

extension ClientControl {
    /// `paused by ann on host1: month end`
    func told(_ verb: String) -> String {
        "\(verb) by \(by) on \(hostName)" + (reason.isEmpty ? "" : ": \(reason)")
    }
}
