import Foundation
import PulihCatalog
import PulihEngine
import PulihModel
import PulihSystem
import PulihTesting
import PulihWarehouses
import Synchronization
import Testing

/// A folder of its own for a test; gone with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("pulih-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }
    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}

/// The kinds of warehouse that must pass the suite.
enum WarehouseAdapter: CaseIterable {
    case duckdb, postgresql
}

let client = "client1"
let noon: Int64 = 1_780_000_000_000_000

func lease(epoch: Int, client: String = client) -> Lease {
    Lease(client: client, epoch: epoch, owner: owner())
}

func owner(pid: Int32 = 123) -> LeaseOwner {
    LeaseOwner(hostID: "h1", hostName: "host", bootID: "b1", pid: pid, processStart: 77, user: "etl")
}

/// A warehouse of its own for a test.
struct WarehouseBench {
    let folder: TemporaryFolder
    let adapter: WarehouseAdapter
    let warehouse: any Warehouse
    /// Address of the database, of a server.
    let url: String

    /// - Parameters:
    ///   - url: of a database that is there; nil: a new one.
    ///   - source: made of the engine that makes the rows of a load.
    init(
        _ adapter: WarehouseAdapter, roles: [String: String] = [:], url: String? = nil,
        source: (DuckDBEngine) -> any BinaryCopySource = { $0 }
    ) async throws {
        folder = try TemporaryFolder()
        self.adapter = adapter
        let settings = Settings(
            memoryLimitBytes: 256 << 20, threads: 2, parallelSteps: 4, settleSeconds: 0)
        switch adapter {
        case .duckdb:
            self.url = ""
            warehouse = DuckDBWarehouse(
                folder: folder.path("warehouse"), workFolder: folder.path("work"), settings: settings)
        case .postgresql:
            let address: String
            if let url { address = url } else { address = try await PostgresServer.shared.makeDatabase() }
            self.url = address
            warehouse = PostgresWarehouse(
                PostgresLocation(url: address), roles: roles,
                source: source(try DuckDBEngine(settings: settings, workFolder: folder.path("work"))),
                settings: settings)
        }
    }

    /// The schema of Pulih's own tables.
    var own: String {
        switch adapter {
        case .duckdb: "pulih"
        case .postgresql: "pulih_client1"
        }
    }

    /// What a type is called there.
    func type(_ type: ColumnType) -> String {
        switch adapter {
        case .duckdb: type.duckDBName
        case .postgresql: type.postgresName
        }
    }

    /// Opens, runs, closes.
    func session(epoch: Int = 1, _ body: (any WarehouseSession) async throws -> Void) async throws {
        let session = try await warehouse.open(for: lease(epoch: epoch))
        do {
            try await body(session)
        } catch {
            try await session.close()
            throw error
        }
        try await session.close()
    }
}

extension WarehouseReader {
    func rows(_ sql: String, _ parameters: [String] = []) async throws -> [[String?]] {
        let found = Mutex<[[String?]]>([])
        _ = try await query(sql, parameters: parameters) { row in found.withLock { $0.append(row.values) } }
        return found.withLock { $0 }
    }

    /// Rows of one column.
    func column(_ sql: String) async throws -> [String?] { try await rows(sql).map { $0[0] } }
}

extension BatchID {
    init(_ number: Int) { self.init(number: number) }
}

func customers(_ delivery: Delivery, extra: [ColumnSpec] = []) -> BronzeTable {
    BronzeTable(
        name: LayerTable(.bronze, "crm_cust").live(client),
        columns: [
            ColumnSpec(source: "ID", name: "id", type: .integer),
            ColumnSpec(source: "NAME", name: "name", type: .text),
        ] + extra, delivery: delivery)
}

/// A load of (id, name) rows.
func load(
    _ rows: [(Int, String)], into table: BronzeTable, batch: Int, file: String? = nil, expected: Int? = nil,
    attempt: Int = 1
) -> BronzeLoad {
    let name = file ?? "cust_\(BatchID(batch)).csv"
    let values = rows.enumerated().map { "(\($1.0), '\($1.1)', \($0 + 1))" }.joined(separator: ", ")
    let source =
        rows.isEmpty
        ? "(VALUES (0, '', 0)) AS r(id, name, dwh_source_row) WHERE false"
        : "(VALUES \(values)) AS r(id, name, dwh_source_row)"
    return BronzeLoad(
        table: table, physicalName: name, relation: "SELECT id, name, dwh_source_row FROM \(source)",
        expectedRows: expected ?? rows.count,
        entry: entry(.loadBronze, "crm.cust/\(name)", batch: batch, attempt: attempt))
}

func entry(_ stage: Stage, _ thing: String, batch: Int, fingerprint: String = "f", attempt: Int = 1)
    -> LedgerEntry
{
    LedgerEntry(
        batch: BatchID(batch), step: StepID(stage, thing), attempt: attempt, fingerprint: fingerprint,
        at: noon)
}

func model(
    _ name: String, _ sql: String, layer: Layer = .silver, _ materialization: Materialization = .table,
    key: [String] = [], onSchemaChange: SchemaChangePolicy = .fail, deletes: DeletePolicy = .close,
    tests: [ResolvedTest] = [], batch: Int = 1, batchTime: Int64 = noon,
    liveSQL: String? = nil, preHooks: [String] = [], postHooks: [String] = []
) -> ModelBuild {
    let table = LayerTable(layer, name)
    let model = Model(
        table: table, materialization: materialization, uniqueKey: key, onSchemaChange: onSchemaChange,
        deletes: deletes, tests: tests.map(\.test), preHooks: preHooks, postHooks: postHooks, sql: sql,
        at: SourceLine(file: "sql/\(layer.rawValue)/\(name).sql", line: 5))
    return ModelBuild(
        model: model, client: client, batchTime: batchTime, sql: liveSQL ?? sql, buildSQL: sql,
        preHooks: preHooks, postHooks: postHooks, tests: tests,
        entry: entry(model.stage, table.description, batch: batch))
}

func test(
    _ check: ModelTest.Check, named name: String, _ severity: Severity = .fail, other: TableName? = nil,
    sql: String? = nil
) -> ResolvedTest {
    ResolvedTest(
        test: ModelTest(
            name: name, check: check, severity: severity, at: SourceLine(file: "sql/m.sql", line: 2)),
        other: other, sql: sql)
}

func publication(_ models: [ModelBuild], batch: Int) -> Publication {
    Publication(
        client: client, models: models, entry: entry(.publish, BatchID(batch).description, batch: batch))
}

extension WarehouseSession {
    /// Publishes batches that have no models.
    func publish(_ batches: Int...) async throws {
        for batch in batches { _ = try await publish(publication([], batch: batch)) }
    }

    func buildAndPublish(_ models: [ModelBuild], batch: Int) async throws {
        for model in models { _ = try await build(model) }
        _ = try await publish(publication(models, batch: batch))
    }
}

/// The `PulihError` that the body throws; anything else fails the test.
func failure(
    _ code: PulihError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws -> PulihError {
    do {
        try await body()
    } catch let error as PulihError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    }
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    throw CancellationError()
}
