import PulihModel
import PulihPostgres
import PulihSystem
import Synchronization

/// A client's schemas in the hands of the holder of a lease. Methods may run side by side, each on a connection
/// of its own.
final class PostgresWarehouseSession: WarehouseSession {
    let lease: Lease
    let own: OwnSchema
    let ledgerStore: PostgresLedger
    let pool: PostgresPool
    let source: any BinaryCopySource
    let gate = LoadGate()
    private let stages = Mutex(0)

    init(lease: Lease, pool: PostgresPool, source: any BinaryCopySource) {
        self.lease = lease
        self.pool = pool
        self.source = source
        own = OwnSchema(lease.client)
        ledgerStore = PostgresLedger(lease)
    }

    func query(
        _ sql: String, parameters: [String], rows: @Sendable (QueryRow) throws -> Void
    ) async throws -> [QueryColumn] {
        try await pool.reading(.postgresQuery(of: lease.client), isReadOnly: false) {
            try $0.readRows(sql, parameters: parameters, rows)
        }
    }

    func fingerprint(_ table: TableName, leavingOut: [String]) async throws -> TableFingerprint {
        try await reading("read \(table)") { try $0.fingerprint(table, leavingOut: leavingOut) }
    }

    func tables() async throws -> [TableInfo] {
        let client = lease.client
        return try await reading("list tables") { try $0.tables(of: client) }
    }

    func ledger() async throws -> LedgerSnapshot {
        let own = own
        return try await reading("read the ledger") { try $0.ledgerSnapshot(own) }
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

    func close() async throws {
        let pool = pool
        // Also after the caller was cancelled.
        await Task { await pool.close() }.value
    }

    /// A number of its own for every stage of this session.
    func nextStage() -> Int {
        stages.withLock { number in
            number += 1
            return number
        }
    }

    /// Runs `body` in one transaction, again when rows that it had compared were changed meanwhile.
    /// - Parameter closing: the connection is not used again: the body runs what may change its settings.
    func write<T: Sendable>(
        _ context: FailureContext, closing: Bool = false, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        var attempt = 1
        while true {
            do {
                return try await writeOnce(closing: closing, body)
            } catch let failure as PostgresFailure {
                guard failure.sqlState == "40001", attempt < 5 else {
                    throw await explained(failure, context)
                }
                try await Task.sleep(for: .milliseconds(20 * attempt))
                attempt += 1
            } catch {
                throw await explained(error, context)
            }
        }
    }

    /// - Throws: failures as they are; `explained` tells them.
    func writeOnce<T: Sendable>(
        closing: Bool = false, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        try await pool.withConnection { connection in
            let result: Result<T, any Error>
            do {
                result = .success(try await connection.transaction(.readCommitted, readOnly: false, body))
            } catch {
                result = .failure(error)
            }
            if closing { await connection.close() }
            return try result.get()
        }
    }

    /// Runs `body` outside any transaction: each statement counts as it ends, whatever comes after it.
    func autocommit<T: Sendable>(
        _ context: FailureContext, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        do {
            return try await pool.withConnection { try await $0.run(body) }
        } catch {
            throw await explained(error, context)
        }
    }

    /// What ended a transaction, for people: who has the client now when connections were cut by a later run,
    /// and who holds what it waited for.
    func explained(_ error: any Error, _ context: FailureContext) async -> any Error {
        guard let failure = error as? PostgresFailure else { return context.error(error) }
        if failure.isConnectionLost || failure.isEndedByOthers {
            // A later run ends our sessions first and raises the fence then.
            let epoch = await laterEpoch(attempts: failure.isEndedByOthers ? 20 : 1)
            return epoch.map { ledgerStore.lost(to: $0) } ?? context.error(failure)
        }
        guard failure.sqlState == "55P03" else { return context.error(failure) }
        let own = own
        do {
            let holders = try await pool.withConnection { connection in
                try await connection.run { try $0.lockHolders(own) }
            }
            return context.waitedTooLong(failure, holders: holders)
        } catch {
            return context.waitedTooLong(failure, holders: [])
        }
    }

    /// The epoch of a run that has taken over; nil when there is none, or nobody can be asked.
    private func laterEpoch(attempts: Int) async -> Int? {
        let own = own
        for attempt in 1...attempts {
            do {
                // The first connection may be another one that was ended, which shows only now.
                let stored = try await pool.withConnection { connection in
                    try await connection.run { try $0.storedEpoch(own) }
                }
                if let stored, stored > lease.epoch { return stored }
            } catch let failure as PostgresFailure {
                guard failure.isTransient else { return nil }
            } catch {
                return nil
            }
            guard attempt < attempts, !Task.isCancelled else { return nil }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return nil }
        }
        return nil
    }

    private func reading<T: Sendable>(
        _ action: String, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        try await pool.reading(FailureContext(action, object: lease.client), body)
    }
}
