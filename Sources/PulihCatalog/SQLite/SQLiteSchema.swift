import PulihModel
import PulihSQLite

/// The numbered forward migrations of a catalog on SQLite.
enum SQLiteSchema {
    /// Brings a catalog to the newest format, under the write lock, so that processes that start together do
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
            try CatalogFormat.checkNotNewer(version, catalog: database.path)
            for (number, script) in zip(1..., migrations).dropFirst(version) {
                try session.executeScript(script)
                try session.execute(
                    "INSERT INTO schema_version VALUES (?, unixepoch() * 1000000)", [.int(Int64(number))])
            }
        }
    }

    static func checkReadable(_ database: SQLiteDatabase) async throws {
        let version = try await database.run { session in
            try session.first("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'") == nil
                ? 0 : try storedVersion(session)
        }
        try CatalogFormat.checkReadable(version, catalog: database.path)
    }

    private static func storedVersion(_ session: SQLiteSession) throws -> Int {
        Int(
            try session.first("SELECT coalesce(max(version), 0) AS version FROM schema_version")?.int(
                "version") ?? 0)
    }

    private static let migrations = [
        (CatalogTables.format1.map(\.sqlite) + CatalogTables.views.map(\.sqlite)).joined(separator: "\n"),
        (["DROP TABLE recovery_log;"] + CatalogTables.format2.map(\.sqlite)).joined(separator: "\n"),
        CatalogTables.format3.flatMap { table, columns in
            columns.map { "ALTER TABLE \(SQLText.identifier(table)) ADD COLUMN \($0.sqlite);" }
        }.joined(separator: "\n"),
    ]
}

extension CatalogTable {
    fileprivate var sqlite: String {
        var parts = columns.map { (line: $0.sqlite, comment: $0.comment) }
        if !key.isEmpty { parts.append(("PRIMARY KEY (\(SQLText.identifiers(key)))", "")) }
        if !unique.isEmpty { parts.append(("UNIQUE (\(SQLText.identifiers(unique)))", "")) }
        for check in checks { parts.append(("CHECK (\(check))", "")) }
        for reference in references where !reference.isOfServer {
            parts.append((reference.sql(ofTable: SQLText.identifier(reference.table)), ""))
        }
        let lines = parts.enumerated().map { index, part in
            "    \(part.line)\(index == parts.count - 1 ? "" : ",")"
                + (part.comment.isEmpty ? "" : " -- \(part.comment)")
        }
        let made = indexes.filter { !$0.isOfServer }.map { index in
            """
            CREATE INDEX \(SQLText.identifier(index.name))
            ON \(SQLText.identifier(name)) (\(SQLText.identifiers(index.columns)));
            """
        }
        return """
            -- \(comment)
            CREATE TABLE \(SQLText.identifier(name)) (
            \(lines.joined(separator: "\n"))
            ) STRICT;
            \(made.joined(separator: "\n"))
            """
    }
}

extension CatalogColumn {
    fileprivate var sqlite: String {
        let column = SQLText.identifier(name)
        if kind == .sequence { return "\(column) INTEGER PRIMARY KEY" }
        var text = "\(column) \(sqliteType)\(isOptional ? "" : " NOT NULL")"
        if let standard { text += " DEFAULT \(standard)" }
        if kind == .flag { text += " CHECK (\(column) IN (0, 1))" }
        if !words.isEmpty { text += " CHECK (\(CatalogColumn.isOne(name, of: words)))" }
        return text
    }

    private var sqliteType: String {
        switch kind {
        case .text, .json: "TEXT"
        case .int, .time, .flag, .sequence: "INTEGER"
        case .real: "REAL"
        }
    }
}

extension CatalogView {
    fileprivate var sqlite: String {
        "CREATE VIEW \(SQLText.identifier(name)) AS\n\(sql("(ended_at - started_at) / 1e6"));"
    }
}
