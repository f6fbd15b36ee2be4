import PulihModel
import PulihSystem
import PulihWarehouses
import Testing

/// What a power cut leaves: the file and its write-ahead log as they lie there while a session is open,
/// copied by another process (this one would drop DuckDB's lock by closing them).
@Suite("DuckDB's file after a crash", .serialized)
struct DuckDBCrashTests {
    private func afterCrash(
        of bench: WarehouseBench, _ body: (any WarehouseSession) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let copy = try await ChildProcess.run(
            "cp", ["-r", bench.folder.path("warehouse"), folder.path("warehouse")])
        #expect(copy.isSuccess, "\(copy.errorText)")
        #expect(folder.exists("warehouse/client1.duckdb.wal"))
        let warehouse = DuckDBWarehouse(
            folder: folder.path("warehouse"), workFolder: folder.path("work"),
            settings: Settings(memoryLimitBytes: 256 << 20, threads: 2, parallelSteps: 2, settleSeconds: 0))
        let reader = try await warehouse.openToRead(client: client)
        _ = try await reader.ledger()
        try await reader.close()
        let session = try await warehouse.open(for: lease(epoch: 2))
        do {
            try await body(session)
        } catch {
            try await session.close()
            throw error
        }
        try await session.close()
    }

    @Test func loadsAndBuildsAndPublicationsAreThere() async throws {
        let bench = try await WarehouseBench(.duckdb)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(1, "a")], into: table, batch: 1))
            try await session.prepareBronze(
                customers(.full, extra: [ColumnSpec(source: "N", name: "n", type: .integer)]))
            _ = try await session.loadBronze(load([(1, "a"), (2, "b")], into: table, batch: 1))
            let t = model("t", "SELECT id FROM bronze_client1.crm_cust")
            try await session.buildAndPublish([t], batch: 1)
            _ = try await session.refresh(
                model("mv", "SELECT count(*) AS n FROM silver_client1.t", .materializedView))
            _ = try await session.build(model("t", "SELECT 7 AS id", batch: 2))

            let before = try await session.ledger()
            try await afterCrash(of: bench) { session in
                #expect(try await session.ledger() == before)
                #expect(
                    try await session.column("SELECT id FROM silver_client1.t ORDER BY id") == ["1", "2"])
                #expect(try await session.column("SELECT n FROM silver_client1.mv") == ["2"])
                _ = try await session.publish(publication([model("t", "SELECT 7 AS id", batch: 2)], batch: 2))
                #expect(try await session.column("SELECT id FROM silver_client1.t") == ["7"])
            }
        }
    }

    @Test func mergesCanBeTakenBack() async throws {
        let bench = try await WarehouseBench(.duckdb)
        func next(_ batch: Int) -> ModelBuild {
            model(
                "inc",
                "SELECT max(k) + 1 AS k, count(*) AS v\(batch > 2 ? ", 'w' AS w" : "")"
                    + #" FROM "silver_client1"."inc""#,
                .incremental, key: ["k"], onSchemaChange: .append, batch: batch,
                postHooks: ["CREATE INDEX IF NOT EXISTS by_k ON silver_client1.inc (k)"])
        }
        try await bench.session { session in
            let first = model(
                "inc", "SELECT 1::INTEGER AS k, 0::BIGINT AS v", .incremental, key: ["k"], batch: 1)
            try await session.buildAndPublish([first], batch: 1)
            for batch in [2, 3, 2, 3] { try await session.buildAndPublish([next(batch)], batch: batch) }
            let all = "SELECT k, v, w FROM silver_client1.inc ORDER BY k"
            let expected: [[String?]] = [["1", "0", nil], ["2", "1", nil], ["3", "2", "w"]]
            #expect(try await session.rows(all) == expected)
            try await afterCrash(of: bench) { session in
                #expect(try await session.rows(all) == expected)
                for batch in [2, 3] { try await session.buildAndPublish([next(batch)], batch: batch) }
                #expect(try await session.rows(all) == expected)
            }
            // In the middle of a batch: built, not published.
            _ = try await session.build(next(2))
            try await afterCrash(of: bench) { session in
                #expect(try await session.rows(all) == expected)
                _ = try await session.publish(publication([next(2)], batch: 2))
                try await session.buildAndPublish([next(3)], batch: 3)
                #expect(try await session.rows(all) == expected)
            }
        }
    }

    @Test func versionsCanBeTakenBack() async throws {
        let bench = try await WarehouseBench(.duckdb)
        func next(_ batch: Int) -> ModelBuild {
            history(
                "SELECT 1 AS k, \(batch) AS v UNION ALL SELECT \(batch), 0", batch: batch + 1, at: batch * 10,
                postHooks: ["CREATE INDEX IF NOT EXISTS by_k ON silver_client1.h (k, valid_to)"])
        }
        try await bench.session { session in
            for batch in [2, 3, 4] { try await session.buildAndPublish([next(batch)], batch: batch + 1) }
            let expected = [
                "1 2 20-30", "1 3 30-40", "1 4 40- *", "2 0 20-30", "3 0 30-40", "4 0 40- *",
            ]
            #expect(try await session.versions() == expected)
            try await afterCrash(of: bench) { session in
                #expect(try await session.versions() == expected)
                for batch in [3, 4, 4] { try await session.buildAndPublish([next(batch)], batch: batch + 1) }
                #expect(try await session.versions() == expected)
            }
            // In the middle of a batch: built, not published.
            _ = try await session.build(next(3))
            try await afterCrash(of: bench) { session in
                #expect(try await session.versions() == expected)
                _ = try await session.publish(publication([next(3)], batch: 4))
                try await session.buildAndPublish([next(4)], batch: 5)
                #expect(try await session.versions() == expected)
            }
        }
    }

    @Test func indexesFindWhatWasCommittedLast() async throws {
        let bench = try await WarehouseBench(.duckdb)
        let remake = ["DROP INDEX IF EXISTS by_k", "CREATE INDEX by_k ON silver_client1.inc (k)"]
        func delta(_ key: Int, batch: Int) -> ModelBuild {
            let hook = remake.map { $0.replacing("EXISTS by_k", with: "EXISTS silver_client1.by_k") }
            return model(
                "inc", "SELECT \(key)::INTEGER AS k, \(batch) AS v", .incremental, key: ["k"], batch: batch,
                postHooks: hook)
        }
        try await bench.session { session in
            try await session.buildAndPublish([delta(1, batch: 1)], batch: 1)
            try await session.buildAndPublish([delta(2, batch: 2)], batch: 2)
            let crashed = "SELECT count(*) FROM silver_client1.inc WHERE k = 2"
            try await afterCrash(of: bench) { session in
                #expect(try await session.column(crashed) == ["1"])
                try await session.buildAndPublish([delta(2, batch: 3)], batch: 3)
                #expect(
                    try await session.rows("SELECT k, v FROM silver_client1.inc ORDER BY k") == [
                        ["1", "1"], ["2", "3"],
                    ])
            }
        }
    }
}
