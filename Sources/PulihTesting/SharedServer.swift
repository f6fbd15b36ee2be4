/// Started when first asked for.
public actor SharedServer {
    private let release: PostgresServer.Release
    private var starting: Task<PostgresServer, any Error>?

    init(_ release: PostgresServer.Release) {
        self.release = release
    }

    public func get() async throws -> PostgresServer {
        if let starting { return try await starting.value }
        let task = Task { [release] in try await PostgresServer(release, settings: ["max_connections": "200"])
        }
        starting = task
        return try await task.value
    }

    /// A database of its own for a test. - Returns: its URL.
    public func makeDatabase() async throws -> String {
        try await get().makeDatabase()
    }

    /// A copy of a database that nobody is connected to. - Returns: its URL.
    public func copyDatabase(_ url: String) async throws -> String {
        try await get().copyDatabase(url)
    }
}
