import PulihModel
import Testing

@Suite("Rows in force in every warehouse", .serialized)
struct WarehouseCurrentTests {
    private let live = "SELECT id, name FROM bronze_client1.crm_cust_current ORDER BY id, name"
    private let build = "SELECT id, name FROM build_bronze_client1.crm_cust_current ORDER BY id, name"

    @Test(arguments: WarehouseAdapter.allCases)
    func fullShowsTheNewestDeliveryAlsoAnEmptyOne(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            #expect(try await session.rows(live).isEmpty)
            _ = try await session.loadBronze(load([(1, "a"), (2, "b")], into: table, batch: 999_999))
            _ = try await session.loadBronze(load([(3, "c")], into: table, batch: 1_000_000))
            // The last one has no file of this table.
            try await session.publish(999_999, 1_000_000, 1_000_001)
            #expect(try await session.rows(live) == [["3", "c"]])
            _ = try await session.loadBronze(load([], into: table, batch: 1_000_002))
            try await session.publish(1_000_002)
            #expect(try await session.rows(live).isEmpty)
            try await session.prepareBronze([table], asOf: BatchID(999_999))
            #expect(try await session.rows(build) == [["1", "a"], ["2", "b"]])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func deltaShowsAllAndUpsertTheNewestOfAKey(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(.delta)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(1, "a"), (1, "b"), (2, "c")], into: table, batch: 1))
            _ = try await session.loadBronze(load([(2, "d")], into: table, batch: 2))
            try await session.publish(1, 2)
            #expect(try await session.rows(live) == [["1", "a"], ["1", "b"], ["2", "c"], ["2", "d"]])

            // The delivery of the file was changed in the configuration: the view follows.
            let upsert = customers(.upsert(key: ["id"]))
            try await session.prepareBronze(upsert)
            #expect(try await session.rows(live) == [["1", "b"], ["2", "d"]])
            try await session.prepareBronze([upsert], asOf: BatchID(1))
            #expect(try await session.rows(build) == [["1", "b"], ["2", "c"]])
            try await session.dropBuilds()
            _ = try await failure(.sql) { _ = try await session.rows(build) }
        }
    }

    /// Batch 1 was published; 2 failed and was left; 3 is being built, 4 is a later one.
    @Test(
        arguments: WarehouseAdapter.allCases,
        [
            (.full, [["1", "a1"]], [["1", "a3"]]),
            (.delta, [["1", "a1"]], [["1", "a1"], ["1", "a2"], ["1", "a3"]]),
            (.upsert(key: ["id"]), [["1", "a1"]], [["1", "a3"]]),
        ] as [(Delivery, [[String?]], [[String?]])])
    func readersSeeUpToTheNewestPublishedBatch(
        _ adapter: WarehouseAdapter, _ expected: (delivery: Delivery, live: [[String?]], build: [[String?]])
    ) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(expected.delivery)
            try await session.prepareBronze(table)
            try await session.prepareBronze([table], asOf: BatchID(3))
            for batch in 1...4 {
                _ = try await session.loadBronze(load([(1, "a\(batch)")], into: table, batch: batch))
                if batch == 1 { try await session.publish(1) }
                #expect(try await session.rows(live) == expected.live)
            }
            #expect(try await session.rows(build) == expected.build)
            try await session.publish(3)
            #expect(try await session.rows(live) == expected.build)
            try await session.publish(4)
            #expect(try await session.rows(build) == expected.build)
            #expect(try await session.rows(live).last == ["1", "a4"])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aBatchWithoutModelsIsPublished(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            #expect(try await session.publish(publication([], batch: 1)) == PublishOutcome(rows: [:]))
            try await session.publish(1)
            let rows = try await session.ledger().rows
            #expect(rows.map(\.step) == [StepID(.publish, "BATCH000001")] && rows[0].rows == 0)
        }
    }

    @Test(
        arguments: WarehouseAdapter.allCases,
        [
            ("u_9_BATCH000001.csv", "u_10_BATCH000001.csv"), ("u_BATCH000001.csv", "u_2_BATCH000001.csv"),
            ("u9-10_BATCH000001.csv", "u10-9_BATCH000001.csv"), ("a_BATCH000001.csv", "b_BATCH000001.csv"),
            ("u_20260301120000_BATCH000001.csv", "u_123456789012345678901_BATCH000001.csv"),
        ])
    func ofOneBatchTheLastFileInNaturalOrderCounts(
        _ adapter: WarehouseAdapter, _ files: (first: String, last: String)
    ) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(.upsert(key: ["id"]))
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(
                load([(1, "old"), (1, "new")], into: table, batch: 1, file: files.last))
            _ = try await session.loadBronze(
                load([(1, "x"), (1, "y"), (1, "z")], into: table, batch: 1, file: files.first))
            try await session.publish(1)
            #expect(try await session.rows(live) == [["1", "new"]])
        }
    }
}
