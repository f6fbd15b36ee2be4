/// The way out of the cooperative pool for calls that block.
public enum BlockingWork {
    /// Runs the closure on a thread of its own and suspends, rather than blocks, the caller until it is done.
    ///
    /// Cancellation does not stop it; a closure that takes long asks `Task.isCancelled`.
    public static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        // As a job of an actor the body still belongs to the caller's task. A queue of its own gets a thread at once;
        // the shared concurrent ones wait for a free core.
        try await BlockingThread().run(body)
    }
}

private actor BlockingThread {
    private let executor = SerialQueueExecutor(label: "pulih.blocking")

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    func run<T: Sendable>(_ body: @Sendable () throws -> T) throws -> T { try body() }
}
