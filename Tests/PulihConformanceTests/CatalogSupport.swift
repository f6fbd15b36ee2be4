import Foundation
import PulihCatalog
import PulihModel
import PulihPostgres
import PulihSQLite
import PulihTesting
import Synchronization

/// The kinds of catalog that must pass the suite.
enum CatalogAdapter: CaseIterable {
    case sqlite
    case postgresql
    /// On PostgreSQL 18.
    case postgresql18

    fileprivate var server: SharedServer? {
        switch self {
        case .sqlite: nil
        case .postgresql: PostgresServer.shared
        case .postgresql18: PostgresServer.shared18
        }
    }
}

/// A catalog of its own for a test.
final class CatalogBench: Sendable {
    let adapter: CatalogAdapter
    private let folder: TemporaryFolder
    /// Of the database; empty on SQLite.
    let url: String
    private let time = Mutex(noon)

    init(_ adapter: CatalogAdapter) async throws {
        self.adapter = adapter
        folder = try TemporaryFolder()
        url = try await adapter.server?.makeDatabase() ?? ""
    }

    var path: String { folder.path("data/catalog.sqlite") }

    func open(readOnly: Bool = false) async throws -> any Catalog {
        switch adapter {
        case .sqlite: try await SQLiteCatalog.open(path: path, readOnly: readOnly)
        case .postgresql, .postgresql18:
            try await PostgresCatalog.open(PostgresLocation(url: url), readOnly: readOnly)
        }
    }

    /// Opens a catalog that knows the client.
    func openWithClient() async throws -> any Catalog {
        let catalog = try await open()
        try await catalog.apply([.add(reference())], at: noon)
        return catalog
    }

    /// Opens a catalog that knows the client's first batch.
    func openWithBatch() async throws -> any Catalog {
        let catalog = try await openWithClient()
        try await catalog.recordClaim(batchRecord(1), files: [])
        return catalog
    }

    /// Rows straight from the store, as text; tables without schema.
    func rows(_ sql: String) async throws -> [[String?]] {
        switch adapter {
        case .sqlite:
            let database = try await SQLiteDatabase(path: path, readOnly: true)
            let rows = try await database.run { try $0.query(sql).map { $0.values.map(\.text) } }
            try await database.close()
            return rows
        case .postgresql, .postgresql18:
            return try await withPostgres { try $0.query(sql).rows.map(\.texts) }
        }
    }

    /// Changes the store behind the catalog's back.
    func execute(_ sql: String) async throws {
        switch adapter {
        case .sqlite:
            let database = try await SQLiteDatabase(path: path)
            try await database.run { try $0.execute(sql) }
            try await database.close()
        case .postgresql, .postgresql18: try await withPostgres { try $0.execute(sql) }
        }
    }

    @discardableResult
    func withPostgres<T: Sendable>(
        user: String = "pulih", _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        let connection = try await PostgresConnection.open(
            PostgresSettings(
                conninfo: url.replacing("pulih@", with: "\(user)@"), applicationName: "pulih test",
                parameters: ["search_path": "tools"]))
        do {
            let value = try await connection.run(body)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Lets seconds go by for leases. - Returns: what the caller's clock says then.
    func pass(seconds: Int) async throws -> Int64 {
        if adapter != .sqlite {
            // Its own clock cannot be set, so what it noted is moved into the past.
            let past = "interval '\(seconds) seconds'"
            try await execute("UPDATE run_lease SET since = since - \(past), heartbeat = heartbeat - \(past)")
        }
        return time.withLock { time in
            time += Int64(seconds) * 1_000_000
            return time
        }
    }
}

extension SQLiteValue {
    fileprivate var text: String? {
        switch self {
        case .null: nil
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .text(let text): text
        case .blob(let bytes): "\(bytes)"
        }
    }
}

func reference(_ name: String = client, severity: String = "fail") -> ConfigurationRow {
    ConfigurationRow(
        table: "client_reference", key: [.init("client_schema", .text(name))],
        values: [
            .init("client_id", .int(1)), .init("severity", .text(severity)), .init("sources", .text("[]")),
        ])
}

func batchRecord(_ number: Int, client: String = client, status: Status = .running) -> BatchRecord {
    BatchRecord(
        client: client, batch: BatchID(number), status: status, mode: .start, batchTime: noon + Int64(number),
        startedAt: noon)
}

func fileRecord(
    _ batch: Int, _ name: String = "cust_info", sha256: String = "aa", position: Int = 1, records: Int = 10,
    load: Status = .success, client: String = client
) -> FileRecord {
    var file = FileRecord(
        client: client, batch: BatchID(batch), key: FileKey(source: "crm", name: name), position: position,
        originalName: "\(name).csv", physicalName: "\(name)_\(BatchID(batch))_\(position).csv",
        parquetName: "\(name).parquet", bytes: 100, inode: .max, sha256: sha256, records: records,
        blankLines: 2,
        loaded: load.isGood ? records : nil, quarantined: 1, skipped: ["trailer": 3, "b": 0], loadStatus: load
    )
    file.marks = FileMarks(controlFile: "\(name).ctl", controlSHA256: sha256)
    file.marks.rawPurgedAt = noon
    file.marks.quarantinePurgedAt = position > 1 ? noon + 1 : nil
    return file
}

func stepRecord(
    _ stage: Stage, _ thing: String = "crm.cust_info/x.csv", batch: Int = 1, attempt: Int = 1,
    status: Status = .success, error: StepError? = nil, details: JSONValue = .null
) -> StepRecord {
    StepRecord(
        client: client, batch: BatchID(batch), step: StepID(stage, thing), attempt: attempt, status: status,
        reason: "new batch", fingerprint: "f", startedAt: noon,
        endedAt: status.isTerminal ? noon + 500_000 : nil,
        rows: 3, error: error, details: details)
}
