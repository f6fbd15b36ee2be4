internal import CSQLite
internal import Synchronization

/// Carries the cancellation of one caller to the connection, and only while that caller's statements run on
/// it.
final class SQLiteInterrupt: Sendable {
    private let state = Mutex(State())

    private struct State {
        var connection: SharedConnection?
        var hasFired = false
    }

    /// SQLite allows `sqlite3_interrupt` from any thread as long as the connection is open; the mutex sees to
    /// that.
    @safe private struct SharedConnection: @unchecked Sendable {
        let raw: OpaquePointer
    }

    var hasFired: Bool { state.withLock { $0.hasFired } }

    /// Until `disarm`, which must come before the connection is closed.
    func arm(_ connection: OpaquePointer) {
        let shared = unsafe SharedConnection(raw: connection)
        state.withLock { $0.connection = shared }
    }

    func disarm() {
        state.withLock { $0.connection = nil }
    }

    /// The corresponding C function is `sqlite3_interrupt`.
    func fire() {
        state.withLock { state in
            state.hasFired = true
            if let connection = state.connection { unsafe sqlite3_interrupt(connection.raw) }
        }
    }
}
