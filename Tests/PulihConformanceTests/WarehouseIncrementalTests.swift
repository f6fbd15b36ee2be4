import PulihModel
import Testing

@Suite("Incremental models in every warehouse", .serialized)
struct WarehouseIncrementalTests {
    /// Rows (k, v) of a delta.
    static func delta(
        _ rows: [(Int, Int)], batch: Int, onSchemaChange: SchemaChangePolicy = .fail, postHooks: [String] = []
    ) -> ModelBuild {
        let values = rows.map { "(\($0.0), \($0.1))" }.joined(separator: ", ")
        return model(
            "inc", "SELECT * FROM (VALUES \(values)) AS r(k, v)", .incremental, key: ["k"],
            onSchemaChange: onSchemaChange, batch: batch, postHooks: postHooks)
    }

    static let live = "SELECT k, v FROM silver_client1.inc ORDER BY k"

    @Test(arguments: WarehouseAdapter.allCases)
    func mergingABatchAgainIsMergingItOnce(_ adapter: WarehouseAdapter) async throws {
        let batches: [[(Int, Int)]] = [
            [(1, 1), (2, 1), (3, 1)], [(2, 2), (4, 2)], [(2, 3), (3, 3), (5, 3)],
        ]
        let expected: [[String?]] = [["1", "1"], ["2", "3"], ["3", "3"], ["4", "2"], ["5", "3"]]
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            for (number, rows) in zip(1..., batches) {
                try await session.buildAndPublish([Self.delta(rows, batch: number)], batch: number)
            }
            #expect(try await session.rows(Self.live) == expected)
            for restart in 1...3 {
                // Batch `restart` once more, then those after it.
                for (number, rows) in zip(1..., batches).dropFirst(restart - 1) {
                    try await session.buildAndPublish([Self.delta(rows, batch: number)], batch: number)
                }
                #expect(try await session.rows(Self.live) == expected)
            }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func anEarlierBatchTakesBackItselfAndTheLaterOnes(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([Self.delta([(1, 1), (2, 1)], batch: 1)], batch: 1)
            try await session.buildAndPublish([Self.delta([(1, 2), (3, 2)], batch: 2)], batch: 2)
            try await session.buildAndPublish([Self.delta([(1, 3), (3, 3), (4, 3)], batch: 3)], batch: 3)
            // Batch 2 again, corrected: it touches other keys than before.
            try await session.buildAndPublish([Self.delta([(2, 20)], batch: 2)], batch: 2)
            #expect(try await session.rows(Self.live) == [["1", "1"], ["2", "20"]])
            // The first batch again: as on an empty table.
            try await session.buildAndPublish([Self.delta([(7, 7)], batch: 1)], batch: 1)
            #expect(try await session.rows(Self.live) == [["7", "7"]])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aSelectThatReadsItsOwnTableSeesItAsItWasBefore(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            func next(_ batch: Int) -> ModelBuild {
                model(
                    "inc", #"SELECT max(k) + 1 AS k, count(*) AS v FROM "silver_client1"."inc""#,
                    .incremental, key: ["k"],
                    batch: batch, postHooks: ["CREATE INDEX IF NOT EXISTS by_k ON silver_client1.inc (k)"])
            }
            let first = model(
                "inc", "SELECT 1::INTEGER AS k, 0::BIGINT AS v", .incremental, key: ["k"], batch: 1,
                postHooks: ["CREATE INDEX by_k ON silver_client1.inc (k)"])
            try await session.buildAndPublish([first], batch: 1)
            for batch in [2, 3, 3, 2, 3, 3] { try await session.buildAndPublish([next(batch)], batch: batch) }
            #expect(try await session.rows(Self.live) == [["1", "0"], ["2", "1"], ["3", "2"]])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func everyRowOfADeltaNeedsAKeyOfItsOwn(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let twice = try await failure(.data) {
                _ = try await session.build(Self.delta([(1, 1), (1, 2)], batch: 1))
            }
            #expect(
                twice.summary
                    == "unable to build silver.inc: the delta has rows with the same k: 1 key: k = 1, rows = 2"
            )
            let without = try await failure(.data) {
                _ = try await session.build(
                    model("inc", "SELECT NULL::INTEGER AS k, 2 AS v", .incremental, key: ["k"]))
            }
            #expect(
                without.summary
                    == "unable to build silver.inc: the delta has rows without a value in k: 1 row: k = NULL, v = 2"
            )
            #expect(try await session.ledger().builds.isEmpty)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func changedColumnsFollowThePolicy(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        func wide(_ policy: SchemaChangePolicy, batch: Int) -> ModelBuild {
            model(
                "inc", "SELECT 2 AS k, 'x' AS w", .incremental, key: ["k"], onSchemaChange: policy,
                batch: batch)
        }
        try await bench.session { session in
            try await session.buildAndPublish([Self.delta([(1, 1), (2, 1)], batch: 1)], batch: 1)
            let refused = try await failure(.configuration) {
                _ = try await session.build(wide(.fail, batch: 2))
            }
            #expect(
                refused.summary == "unable to merge silver.inc: its columns changed: w is new; v is missing")
            try await session.buildAndPublish([wide(.ignore, batch: 2)], batch: 2)
            #expect(
                try await session.rows("SELECT * FROM silver_client1.inc ORDER BY k") == [
                    ["1", "1"], ["2", nil],
                ])
            for _ in 1...2 {
                try await session.buildAndPublish([wide(.append, batch: 2)], batch: 2)
                #expect(
                    try await session.rows("SELECT * FROM silver_client1.inc ORDER BY k")
                        == [["1", "1", nil], ["2", nil, "x"]])
            }
            let retyped = model(
                "inc", "SELECT 3::BIGINT AS k, 1 AS v", .incremental, key: ["k"],
                onSchemaChange: .append, batch: 3)
            let error = try await failure(.configuration) { _ = try await session.build(retyped) }
            #expect(error.summary.hasSuffix("its columns changed: k is BIGINT, the live table has INTEGER"))
        }
    }

    /// A model that reads an incremental one sees the merged table, not the delta, also when a batch is built again.
    @Test(arguments: WarehouseAdapter.allCases)
    func otherModelsReadTheMergedTable(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        func total(batch: Int) -> ModelBuild {
            model("total", "SELECT sum(v) AS v, count(*) AS n FROM build_silver_client1.inc", batch: batch)
        }
        let total2 = "SELECT v, n FROM silver_client1.total"
        try await bench.session { session in
            try await session.buildAndPublish(
                [Self.delta([(1, 1), (2, 1)], batch: 1), total(batch: 1)], batch: 1)
            for _ in 1...2 {
                try await session.buildAndPublish(
                    [Self.delta([(2, 5), (3, 7)], batch: 2), total(batch: 2)], batch: 2)
                #expect(try await session.rows(total2) == [["13", "3"]])
            }
            try await session.buildAndPublish([Self.delta([(1, 4)], batch: 1), total(batch: 1)], batch: 1)
            #expect(try await session.rows(total2) == [["4", "1"]])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aTableThatBecomesIncrementalKeepsItsRows(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([model("inc", "SELECT 1 AS k, 1 AS v")], batch: 1)
            try await session.buildAndPublish([Self.delta([(2, 2)], batch: 2)], batch: 2)
            try await session.buildAndPublish([Self.delta([(1, 3)], batch: 2)], batch: 2)
            #expect(try await session.rows(Self.live) == [["1", "3"]])
        }
    }
}
