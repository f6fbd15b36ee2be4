import PulihDuckDB
import PulihModel
import PulihSystem

/// The DuckDB file of one client, and how it is opened. All methods block.
struct WarehouseFile: Sendable {
    let client: String
    let folder: String
    let workFolder: String
    let settings: Settings

    var path: String { "\(folder)/\(client).duckdb" }

    func isPresent() throws -> Bool {
        do {
            return try FileIdentity.ifPresent(path) != nil
        } catch {
            throw openingError(error)
        }
    }

    /// Opens the file for one process alone; makes it if there is none.
    func openToWrite() throws -> DuckDBDatabase {
        do {
            if try FileIdentity.ifPresent(path) == nil { try create() }
            try DurableFile.createFolders(workFolder)
            return try DuckDBDatabase(path: path, options: options(temporary: "duckdb-\(client)"))
        } catch {
            throw openingError(error)
        }
    }

    /// - Throws: `RecoveryNeeded` when a crash left a log that only a writer can take in.
    func openToRead() throws -> DuckDBDatabase {
        do {
            guard try FileIdentity.ifPresent(path) != nil else {
                throw PulihError(
                    .unreachable, "nothing was loaded for \(client) yet", object: path,
                    hint: "put files into raw/\(client)/SOURCE/incoming and run 'pulih start \(client)'")
            }
            try DurableFile.createFolders(workFolder)
            // Several readers of one file may run at once, each needs temporary files of its own.
            let pid = try ProcessIdentity.current().pid
            var options = options(temporary: "duckdb-\(client)-reader-\(pid)")
            options["access_mode"] = "READ_ONLY"
            options["preserve_insertion_order"] = "true"
            return try DuckDBDatabase(path: path, options: options)
        } catch let failure as DuckDBFailure
            where failure.message.contains("replaying WAL") && !failure.isDamage
        {
            throw RecoveryNeeded()
        } catch {
            throw openingError(error)
        }
    }

    /// A crash while DuckDB writes the first bytes of a file would leave one that never opens again; so it is
    /// made under another name and renamed when it is complete.
    private func create() throws {
        try DurableFile.createFolders(folder)
        let prefix = "\(client).duckdb.new-"
        for entry in try listFolder(folder) where entry.name.hasPrefix(prefix) {
            try DurableFile.remove("\(folder)/\(entry.name)")
        }
        let temporary = "\(folder)/\(prefix)\(try ProcessIdentity.current().pid)"
        let database = try DuckDBDatabase(path: temporary, options: options(temporary: "duckdb-\(client)"))
        database.close()
        try DurableFile.rename(temporary, to: path)
    }

    private func options(temporary: String) -> [String: String] {
        [
            "memory_limit": "\(max(settings.warehouseMemoryBytes, 64 << 20))B",
            // See `LazyThreads`.
            "threads": "1",
            "temp_directory": "\(workFolder)/\(temporary)",
            // Loading 2 M rows of 13 columns took 1.37 s of processor time in the format that old versions
            // read and 1.13 s in this one, at the same size; on two threads 0.58 s by the clock.
            "storage_compatibility_version": "latest",
            // In order, DuckDB wants 4 MB per column and thread, or else writes with one thread: 1.13 s by
            // the clock at 128 MB. Every bronze row has its record number; nothing relies on the order of
            // rows.
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        ]
    }

    private func openingError(_ error: any Error) -> any Error {
        if let failure = error as? DuckDBFailure, failure.isLockConflict {
            let holder = failure.lockHolder.map { "process \($0)" } ?? "another process"
            return PulihError(
                .busy, "the warehouse of \(client) is held by \(holder)", object: path,
                hint: "wait until it ends; 'pulih status \(client)' shows what runs",
                isTransient: true, cause: failure.message)
        }
        return FailureContext("open the warehouse of \(client)", object: path).error(
            error, whileOpening: true)
    }
}

/// After a crash DuckDB may have to write, for indexes, to take in its log, and a reader must not.
struct RecoveryNeeded: Error {}

extension DuckDBSession {
    /// What DuckDB 1.5.5 needs after it opened a file to write, because it reads indexes only when they are
    /// used: closing a file with a log that it just took in drops from an index what the log added, and
    /// dropping and making an index in one transaction ends the process. So all indexes are read, the log is
    /// moved into the file, and closing leaves it alone from now on.
    func settleIndexes() throws {
        try execute("PRAGMA disable_checkpoint_on_shutdown")
        let tables = try query(
            """
            SELECT DISTINCT schema_name, table_name FROM duckdb_indexes()
            WHERE database_name = current_database()
            """
        ).rows.map { TableName(schema: try $0[0].content, table: try $0[1].content) }
        for table in tables { try execute("DELETE FROM \(table.sql) WHERE false") }
        try execute("CHECKPOINT")
    }
}
