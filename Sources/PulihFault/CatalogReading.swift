internal import Foundation
internal import PulihPostgres
internal import PulihSQLite
internal import PulihTesting

/// Reads the catalog of a workspace that nobody runs.
enum CatalogReading {
    /// Rows as texts, NULL as `-`.
    /// - Parameters:
    ///   - sql: `{tools}` stands before the name of each table.
    ///   - leavingAsIs: reads a copy, so that the next command finds what a dead one left, write-ahead log and all.
    static func rows(
        _ workspace: Workspace, _ sql: String, leavingAsIs: Bool = false
    ) async throws -> [[String]] {
        try await rows(workspace, [sql], leavingAsIs: leavingAsIs)[0]
    }

    /// The rows of each statement.
    static func rows(
        _ workspace: Workspace, _ statements: [String], leavingAsIs: Bool = false
    ) async throws -> [[[String]]] {
        if workspace.place == .postgresql, let database = workspace.database {
            return try await PostgresReading.rows(
                database, statements.map { $0.replacing("{tools}", with: "tools.") })
        }
        let path = workspace.path("data/catalog.sqlite")
        guard leavingAsIs else { return try await sqliteRows(path, statements, readOnly: true) }
        let copy = workspace.root + ".catalog"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: "\(copy)/catalog.sqlite\(suffix)")
        }
        let tables = try await sqliteRows("\(copy)/catalog.sqlite", statements, readOnly: false)
        try FileManager.default.removeItem(atPath: copy)
        return tables
    }

    private static func sqliteRows(_ path: String, _ statements: [String], readOnly: Bool) async throws
        -> [[[String]]]
    {
        let catalog = try await SQLiteDatabase(path: path, readOnly: readOnly)
        let texts = statements.map { $0.replacing("{tools}", with: "") }
        let tables = try await catalog.run { session in
            try texts.map { sql in try session.query(sql).map { $0.values.map(text) } }
        }
        try await catalog.close()
        return tables
    }

    private static func text(_ value: SQLiteValue) -> String {
        switch value {
        case .null: "-"
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .text(let text): text
        case .blob(let bytes): "\(bytes.count) bytes"
        }
    }
}

enum PostgresReading {
    /// Rows of each statement as texts, NULL as `-`.
    static func rows(_ database: String, _ statements: [String]) async throws -> [[[String]]] {
        let settings = PostgresSettings(conninfo: database, applicationName: "pulih-fault")
        let connection = try await PostgresConnection.open(settings)
        let tables = try await connection.run { session in
            try statements.map { sql in
                try session.query(sql, once: true).rows.map { $0.texts.map { $0 ?? "-" } }
            }
        }
        await connection.close()
        return tables
    }
}
