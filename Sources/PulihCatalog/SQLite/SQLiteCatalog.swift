public import PulihModel
import PulihSQLite
import PulihSystem

/// The `tools` schema in one SQLite file with write-ahead logging: other processes read while one writes.
///
/// What a method wrote is on the disk when it returns. Writes that are asked for at the same time share one
/// transaction. Cancelling a caller does not stop its write, so that a run can still journal how it ended.
public struct SQLiteCatalog: Catalog {
    let database: SQLiteDatabase
    private let commits: GroupCommit

    /// - Parameter readOnly: needs a catalog of this format; otherwise one is made or migrated.
    /// - Throws: `unreachable` when there is none to read, `damaged` when the file is none, `refused` for one
    ///   that a newer Pulih wrote.
    public static func open(path: String, readOnly: Bool) async throws -> SQLiteCatalog {
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
                    try await CatalogSchema.checkReadable(database)
                } else {
                    try await CatalogSchema.migrate(database)
                }
            } catch {
                try await database.close()
                throw error
            }
            return SQLiteCatalog(database: database, commits: GroupCommit(database))
        } catch {
            throw catalogError(error, path: path)
        }
    }

    public func close() async throws {
        do {
            try await database.close()
        } catch {
            throw catalogError(error, path: database.path)
        }
    }

    func reading<T: Sendable>(_ body: @Sendable (SQLiteSession) throws -> T) async throws -> T {
        do {
            return try await database.transaction(.deferred, body)
        } catch {
            throw catalogError(error, path: database.path)
        }
    }

    /// One transaction, together with others that wait.
    func writing(_ body: @escaping @Sendable (SQLiteSession) throws -> Void) async throws {
        do {
            try await commits.commit(body)
        } catch {
            throw catalogError(error, path: database.path)
        }
    }
}

/// The one place where a SQLite failure becomes a `PulihError`; cancellation and mapped errors pass.
func catalogError(_ error: any Error, path: String) -> any Error {
    if let failure = error as? SystemFailure {
        return PulihError(.unreachable, "unable to open the catalog: \(failure)", object: path)
    }
    guard let failure = error as? SQLiteFailure else { return error }
    let code: PulihError.Code
    var hint = ""
    switch failure.code {
    case .notADatabase, .corrupt, .mismatch:
        code = .damaged
        hint = "keep the file as it is; restore the newest copy of it, or move it away and run 'pulih apply'"
    case .cannotOpen: code = .unreachable
    case .busy, .locked:
        code = .busy
        hint = "another process writes to it without end; 'pulih status' shows what runs"
    case .diskFull, .inputOutput, .readOnly, .outOfMemory: code = .storage
    default: code = .bug
    }
    return PulihError(
        code, "the catalog \(path) failed: \(failure.message)", object: path,
        leftBehind: "nothing of this change was written", hint: hint, isTransient: failure.isTransient,
        cause: failure.description)
}
