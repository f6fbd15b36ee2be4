import PulihDuckDB
import PulihModel
import PulihWarehouses
import Testing

@Suite("Fence and opening of every warehouse", .serialized)
struct WarehouseFenceTests {
    @Test(arguments: WarehouseAdapter.allCases)
    func anOlderEpochIsRefused(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session(epoch: 5) { _ in }
        try await bench.session(epoch: 5) { _ in }
        let error = try await failure(.busy) { try await bench.session(epoch: 4) { _ in } }
        #expect(error.summary == "client1 was taken over by a later run (epoch 5, this one has 4)")
        try await bench.session(epoch: 6) { session in
            let table = customers(.delta)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(1, "a")], into: table, batch: 1))
            #expect(try await session.ledger().rows.map(\.epoch) == [6])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func theLastEpochIsTold(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        #expect(try await bench.warehouse.lastEpoch(client: client) == 0)
        #expect(!bench.folder.exists("warehouse"))
        try await bench.session(epoch: 5) { _ in
            guard !bench.warehouse.capabilities.readsDuringRun else { return }
            _ = try await failure(.busy) { _ = try await bench.warehouse.lastEpoch(client: client) }
        }
        #expect(try await bench.warehouse.lastEpoch(client: client) == 5)
        #expect(try await bench.warehouse.lastEpoch(client: "client2") == 0)
        try await bench.session(epoch: 6) { _ in }
    }

    /// The fence moves inside a transaction of the session itself, which no other way can do while a file is held.
    @Test(arguments: WarehouseAdapter.allCases)
    func everyWriteChecksTheFenceLast(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        let raise = "UPDATE \(bench.own).fence SET epoch = 9"
        try await bench.session { session in
            let built = model("t", "SELECT 1 AS x", postHooks: [raise])
            _ = try await session.build(built)
            _ = try await failure(.busy) { try await session.runHook([raise]) }
            _ = try await failure(.busy) {
                _ = try await session.build(model("u", "SELECT 1 AS x", preHooks: [raise]))
            }
            _ = try await failure(.busy) { _ = try await session.publish(publication([built], batch: 1)) }
            let error = try await failure(.busy) {
                _ = try await session.refresh(
                    model("v", "SELECT 1 AS x", .materializedView, preHooks: [raise]))
            }
            #expect(error.summary == "client1 was taken over by a later run (epoch 9, this one has 1)")
            #expect(error.leftBehind == "nothing was written")
            #expect(try await session.tables().isEmpty)
            #expect(try await session.ledger().rows.map(\.step.thing) == ["silver.t"])
            #expect(try await session.column("SELECT epoch FROM \(bench.own).fence") == ["1"])
        }
    }

    /// A server ends the first session instead.
    @Test func aSecondSessionIsBusyAndNamesTheHolder() async throws {
        let bench = try await WarehouseBench(.duckdb)
        try await bench.session { _ in
            let writer = try await failure(.busy) { _ = try await bench.warehouse.open(for: lease(epoch: 2)) }
            #expect(writer.summary.contains("the warehouse of client1 is held by process "))
            #expect(writer.isTransient && writer.hint.contains("pulih status"))
            _ = try await failure(.busy) { _ = try await bench.warehouse.openToRead(client: client) }
        }
        try await bench.session(epoch: 2) { _ in }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aSessionIsOfNoUseAfterItsClose(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        let session = try await bench.warehouse.open(for: lease(epoch: 1))
        try await session.close()
        try await session.close()
        _ = try await failure(.bug) { _ = try await session.ledger() }
    }
}

@Suite("DuckDB's file", .serialized)
struct DuckDBFileTests {
    @Test func aGoodEndLeavesTheFileAlone() async throws {
        let bench = try await WarehouseBench(.duckdb)
        try await bench.session { session in
            try await session.prepareBronze(customers(.delta))
            #expect(bench.folder.exists("warehouse/client1.duckdb.wal"))
        }
        #expect(bench.folder.exists("warehouse/client1.duckdb"))
        #expect(!bench.folder.exists("warehouse/client1.duckdb.wal"))
    }

    @Test func leftoversOfACrashWhileTheFileWasMadeGo() async throws {
        let other = try TemporaryFolder()
        try write("half", to: other.path("client1.duckdb.new-99999"))
        let warehouse = DuckDBWarehouse(
            folder: other.path, workFolder: other.path("work"),
            settings: Settings(memoryLimitBytes: 256 << 20, threads: 1, parallelSteps: 1, settleSeconds: 0))
        let session = try await warehouse.open(for: lease(epoch: 1))
        try await session.close()
        #expect(try other.names().filter { $0.hasPrefix("client1") } == ["client1.duckdb"])
    }

    @Test func somethingElseIsDamage() async throws {
        let bench = try await WarehouseBench(.duckdb)
        try await bench.session { _ in }
        try write(
            String(repeating: "no database ", count: 2000), to: bench.folder.path("warehouse/client1.duckdb"))
        let error = try await failure(.damaged) { try await bench.session { _ in } }
        #expect(error.summary.hasPrefix("unable to open the warehouse of client1: "))
        _ = try await failure(.damaged) { _ = try await bench.warehouse.openToRead(client: client) }
    }

    @Test func aFileOfANewerPulihIsRefused() async throws {
        let bench = try await WarehouseBench(.duckdb)
        try await bench.session { _ in }
        let database = try DuckDBDatabase(path: bench.folder.path("warehouse/client1.duckdb"))
        let connection = try database.connect()
        _ = try await connection.run { try $0.execute("INSERT INTO pulih.version VALUES (99)") }
        await connection.close()
        database.close()
        let error = try await failure(.refused) { try await bench.session(epoch: 2) { _ in } }
        #expect(
            error.summary
                == "the warehouse of client1 was written by a newer Pulih (format 99, this one knows 2)")
    }
}
