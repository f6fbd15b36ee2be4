internal import Dispatch

/// The way out of the cooperative pool for calls that block.
public enum BlockingWork {
    /// Runs the closure on a thread of its own and suspends, rather than blocks, the caller until it is done.
    ///
    /// Cancellation does not stop it: the closure itself knows what can be interrupted.
    public static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            // A queue of its own gets a thread at once; the shared concurrent ones wait for a free core.
            DispatchQueue(label: "pulih.blocking").async {
                continuation.resume(with: Result { try body() })
            }
        }
    }
}
