import PulihSystem

/// A connection to a database, on a thread of its own.
///
/// Bodies run one after another, each as a whole: nothing of another task comes between the statements of one
/// body.
public actor DuckDBConnection {
    private let executor: SerialQueueExecutor
    private let gate: InterruptGate
    private var session: DuckDBSession?

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(session: sending DuckDBSession, label: String) {
        executor = SerialQueueExecutor(label: label)
        gate = session.gate
        self.session = session
    }

    /// Runs statements. The session must not be used after `body` returns.
    ///
    /// Cancelling the calling task interrupts the statement that runs for it and throws `CancellationError`;
    /// what earlier statements of the body committed stays.
    public func run<T: Sendable>(_ body: @Sendable (DuckDBSession) throws -> T) async throws -> T {
        let gate = gate
        let ticket = gate.drawTicket()
        return try await withTaskCancellationHandler {
            try perform(body, ticket: ticket)
        } onCancel: {
            gate.interrupt(ticket)
        }
    }

    /// Runs statements in one transaction: all of them count, or, when `body` or the commit throws, none.
    public func transaction<T: Sendable>(_ body: @Sendable (DuckDBSession) throws -> T) async throws -> T {
        try await run { session in try session.transaction { try body(session) } }
    }

    /// Waits for the bodies before it, then closes. An open transaction is rolled back. Safe to repeat.
    public func close() {
        session = nil
    }

    private func perform<T>(_ body: (DuckDBSession) throws -> T, ticket: Int) throws -> T {
        guard let session else {
            throw DuckDBFailure(
                kind: .connection, message: "Connection Error: the connection is closed", sql: nil)
        }
        // Entered first: a cancellation before this is seen by the check, a later one finds the ticket
        // inside.
        gate.enter(ticket)
        defer { gate.leave() }
        try Task.checkCancellation()
        do {
            return try body(session)
        } catch let failure as DuckDBFailure where failure.kind == .interrupted && Task.isCancelled {
            throw CancellationError()
        }
    }
}
