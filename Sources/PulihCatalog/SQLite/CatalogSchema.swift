import PulihModel
import PulihSQLite

/// The numbered forward migrations of the catalog.
enum CatalogSchema {
    static var newestVersion: Int { migrations.count }

    /// Brings a catalog to the newest version, under the write lock, so that processes that start together do
    /// it once.
    /// - Throws: `refused` for a catalog that a newer Pulih wrote.
    static func migrate(_ database: SQLiteDatabase) async throws {
        try await database.transaction { session in
            try session.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_version (
                    version INTEGER PRIMARY KEY,
                    applied_at INTEGER NOT NULL -- microseconds since 1970 UTC, as all times here
                ) STRICT
                """)
            let version = try storedVersion(session)
            try checkNotNewer(version, path: database.path)
            for (number, script) in zip(1..., migrations).dropFirst(version) {
                try session.executeScript(script)
                try session.execute(
                    "INSERT INTO schema_version VALUES (?, unixepoch() * 1000000)", [.int(Int64(number))])
            }
        }
    }

    /// A reader cannot migrate: it wants exactly the newest version.
    static func checkReadable(_ database: SQLiteDatabase) async throws {
        let version = try await database.run { session in
            try session.first("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'") == nil
                ? 0 : try storedVersion(session)
        }
        try checkNotNewer(version, path: database.path)
        guard version == newestVersion else {
            throw PulihError(
                .unreachable,
                "the catalog \(database.path) is of format \(version), this Pulih reads \(newestVersion)",
                object: database.path, hint: "run 'pulih apply', which brings it up to date")
        }
    }

    private static func storedVersion(_ session: SQLiteSession) throws -> Int {
        Int(
            try session.first("SELECT coalesce(max(version), 0) AS version FROM schema_version")?.int(
                "version") ?? 0)
    }

    private static func checkNotNewer(_ version: Int, path: String) throws {
        guard version > newestVersion else { return }
        throw PulihError(
            .refused,
            "the catalog \(path) was written by a newer Pulih (format \(version), this one knows"
                + " \(newestVersion))",
            object: path, leftBehind: "nothing was changed", hint: "install the newer Pulih")
    }

    private static let migrations = [
        CatalogTables.configuration + CatalogTables.records + CatalogTables.later
    ]
}
