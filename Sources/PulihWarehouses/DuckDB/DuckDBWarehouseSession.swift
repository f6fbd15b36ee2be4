import PulihDuckDB
import PulihModel
import PulihSystem

/// A client's file in the hands of the holder of a lease. Methods may run side by side, each on a connection
/// of its own.
final class DuckDBWarehouseSession: WarehouseSession {
    let lease: Lease
    let ledgerStore: Ledger
    private let pool: ConnectionPool
    private let threads: LazyThreads

    init(lease: Lease, pool: ConnectionPool, threads: LazyThreads) {
        self.lease = lease
        self.pool = pool
        self.threads = threads
        ledgerStore = Ledger(lease: lease)
    }

    func query(
        _ sql: String, parameters: [String], rows: @Sendable (QueryRow) throws -> Void
    ) async throws -> [QueryColumn] {
        try await pool.reading(.query(of: lease.client)) {
            try threads.raise($0)
            return try $0.readRows(sql, parameters: parameters, rows)
        }
    }

    func fingerprint(_ table: TableName, leavingOut: [String]) async throws -> TableFingerprint {
        try await reading("read \(table)") {
            try threads.raise($0)
            return try $0.fingerprint(table, leavingOut: leavingOut)
        }
    }

    func tables() async throws -> [TableInfo] {
        let client = lease.client
        return try await reading("list tables") { try $0.tables(of: client) }
    }

    func ledger() async throws -> LedgerSnapshot {
        try await reading("read the ledger") { try $0.ledgerSnapshot() }
    }

    func runHook(_ statements: [String]) async throws {
        let context = FailureContext(
            "run a hook", object: lease.client, leftBehind: "nothing of this hook was kept",
            hint: "correct the hook under 'hooks:' in pulih.yml")
        let ledgerStore = ledgerStore
        try await write(context) { session in
            for statement in statements { try session.execute(statement) }
            try ledgerStore.checkFence(in: session)
        }
    }

    /// Checkpoints, so that the file is complete without a write-ahead log beside it.
    func close() async throws {
        let pool = pool
        do {
            // Also after the caller was cancelled.
            try await Task { try await pool.close(checkpointing: true) }.value
        } catch {
            throw FailureContext(
                "close the warehouse of \(lease.client)", object: lease.client,
                leftBehind: "everything committed is safe in the write-ahead log"
            ).error(error)
        }
    }

    /// Runs `body` in one transaction, again when another transaction of this session came between.
    /// - Parameter isShort: it is not worth several threads.
    func write<T: Sendable>(
        _ context: FailureContext, isShort: Bool = false, _ body: @Sendable (DuckDBSession) throws -> T
    ) async throws -> T {
        let threads = threads
        var attempt = 1
        while true {
            do {
                return try await pool.withConnection { connection in
                    try await connection.transaction { session in
                        if !isShort { try threads.raise(session) }
                        return try body(session)
                    }
                }
            } catch let failure as DuckDBFailure where failure.isConflict && attempt < 10 {
                try await Task.sleep(for: .milliseconds(5 * attempt))
                attempt += 1
            } catch {
                throw context.error(error)
            }
        }
    }

    private func reading<T: Sendable>(
        _ action: String, _ body: @Sendable (DuckDBSession) throws -> T
    ) async throws -> T {
        try await pool.reading(FailureContext(action, object: lease.client), body)
    }
}
