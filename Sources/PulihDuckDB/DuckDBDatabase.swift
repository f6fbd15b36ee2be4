internal import CDuckDB
import Glibc
internal import PulihSystem
import Synchronization

/// A DuckDB database file, or one in memory.
///
/// A process holds a file alone: another process that opens it gets a failure with `isLockConflict`. So does
/// this process when it opens it twice, because the second closing would silently drop the lock of the first.
public final class DuckDBDatabase: Sendable {
    /// The file, `nil` in memory.
    public let path: String?
    private let file: Mutex<OpenFile?>

    /// The version of the library in use, such as `v1.5.5`. Extensions must be of exactly this version.
    public static var libraryVersion: String {
        unsafe duckdb_library_version().map { unsafe String(cString: $0) } ?? ""
    }

    /// Opens the file, and creates it if there is none. Blocks while DuckDB replays its write-ahead log.
    ///
    /// - Parameters:
    ///   - path: `nil` for a database in memory.
    ///   - options: DuckDB's settings, such as `["access_mode": "READ_ONLY", "memory_limit": "400MB"]`.
    public init(path: String?, options: [String: String] = [:]) throws(DuckDBFailure) {
        self.path = path
        file = Mutex(try OpenFile(path: path, options: options))
    }

    /// A connection of its own, with its own transaction.
    ///
    /// - Parameter label: names the connection's queue in debuggers.
    public func connect(label: String = "duckdb") throws(DuckDBFailure) -> DuckDBConnection {
        DuckDBConnection(session: try DuckDBSession(try openFile()), label: label)
    }

    /// A session for the calling thread, which is blocked while DuckDB works. It must not be used after `body` returns.
    public func withSession<T>(_ body: (DuckDBSession) throws -> T) throws -> T {
        try body(try DuckDBSession(try openFile()))
    }

    private func openFile() throws(DuckDBFailure) -> OpenFile {
        guard let file = file.withLock({ $0 }) else {
            throw DuckDBFailure(
                kind: .connection, message: "Connection Error: the database is closed", sql: nil)
        }
        return file
    }

    /// Gives out no more connections. The file is checkpointed and released when the last connection is
    /// closed; safe to repeat.
    public func close() {
        file.withLock { $0 = nil }
    }
}

/// An open database and the claim on its file. Everything that uses the database holds on to this.
final class OpenFile: Sendable {
    let handle: DatabaseHandle
    private let claim: FileClaim?
    /// What is in memory is the engine's.
    let store: FailpointStore
    /// DuckDB syncs what it logs, not the log's name: with a power cut all commits since the checkpoint would go.
    private let log: DurableName?

    init(path: String?, options: [String: String]) throws(DuckDBFailure) {
        let claim: FileClaim? = if let path { try FileClaim(path) } else { nil }
        handle = try DatabaseHandle(path: path, options: options)
        self.claim = claim
        store = path == nil ? .engine : .warehouse
        log = path.map { DurableName("\($0).wal") }
    }

    /// After a commit.
    func makeLogDurable() throws(DuckDBFailure) {
        do {
            try log?.settle()
        } catch {
            throw DuckDBFailure(kind: .io, message: "IO Error: \(error)", sql: "COMMIT")
        }
    }
}

/// The right of one `OpenFile` of this process to a file.
private final class FileClaim: Sendable {
    private static let claimed = Mutex<Set<String>>([])
    private let path: String

    init(_ path: String) throws(DuckDBFailure) {
        let resolved = Self.resolve(path)
        guard Self.claimed.withLock({ $0.insert(resolved).inserted }) else {
            throw DuckDBFailure(
                kind: .io,
                message:
                    "IO Error: Could not set lock on file \"\(path)\": it is open in this process already"
                    + " (PID \(getpid()))",
                sql: nil)
        }
        // Last: a claim that was refused is never complete, and so its `deinit` does not run.
        self.path = resolved
    }

    deinit {
        _ = Self.claimed.withLock { $0.remove(path) }
    }

    /// The file's one name: links followed, also when the file is still to be made.
    private static func resolve(_ path: String) -> String {
        func real(_ path: String) -> String? {
            guard let resolved = unsafe realpath(path, nil) else { return nil }
            defer { unsafe free(resolved) }
            return unsafe String(cString: resolved)
        }
        if let whole = real(path) { return whole }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        let folder = (path.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/")
        return (real(folder.isEmpty ? "." : folder) ?? folder) + "/" + (parts.last ?? "")
    }
}
