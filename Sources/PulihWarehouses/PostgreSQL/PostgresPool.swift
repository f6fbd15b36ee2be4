import PulihModel
import PulihPostgres

/// Connections to one database, each lent to one task at a time, opened when first needed.
actor PostgresPool {
    private let settings: PostgresSettings
    private let limit: Int
    private var idle: [PostgresConnection] = []
    private var lent = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isClosed = false
    private var whenAllAreBack: [CheckedContinuation<Void, Never>] = []

    init(_ settings: PostgresSettings, limit: Int) {
        self.settings = settings
        self.limit = max(1, limit)
    }

    /// Waits until a connection is free.
    /// - Throws: what `body` throws; `PostgresFailure` when none can be opened; `bug` after `close`.
    nonisolated func withConnection<T: Sendable>(
        _ body: (PostgresConnection) async throws -> T
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

    /// Waits for connections that are lent, then closes all. Safe to repeat.
    func close() async {
        isClosed = true
        if lent > 0 { await withCheckedContinuation { whenAllAreBack.append($0) } }
        let connections = idle
        idle = []
        for connection in connections { await connection.close() }
    }

    private func borrow() async throws -> PostgresConnection {
        while true {
            guard !isClosed else {
                throw PulihError(.bug, "a warehouse session was used after it was closed")
            }
            guard lent >= limit else { break }
            await withCheckedContinuation { waiting.append($0) }
        }
        lent += 1
        while let connection = idle.popLast() {
            // An administrator, a firewall or idle_session_timeout may have ended it meanwhile.
            if await !connection.wasCutOff() { return connection }
            await connection.close()
        }
        do {
            return try await PostgresConnection.open(settings)
        } catch {
            release()
            throw error
        }
    }

    private func giveBack(_ connection: PostgresConnection) async {
        // One that broke must not be lent again.
        if await connection.isLost { await connection.close() } else { idle.append(connection) }
        release()
    }

    private func release() {
        lent -= 1
        if !waiting.isEmpty { waiting.removeFirst().resume() }
        guard lent == 0 else { return }
        for continuation in whenAllAreBack { continuation.resume() }
        whenAllAreBack = []
    }
}
