internal import PulihDuckDB

/// Connections of one database, lent to one call at a time, so that files are worked on side by side.
actor ConnectionPool {
    private let database: DuckDBDatabase
    private let limit: Int
    private var idle: [DuckDBConnection] = []
    private var made = 0
    private var waiting: [CheckedContinuation<DuckDBConnection, Never>] = []

    init(_ database: DuckDBDatabase, limit: Int) {
        self.database = database
        self.limit = max(1, limit)
    }

    func run<T: Sendable>(_ body: @Sendable (DuckDBSession) throws -> T) async throws -> T {
        let connection = try await take()
        defer { giveBack(connection) }
        return try await connection.run(body)
    }

    /// Closes the database once those who hold a connection gave it back.
    func close() async {
        database.close()
        for connection in idle { await connection.close() }
        idle = []
    }

    private func take() async throws -> DuckDBConnection {
        if let connection = idle.popLast() { return connection }
        if made < limit {
            made += 1
            do {
                let connection = try database.connect(label: "pulih.engine")
                // Moments are read and shown in UTC wherever the machine stands.
                try await connection.run { session in _ = try session.execute("SET TimeZone = 'UTC'") }
                return connection
            } catch {
                made -= 1
                throw error
            }
        }
        return await withCheckedContinuation { waiting.append($0) }
    }

    private func giveBack(_ connection: DuckDBConnection) {
        if waiting.isEmpty {
            idle.append(connection)
        } else {
            waiting.removeFirst().resume(returning: connection)
        }
    }
}
