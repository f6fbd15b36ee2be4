import PulihDuckDB
import PulihModel

/// Reads a client's file, opened read-only.
final class DuckDBWarehouseReader: WarehouseReader {
    private let client: String
    private let pool: ConnectionPool

    init(client: String, pool: ConnectionPool) {
        self.client = client
        self.pool = pool
    }

    func query(
        _ sql: String, parameters: [String], rows: @Sendable (QueryRow) throws -> Void
    ) async throws -> [QueryColumn] {
        try ReadingStatement.check(sql, .duckdb, client: client)
        return try await pool.reading(.query(of: client)) {
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
        try await reading("read the ledger") { try $0.ledgerSnapshot() }
    }

    func close() async throws {
        try await pool.close(checkpointing: false)
    }

    private func reading<T: Sendable>(
        _ action: String, _ body: @Sendable (DuckDBSession) throws -> T
    ) async throws -> T {
        try await pool.reading(FailureContext(action, object: client), body)
    }
}

extension ConnectionPool {
    /// Runs `body` in a transaction that is rolled back: it sees one state of the database and changes
    /// nothing.
    nonisolated func reading<T: Sendable>(
        _ context: FailureContext, _ body: @Sendable (DuckDBSession) throws -> T
    ) async throws -> T {
        do {
            return try await withConnection { connection in
                try await connection.run { session in
                    var result: T?
                    do {
                        try session.transaction {
                            result = try body(session)
                            throw ReadingEnded()
                        }
                    } catch is ReadingEnded {}
                    return result!
                }
            }
        } catch {
            throw context.error(error)
        }
    }
}

/// Ends a transaction that only read.
private struct ReadingEnded: Error {}
