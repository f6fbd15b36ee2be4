import PulihModel
import PulihPostgres

/// Reads a client's schemas in transactions that cannot write.
final class PostgresWarehouseReader: WarehouseReader {
    private let client: String
    private let pool: PostgresPool

    init(client: String, pool: PostgresPool) {
        self.client = client
        self.pool = pool
    }

    func query(
        _ sql: String, parameters: [String], rows: @Sendable (QueryRow) throws -> Void
    ) async throws -> [QueryColumn] {
        try ReadingStatement.check(sql, .postgres, client: client)
        return try await pool.reading(.postgresQuery(of: client)) {
            try $0.readRows(sql, parameters: parameters, rows)
        }
    }

    func fingerprint(_ table: TableName, leavingOut: [String]) async throws -> TableFingerprint {
        try await reading("read \(table)") { try $0.fingerprint(table, leavingOut: leavingOut) }
    }

    func tables() async throws -> [TableInfo] {
        let client = client
        return try await reading("list tables") { try $0.tables(of: client) }
    }

    func ledger() async throws -> LedgerSnapshot {
        let own = OwnSchema(client)
        return try await reading("read the ledger") { try $0.ledgerSnapshot(own) }
    }

    func orphans() async throws -> [TableName] {
        let own = OwnSchema(client)
        return try await reading("list what loads left") { try $0.stages(own) }
    }

    func close() async throws {
        await pool.close()
    }

    private func reading<T: Sendable>(
        _ action: String, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        try await pool.reading(FailureContext(action, object: client), body)
    }
}

extension PostgresPool {
    /// Runs `body` in a transaction that is rolled back: it sees one state of the database and changes nothing.
    /// - Parameter isReadOnly: refuses statements that write, instead of taking them back.
    nonisolated func reading<T: Sendable>(
        _ context: FailureContext, isReadOnly: Bool = true, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        do {
            return try await withConnection { connection in
                try await connection.run { session in
                    var result: T?
                    do {
                        try session.transaction(.repeatableRead, readOnly: isReadOnly) {
                            result = try body(session)
                            throw ReadingEnded()
                        }
                    } catch is ReadingEnded {}
                    return result!
                }
            }
        } catch {
            throw context.reading(error)
        }
    }
}

/// Ends a transaction that only read.
private struct ReadingEnded: Error {}

extension FailureContext {
    fileprivate func reading(_ error: any Error) -> any Error {
        guard let failure = error as? PostgresFailure else { return self.error(error) }
        guard failure.sqlState == "25006" else { return mapped(failure, isReading: true) }
        return PulihError(
            .refused,
            "unable to \(action): the warehouse is open for reading, the statement writes:"
                + " only reading statements", object: object, leftBehind: "nothing was changed",
            hint: "only statements that read can be run here", cause: failure.description)
    }
}
