internal import Glibc
internal import PulihSystem

extension SQLiteSession {
    /// Reads the file's header, so that a wrong file is told of now and not by a later statement.
    func checkReadable(_ path: String) throws(SQLiteFailure) {
        do {
            try execute("PRAGMA query_only = ON")
            _ = try query("SELECT count(*) FROM sqlite_schema")
        } catch  where error.code == .cannotOpen || error.code == .readOnly {
            throw SQLiteFailure(
                .cannotOpen, extendedCode: error.extendedCode,
                message:
                    "cannot read \(path): \(error.message); a reader needs \(path)-wal and \(path)-shm, or "
                    + "the right to make them in that folder")
        } catch {
            throw error.about(path)
        }
    }

    /// Write-ahead logging, full sync, foreign keys.
    func prepareForWriting(_ path: String, busyTimeout: Duration) throws(SQLiteFailure) {
        do {
            try enableWriteAheadLog(path, busyTimeout: busyTimeout)
            try execute("PRAGMA synchronous = FULL")
            try execute("PRAGMA foreign_keys = ON")
        } catch {
            throw error.about(path)
        }
    }

    private func enableWriteAheadLog(_ path: String, busyTimeout: Duration) throws(SQLiteFailure) {
        let watch = Stopwatch()
        while try journalMode("PRAGMA journal_mode") != "wal" {
            do throws(SQLiteFailure) {
                let mode = try journalMode("PRAGMA journal_mode = WAL")
                guard mode == "wal" else {
                    throw SQLiteFailure(
                        .cannotOpen,
                        message: "write-ahead logging does not work here (mode \(mode)); is it a local disk?")
                }
            } catch {
                guard error.code == .busy, .seconds(watch.elapsedSeconds) < busyTimeout else { throw error }
                // Switching needs the file alone and, unlike other statements, does not wait for it: two
                // processes that make one database at the same time meet here.
                usleep(20_000)
            }
        }
    }

    private func journalMode(_ pragma: String) throws(SQLiteFailure) -> String {
        guard let row = try first(pragma) else {
            throw SQLiteFailure(.sql, message: "no answer", sql: pragma)
        }
        return try row.text("journal_mode")
    }
}

extension SQLiteFailure {
    fileprivate func about(_ path: String) -> SQLiteFailure {
        SQLiteFailure(code, extendedCode: extendedCode, message: "cannot open \(path): \(message)")
    }
}
