import PulihModel
import PulihPostgres
import PulihTesting
import Testing

@Suite("Bronze of PostgreSQL", .serialized)
struct PostgresBronzeTests {
    private struct Broken: Error {}
    private let bronze = "bronze_client1.crm_cust"
    private let partition = "pulih_client1.\"crm_cust__BATCH000001\""
    private let stages = "SELECT relname FROM pg_class WHERE relname LIKE '%\\_\\_stage%'"

    @Test func aLargeFileComesThroughSeveralConnectionsAndIsAttachedWhole() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            let outcome = try await session.loadBronze(large(200_000, into: table, batch: 1))
            #expect(outcome == LoadOutcome(rows: 200_000, replaced: 0))
            try await session.publish(1)
            #expect(
                try await session.rows(
                    """
                    SELECT count(*), count(DISTINCT dwh_source_row), min(id), max(id), min(dwh_batch_id),
                        max(dwh_source_file), min(dwh_loaded_at) FROM bronze_client1.crm_cust_current
                    """) == [
                        [
                            "200000", "200000", "0", "199999", "BATCH000001", "cust_BATCH000001.csv",
                            "2026-05-28T20:26:40Z",
                        ]
                    ])
            // Values that all rows share take no room in them.
            #expect(
                try await session.column(
                    "SELECT attname FROM pg_attribute WHERE attrelid = '\(partition)'::regclass AND atthasmissing"
                        + " AND NOT atthasdef ORDER BY attname")
                    == ["dwh_batch_id", "dwh_loaded_at", "dwh_source_file"])
            #expect(try await session.column(stages).isEmpty)

            // Again, and small: rows of the other shape go into the same partition.
            let small = load([(1, "a")], into: table, batch: 1, attempt: 2)
            #expect(try await session.loadBronze(small) == LoadOutcome(rows: 1, replaced: 200_000))
            #expect(
                try await session.rows("SELECT id, name, dwh_source_row FROM \(bronze)") == [["1", "a", "1"]])
            let again = try await session.loadBronze(large(200_000, into: table, batch: 1, attempt: 3))
            #expect(again == LoadOutcome(rows: 200_000, replaced: 1))
        }
    }

    @Test func largeAndSmallFilesOfABatchComeSideBySide() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            let table = customers(.delta)
            try await session.prepareBronze(table)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for file in 1...6 {
                    let count = file.isMultiple(of: 2) ? 100_000 : 500
                    group.addTask {
                        _ = try await session.loadBronze(
                            large(count, into: table, batch: 1, file: "f\(file).csv"))
                    }
                }
                try await group.waitForAll()
            }
            #expect(
                try await session.rows(
                    "SELECT count(*), count(DISTINCT dwh_source_file), count(DISTINCT tableoid) FROM \(bronze)"
                )
                    == [["301500", "6", "1"]])
        }
    }

    /// The first stream is through, the second breaks off in the middle of its rows.
    @Test(arguments: [200_000, 2_000])
    func aProducerThatFailsMidwayLeavesNothing(_ count: Int) async throws {
        let bench = try await WarehouseBench(.postgresql) { engine in
            BentSource(engine: engine) { if !$0.contains("range(0, 100000)") { throw Broken() } }
        }
        try await bench.session { session in
            let table = customers(.delta)
            try await session.prepareBronze(table)
            await #expect(throws: Broken.self) {
                _ = try await session.loadBronze(large(count, into: table, batch: 1))
            }
            #expect(try await session.column("SELECT count(*) FROM \(bronze)") == ["0"])
            #expect(try await session.column(stages).isEmpty)
            #expect(try await session.ledger().rows.isEmpty)
        }
    }

    @Test func whatAKilledRunStagedIsDroppedByTheNext() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { try await $0.prepareBronze(customers(.delta)) }
        try await bench.sql("CREATE TABLE pulih_client1.\"crm_cust__BATCH000001__stage7\" (id integer)")
        try await bench.sql("CREATE TABLE pulih_client1.\"crm_cust__BATCH000001__stages\" (id integer)")
        try await bench.session(epoch: 2) { session async throws in
            #expect(try await session.column(stages) == ["crm_cust__BATCH000001__stages"])
        }
    }

    @Test func aValueThatTheServerRefusesIsToldByRecordAndColumn() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let table = customers(
            .delta, extra: [ColumnSpec(source: "D", name: "d", type: .decimal(precision: 9, scale: 2))])
        try await bench.session { session in
            try await session.prepareBronze(table)
            try await bench.sql("DROP VIEW \(bronze)_current")
            try await bench.sql("ALTER TABLE \(bronze) ALTER COLUMN d TYPE numeric(3,1)")
            func amounts(_ count: Int, isBad: Bool = true) -> BronzeLoad {
                var load = large(count, into: table, batch: 1)
                load.relation = """
                    SELECT i::INTEGER AS id, 'n' AS name, i + 7 AS dwh_source_row,
                        CASE WHEN i = 17 AND \(isBad) THEN 1234.5 ELSE 1 END AS d
                    FROM range(\(count)) AS r(i)
                    """
                load.parts = [load.relation]
                return load
            }
            for count in [100, 100_000] {
                let error = try await failure(.data) { _ = try await session.loadBronze(amounts(count)) }
                #expect(
                    error.summary
                        == "unable to load bronze_client1.crm_cust from cust_BATCH000001.csv: record 24, column d:"
                        + " numeric field overflow (SQLSTATE 22003)")
                #expect(error.leftBehind == "nothing of this file was loaded")
                #expect(try await session.column("SELECT count(*) FROM \(bronze)") == ["0"])
            }
            // Constraints of the people's own.
            try await bench.sql("ALTER TABLE \(bronze) ALTER COLUMN name SET NOT NULL")
            for count in [100, 100_000] {
                var load = amounts(count, isBad: false)
                load.relation = load.relation.replacing("'n' AS name", with: "nullif(i, 90)::VARCHAR AS name")
                load.parts = ["\(load.relation) LIMIT 50", "\(load.relation) OFFSET 50"]
                let error = try await failure(.data) { _ = try await session.loadBronze(load) }
                #expect(error.summary.contains(": record 97, column name: null value"), "\(error.summary)")
            }
            try await bench.sql("ALTER TABLE \(bronze) ADD CONSTRAINT young CHECK (id < 3)")
            let error = try await failure(.data) {
                _ = try await session.loadBronze(
                    load([(1, "a"), (9, "b")], into: customers(.delta), batch: 2))
            }
            #expect(error.summary.contains(": record 2: ") && error.summary.contains("young"))
        }
    }

    @Test(arguments: [
        ("CREATE TABLE bronze_client1.crm_cust (id integer)", "is a table without partitions"),
        ("CREATE VIEW bronze_client1.crm_cust AS SELECT 1 AS id", "is a view"),
        (
            "CREATE TABLE bronze_client1.crm_cust (id integer) PARTITION BY RANGE (id)",
            "is partitioned otherwise than by batch"
        ),
    ])
    func somethingElseOfTheNameIsRefused(_ sql: String, _ told: String) async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await bench.sql(sql)
            let error = try await failure(.configuration) {
                try await session.prepareBronze(customers(.full))
            }
            #expect(
                error.summary == "unable to prepare bronze_client1.crm_cust: bronze_client1.crm_cust \(told)")
        }
    }

    @Test func namesThatWouldBeCutAreRefusedAndLongOnesFit() async throws {
        let bench = try await WarehouseBench(.postgresql)
        func table(_ length: Int) -> BronzeTable {
            var table = customers(.delta)
            table.name = LayerTable(.bronze, String(repeating: "x", count: length)).live(client)
            return table
        }
        try await bench.session { session in
            let error = try await failure(.configuration) { try await session.prepareBronze(table(56)) }
            #expect(error.summary.contains("longer than the 63 bytes"))
            try await session.prepareBronze(table(55))
            try await session.prepareBronze(table(54))
            for length in [54, 55] {
                _ = try await session.loadBronze(
                    large(100_000, into: table(length), batch: 1, file: "f\(length).csv"))
            }
            let names = try await session.column(
                "SELECT relname FROM pg_class WHERE relispartition AND relname LIKE 'xxx%'")
            #expect(names.count == 2)
            #expect(names.allSatisfy { $0?.hasSuffix("__BATCH000001") == true })
        }
        let long = String(repeating: "c", count: 51)
        let error = try await failure(.configuration) {
            _ = try await bench.warehouse.open(for: lease(epoch: 1, client: long))
        }
        #expect(error.summary.contains("is too long for PostgreSQL"))
    }

    /// Columns come after partitions were attached, of either kind.
    @Test func columnsAreAddedToWhatIsLoaded() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            let table = customers(.delta)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(large(100_000, into: table, batch: 1))
            _ = try await session.loadBronze(load([(1, "a")], into: table, batch: 2))
            try await session.publish(1, 2)
            // Somebody reads the view by another one.
            try await bench.sql("CREATE VIEW public.mine AS SELECT * FROM bronze_client1.crm_cust_current")
            let more = customers(.delta, extra: [ColumnSpec(source: "N", name: "n", type: .integer)])
            try await session.prepareBronze(more)
            var next = large(100_000, into: more, batch: 3)
            next.relation = "SELECT *, 7 AS n FROM (\(next.relation))"
            next.parts = [next.relation]
            _ = try await session.loadBronze(next)
            try await session.publish(3)
            #expect(
                try await session.rows(
                    "SELECT dwh_batch_id, count(*), count(n) FROM bronze_client1.crm_cust_current GROUP BY 1 ORDER BY 1"
                )
                    == [
                        ["BATCH000001", "100000", "0"], ["BATCH000002", "1", "0"],
                        ["BATCH000003", "100000", "100000"],
                    ])
            #expect(try await session.column("SELECT count(*) FROM public.mine") == ["200001"])
        }
    }
}
