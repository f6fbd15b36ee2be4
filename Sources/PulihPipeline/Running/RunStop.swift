public import PulihModel
internal import Synchronization

/// Whether and why what this process does is to end before its time. Who asks first is heard; only a wish to end now
/// outranks one to end after the running steps.
public final class RunStop: Sendable {
    /// The one of the command that runs.
    @TaskLocal public static var current = RunStop()

    public struct Order: Sendable, Equatable {
        public enum Manner: Sendable {
            /// What runs is interrupted.
            case now
            /// What runs ends by itself; nothing more begins.
            case afterRunningSteps
        }

        public let manner: Manner
        /// `SIGTERM`, `paused by ann on host1`, as it reads after "stopped: ".
        public let cause: String
        /// What a batch that is not done becomes.
        public let status: Status

        public init(_ manner: Manner, cause: String, status: Status = .cancelled) {
            self.manner = manner
            self.cause = cause
            self.status = status
        }
    }

    private struct State {
        var order: Order?
        var held = 0
    }
    private let state = Mutex(State())
    private let whole: RunStop?

    public init() { whole = nil }

    /// Of one client's run among several: it also hears what is asked of all.
    init(within whole: RunStop) { self.whole = whole }

    /// nil: nobody asked.
    public var order: Order? {
        let own = state.withLock { $0.order }
        guard let order = whole?.order, own == nil || order.manner == .now else { return own }
        return order
    }
    /// Some client is in our hands, so that there is something to put in order before the end.
    public var holdsClients: Bool { state.withLock { $0.held > 0 } }

    /// Ending now also needs the cancellation of the task; who asks for that sees to it.
    public func ask(_ order: Order) {
        state.withLock { state in
            if let earlier = state.order, earlier.manner == .now || order.manner != .now { return }
            state.order = order
        }
    }

    func hold() { state.withLock { $0.held += 1 } }
    func letGo() { state.withLock { $0.held -= 1 } }
}

/// Runs the body to its end although the caller may be cancelled: for what puts in order what a run leaves.
func shielded<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    // A task of its own is not cancelled with the one that waits for it.
    try await Task { try await body() }.value
}

/// As the other `shielded`, for a body that does not throw.
func shielded<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
    await Task { await body() }.value
}
