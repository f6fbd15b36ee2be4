internal import CPostgres
internal import Dispatch
internal import Synchronization

/// Ends the statement that a body runs when its task is cancelled.
@safe final class PostgresCancel: Sendable {
    @safe private struct State: @unchecked Sendable {
        var cancel: OpaquePointer?
        var hasFired = false
        var isQuiet = false
    }
    private let state = Mutex(State())

    var hasFired: Bool { state.withLock { $0.hasFired } }

    /// The body's connection from now until `disarm`.
    func arm(_ connection: OpaquePointer) {
        let cancel = unsafe PQgetCancel(connection)
        state.withLock { unsafe $0.cancel = cancel }
    }

    /// Waits for a cancellation under way: none may hit the next body's statement.
    func disarm() {
        state.withLock {
            unsafe PQfreeCancel($0.cancel)
            unsafe $0.cancel = nil
        }
    }

    /// Runs what must not be cancelled, because it takes back what was.
    func quietly<T, Failure: Error>(_ body: () throws(Failure) -> T) throws(Failure) -> T {
        state.withLock { $0.isQuiet = true }
        defer { state.withLock { $0.isQuiet = false } }
        return try body()
    }

    /// Asks the server, over a connection of its own, so it must not hold up the caller.
    ///
    /// The server forgets what comes between two statements, so it is asked again until the body has ended.
    func fire() {
        DispatchQueue(label: "pulih.postgres.cancel").async { self.ask() }
    }

    private func ask() {
        let isArmed = state.withLock { state in
            state.hasFired = true
            guard let cancel = unsafe state.cancel else { return false }
            guard !state.isQuiet else { return true }
            var text = [CChar](repeating: 0, count: 256)
            // Where the server cannot be reached any more the statement ends by itself.
            _ = unsafe PQcancel(cancel, &text, Int32(text.count))
            return true
        }
        guard isArmed else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) { self.ask() }
    }
}
