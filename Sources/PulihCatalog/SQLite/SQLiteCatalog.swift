public import PulihModel
import PulihSQLite
import PulihSystem

/// The `tools` schema in one SQLite file with write-ahead logging: other processes read while one writes.
///
/// What a method wrote is on the disk when it returns. Writes that are asked for at the same time share one
/// transaction. Cancelling a caller does not stop its write, so that a run can still journal how it ended.
public enum SQLiteCatalog {
    /// - Parameters:
    ///   - readOnly: needs a catalog of this format; otherwise one is made or migrated.
    ///   - patience: of what is done after it was opened.
    /// - Throws: `unreachable` when there is none to read, `damaged` when the file is none, `refused` for one
    ///   that a newer Pulih wrote.
    public static func open(
        path: String, readOnly: Bool, patience: CatalogPatience? = nil
    ) async throws -> any Catalog {
        do {
            try await BlockingWork.run {
                if !readOnly {
                    if let end = path.lastIndex(of: "/") {
                        try DurableFile.createFolders(String(path[..<end]))
                    }
                } else if try FileIdentity.ifPresent(path) == nil {
                    throw PulihError(
                        .unreachable, "there is no catalog at \(path)", object: path,
                        hint: "run 'pulih apply', which makes it")
                }
            }
            let database = try await SQLiteDatabase(path: path, readOnly: readOnly, create: !readOnly)
            do {
                if readOnly {
                    try await SQLiteSchema.checkReadable(database)
                } else {
                    try await SQLiteSchema.migrate(database)
                }
            } catch {
                try await database.close()
                throw error
            }
            return SQLCatalog(SQLiteStore(database), patience)
        } catch {
            throw catalogError(error, path: path)
        }
    }
}

struct SQLiteStore: CatalogStore {
    private let database: SQLiteDatabase
    private let commits: GroupCommit

    init(_ database: SQLiteDatabase) {
        self.database = database
        commits = GroupCommit { body in
            try await database.transaction { try body(SQLiteCatalogSession(session: $0)) }
        } concernsAll: { _ in
            false
        }
    }

    func reading<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await mapped {
            try await database.transaction(.deferred) { try body(SQLiteCatalogSession(session: $0)) }
        }
    }

    func writing(_ body: @escaping @Sendable (any CatalogSession) throws -> Void) async throws {
        try await mapped { try await commits.commit(body) }
    }

    func writingAlone<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await mapped { try await database.transaction { try body(SQLiteCatalogSession(session: $0)) } }
    }

    func close() async throws {
        try await mapped { try await database.close() }
    }

    private func mapped<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch {
            throw catalogError(error, path: database.path)
        }
    }
}

/// Times are whole microseconds since 1970 and flags 0 and 1 here. A writing transaction holds the only write lock,
/// so nobody else is in the way of its leases.
private struct SQLiteCatalogSession: CatalogSession {
    let session: SQLiteSession

    func execute(_ sql: String, _ values: [CatalogValue]) throws -> Int {
        try session.execute(sql, values.map(\.sqlite))
    }

    func query(_ sql: String, _ values: [CatalogValue]) throws -> [CatalogRow] {
        let rows = try session.query(sql, values.map(\.sqlite))
        guard let first = rows.first else { return [] }
        let places = Dictionary(zip(first.columnNames, 0...)) { first, _ in first }
        return rows.map { row in CatalogRow(places: places, values: row.values.map { CatalogValue($0) }) }
    }

    func leaseTime(_ caller: Int64) -> Int64 { caller }
    func lockLease(of client: String) {}
    func lockConfiguration() {}
    var sharedLock: String { "" }
}

extension CatalogValue {
    fileprivate var sqlite: SQLiteValue {
        switch self {
        case .null: .null
        case .int(let number), .time(let number): .int(number)
        case .double(let number): .double(number)
        case .text(let text): .text(text)
        case .flag(let flag): .int(flag ? 1 : 0)
        }
    }

    fileprivate init(_ value: SQLiteValue) {
        self =
            switch value {
            case .null: .null
            case .int(let number): .int(number)
            case .double(let number): .double(number)
            case .text(let text): .text(text)
            // No column holds bytes; a reader of one tells what it found.
            case .blob(let bytes): .text("\(bytes.count) bytes")
            }
    }
}

/// The one place where a SQLite failure becomes a `PulihError`; cancellation and mapped errors pass.
func catalogError(_ error: any Error, path: String) -> any Error {
    if let failure = error as? SystemFailure {
        return PulihError(
            failure.isDiskFull ? .storage : .unreachable, "unable to open the catalog: \(failure)",
            object: path, isDiskFull: failure.isDiskFull)
    }
    guard let failure = error as? SQLiteFailure else { return error }
    let code: PulihError.Code
    var hint = ""
    switch failure.code {
    case .notADatabase, .corrupt, .mismatch:
        code = .damaged
        hint =
            "put the newest copy in its place; without one, 'pulih catalog rebuild' makes it again from manifests,"
            + " ledger and audit, and keeps the damaged file"
    case .cannotOpen: code = .unreachable
    case .busy, .locked:
        code = .busy
        hint = "another process writes to it without end; 'pulih status' shows what runs"
    case .diskFull, .inputOutput, .readOnly, .outOfMemory:
        code = .storage
        if failure.isDiskFull { hint = "free some space, then run the command again" }
    default: code = .bug
    }
    return PulihError(
        code, "the catalog \(path) failed: \(failure.message)", object: path,
        leftBehind: "nothing of this change was written", hint: hint, isTransient: failure.isTransient,
        isDiskFull: failure.isDiskFull, cause: failure.description)
}
