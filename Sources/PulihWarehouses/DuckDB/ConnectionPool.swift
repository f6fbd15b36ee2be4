import PulihDuckDB
import PulihModel

/// Connections to one database, each lent to one task at a time, opened when first needed.
actor ConnectionPool {
    private let database: DuckDBDatabase
    private let limit: Int
    private var idle: [DuckDBConnection] = []
    private var lent = 0
    private var waiting: [CheckedContinuation<DuckDBConnection, any Error>] = []
    private var isClosed = false
    private var whenAllAreBack: CheckedContinuation<Void, Never>?

    init(_ database: DuckDBDatabase, limit: Int) {
        self.database = database
        self.limit = max(1, limit)
    }

    /// Waits until a connection is free. - Throws: what `body` throws; `bug` after `close`.
    nonisolated func withConnection<T: Sendable>(
        _ body: (DuckDBConnection) async throws -> T
    ) async throws -> T {
        let connection = try await borrow()
        do {
            let value = try await body(connection)
            await giveBack(connection)
            return value
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Waits for connections that are lent, then closes all of them and the file. Safe to repeat.
    ///
    /// - Parameter checkpointing: moves everything from the write-ahead log into the file.
    func close(checkpointing: Bool) async throws {
        guard !isClosed else { return }
        isClosed = true
        if lent > 0 { await withCheckedContinuation { whenAllAreBack = $0 } }
        defer { database.close() }
        let last = idle.popLast()
        for connection in idle { await connection.close() }
        idle = []
        guard let last else { return }
        do {
            if checkpointing { _ = try await last.run { try $0.execute("CHECKPOINT") } }
        } catch {
            await last.close()
            throw error
        }
        await last.close()
    }

    private func borrow() async throws -> DuckDBConnection {
        guard !isClosed else { throw PulihError(.bug, "a warehouse session was used after it was closed") }
        guard lent < limit else { return try await withCheckedThrowingContinuation { waiting.append($0) } }
        let connection = try idle.popLast() ?? database.connect(label: "pulih.warehouse")
        lent += 1
        return connection
    }

    private func giveBack(_ connection: DuckDBConnection) {
        if !waiting.isEmpty {
            waiting.removeFirst().resume(returning: connection)
            return
        }
        lent -= 1
        idle.append(connection)
        if lent == 0 {
            whenAllAreBack?.resume()
            whenAllAreBack = nil
        }
    }
}
