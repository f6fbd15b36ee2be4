internal import PulihDuckDB
internal import PulihModel
internal import Synchronization

/// DuckDB's extension that knows PostgreSQL's binary format: a file beside the library, loaded when it is first needed.
final class PostgresExtension: Sendable {
    static let fileName = "postgres_scanner.duckdb_extension"
    private let path: String
    private let isLoaded = Mutex(false)

    /// - Parameter folder: nil: the library's.
    init(folder: String? = nil) {
        path = (folder ?? DuckDBLibrary.folder ?? ".") + "/" + Self.fileName
    }

    /// Loads it into the session's database, for all its sessions. Once.
    func load(_ session: DuckDBSession) throws {
        try isLoaded.withLock { isLoaded in
            guard !isLoaded else { return }
            try loadFile(session)
            isLoaded = true
        }
    }

    private func loadFile(_ session: DuckDBSession) throws {
        do {
            try session.execute("LOAD \(SQLText.literal(path))")
        } catch {
            guard error.kind != .interrupted, error.kind != .outOfMemory else { throw error }
            throw PulihError(
                .configuration,
                "DuckDB's extension for PostgreSQL cannot be loaded: \(error.message.prefix { $0 != "\n" })",
                object: path, leftBehind: "nothing was loaded",
                hint: "it belongs beside libduckdb.so, in version \(DuckDBLibrary.version):"
                    + " run scripts/bootstrap, or 'make install' where Pulih is installed",
                cause: error.description)
        }
    }
}
