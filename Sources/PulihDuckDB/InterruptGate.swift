internal import CDuckDB
import Dispatch
import Synchronization

/// Lets a cancelled task interrupt the statement that runs for it, and no other.
///
/// Each run on a connection draws a ticket. An interrupt counts only while the run of that ticket is inside.
final class InterruptGate: Sendable {
    private let state: Mutex<State>

    private struct State {
        /// `nil` once the connection is about to be closed.
        var target: Target?
        var running: Int?
        var isInterrupted = false
        var isQuiet = false
        var lastTicket = 0
    }

    /// Guarded by the mutex. `duckdb_interrupt` only sets a mark and may be called from any thread.
    @safe private struct Target: @unchecked Sendable {
        let connection: OpaquePointer
    }

    @unsafe init(connection: OpaquePointer) {
        let target = unsafe Target(connection: connection)
        state = Mutex(State(target: target))
    }

    func drawTicket() -> Int {
        state.withLock {
            $0.lastTicket += 1
            return $0.lastTicket
        }
    }

    func enter(_ ticket: Int) {
        state.withLock {
            $0.running = ticket
            $0.isInterrupted = false
            $0.isQuiet = false
        }
    }

    func leave() {
        state.withLock {
            $0.running = nil
            $0.isInterrupted = false
        }
    }

    /// DuckDB forgets an interrupt that comes just before a statement starts, so it is repeated until the run has
    /// left.
    func interrupt(_ ticket: Int) {
        let isHeard = state.withLock {
            guard $0.running == ticket, !$0.isQuiet, let target = $0.target else { return false }
            $0.isInterrupted = true
            unsafe duckdb_interrupt(target.connection)
            return true
        }
        guard isHeard else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) { self.interrupt(ticket) }
    }

    /// No more interrupts for the run that is inside: it is cleaning up.
    func quieten() {
        state.withLock { $0.isQuiet = true }
    }

    /// Whether the run that is inside was interrupted. DuckDB itself forgets that at its next statement.
    var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    /// No interrupt reaches the connection after this returned.
    func detach() {
        state.withLock { $0.target = nil }
    }
}
