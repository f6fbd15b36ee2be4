import PulihModel
import Testing

@Suite("Histories in every warehouse", .serialized)
struct WarehouseHistoryTests {
    static let batches = [
        HistoryBatch([(1, "a"), (2, "b"), (3, nil)], at: 10),
        // One as it was, one changed, one from NULL to a value, one new.
        HistoryBatch([(1, "a"), (2, "c"), (3, "d"), (4, "x")], at: 20),
        // One as before the change, one back to NULL, one gone.
        HistoryBatch([(1, "a"), (2, "b"), (3, nil)], at: 30),
        // What was gone is there again.
        HistoryBatch([(1, "a"), (2, "b"), (3, nil), (4, "x")], at: 40),
    ]
    static let expected = [
        "1 a 10- *", "2 b 10-20", "2 c 20-30", "2 b 30- *", "3 NULL 10-20", "3 d 20-30", "3 NULL 30- *",
        "4 x 20-30", "4 x 40- *",
    ]

    @Test(arguments: WarehouseAdapter.allCases)
    func versionsAreClosedAndOpened(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            for (number, batch) in zip(1..., Self.batches) {
                let build = batch.model(number)
                #expect(try await session.build(build).warnings.isEmpty)
                let outcome = try await session.publish(publication([build], batch: number))
                #expect(outcome.rows == [build.model.table: batch.rows.count])
            }
            #expect(try await session.versions() == Self.expected)
            #expect(ExpectedHistory(Self.batches).versions == Self.expected)
            let table = try #require(try await session.tables().first)
            #expect(table.columns.map(\.name) == ["k", "v", "valid_from", "valid_to", "is_current"])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func batchesAgainAreBatchesOnce(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            for (number, batch) in zip(1..., Self.batches) {
                try await session.buildAndPublish([batch.model(number)], batch: number)
            }
            let table = LayerTable(.silver, "h").live(client)
            let before = try await session.fingerprint(table, leavingOut: [])
            for restart in 1...Self.batches.count {
                for (number, batch) in zip(1..., Self.batches).dropFirst(restart - 1) {
                    for _ in 1...2 {
                        try await session.buildAndPublish([batch.model(number)], batch: number)
                        let sofar = ExpectedHistory(Array(Self.batches.prefix(number))).versions
                        #expect(try await session.versions() == sofar)
                    }
                }
                #expect(try await session.fingerprint(table, leavingOut: []) == before)
            }
            // A batch that comes late, corrected, takes back the later ones: they will be replayed on it.
            let late = HistoryBatch([(2, "z"), (5, "y")], at: 20)
            try await session.buildAndPublish([late.model(2)], batch: 2)
            #expect(
                try await session.versions() == [
                    "1 a 10-20", "2 b 10-20", "2 z 20- *", "3 NULL 10-20", "5 y 20- *",
                ])
        }
    }

    /// Batches at equal times, earlier times, without a change, empty; run again from anywhere, corrected or not.
    @Test(arguments: WarehouseAdapter.allCases, 1...8)
    func anyBatchesInAnyRepetitionAreEachOnceInOrder(_ adapter: WarehouseAdapter, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let deletes: DeletePolicy = seed % 3 == 0 ? .ignore : .close
        func batch() -> HistoryBatch {
            let keys = (1...4).filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
            return HistoryBatch(
                keys.map { ($0, ["a", "b", nil].randomElement(using: &random)!) },
                at: Int.random(in: 0...6, using: &random))
        }
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            var batches = (1...5).map { _ in batch() }
            for restart in [1, 4, 2, 5, 1] {
                if Bool.random(using: &random) { batches[restart - 1] = batch() }
                for number in restart...batches.count {
                    let build = batches[number - 1].model(number, deletes: deletes)
                    _ = try await session.build(build)
                    let expected = ExpectedHistory(Array(batches.prefix(number)), deletes: deletes).versions
                    #expect(
                        try await session.versions(schema: "build_silver_client1") == expected, "seed \(seed)"
                    )
                    _ = try await session.publish(publication([build], batch: number))
                    #expect(try await session.versions() == expected, "seed \(seed)")
                }
            }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aTimeThatIsNotLaterIsTold(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([HistoryBatch([(1, "a")], at: 50).model(1)], batch: 1)
            for (number, time) in [(2, 50), (3, 20)] {
                let build = HistoryBatch([(1, "b\(number)")], at: time).model(number)
                let warnings = try await session.build(build).warnings
                #expect(warnings.count == 1)
                let expected =
                    "the time of \(BatchID(number)), \(SQLText.timestamp(noon + Int64(time))), is not after"
                    + " the newest in silver.h: its versions begin at"
                    + " \(SQLText.timestamp(noon + 49 + Int64(number)));"
                #expect(warnings.first?.hasPrefix(expected) == true, "\(warnings)")
                _ = try await session.publish(publication([build], batch: number))
            }
            #expect(try await session.versions() == ["1 a 50-51", "1 b2 51-52", "1 b3 52- *"])
        }
    }

    /// A batch that changed nothing may have a later time than the next, which is not told: no time of it is in the
    /// table.
    @Test(arguments: WarehouseAdapter.allCases)
    func aBatchThatChangedNothingLeavesNoTime(_ adapter: WarehouseAdapter) async throws {
        let batches = [
            HistoryBatch([(1, "a"), (2, "b")], at: 10), HistoryBatch([(1, "a"), (2, "b")], at: 50),
            HistoryBatch([(1, "c")], at: 30),
        ]
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            for number in [1, 2, 3, 2, 3, 1, 2, 3] {
                let build = batches[number - 1].model(number)
                #expect(try await session.build(build).warnings.isEmpty)
                _ = try await session.publish(publication([build], batch: number))
                let expected = ["1 a 10- *", "2 b 10- *"]
                #expect(
                    try await session.versions()
                        == (number < 3 ? expected : ["1 a 10-30", "1 c 30- *", "2 b 10-30"]))
            }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func keysThatAreGoneMayStayOpen(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            for (number, batch) in zip(1..., Self.batches) {
                try await session.buildAndPublish([batch.model(number, deletes: .ignore)], batch: number)
            }
            #expect(
                try await session.versions()
                    == Self.expected.filter { !$0.hasPrefix("4") } + ["4 x 20- *"])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func everyRowNeedsAKeyOfItsOwn(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let twice = try await failure(.data) {
                _ = try await session.build(HistoryBatch([(1, "a"), (1, "b")], at: 10).model(1))
            }
            #expect(
                twice.summary
                    == "unable to build silver.h: the SELECT has rows with the same k: 1 key: k = 1, rows = 2"
            )
            let without = try await failure(.data) {
                _ = try await session.build(
                    history("SELECT CAST(NULL AS INTEGER) AS k, 2 AS v", batch: 1, at: 10))
            }
            #expect(
                without.summary.hasPrefix(
                    "unable to build silver.h: the SELECT has rows without a value in k: 1 row: k = NULL, v = 2"
                ))
            #expect(try await session.ledger().builds.isEmpty)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func otherModelsAndItselfReadTheVersions(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        // Counts the versions that stood there before, and tenfold the current ones: always the same, however often
        // the batch is run.
        func next(_ batch: Int) -> ModelBuild {
            history(
                """
                SELECT 1 AS k, CAST(sum(CASE WHEN is_current THEN 11 ELSE 1 END) AS INTEGER) AS v
                FROM "silver_client1"."h"
                """, batch: batch, at: batch * 10)
        }
        func total(_ batch: Int) -> ModelBuild {
            model(
                "total",
                """
                SELECT count(*) AS n, sum(CASE WHEN is_current THEN v END) AS v FROM build_silver_client1.h
                """, batch: batch)
        }
        try await bench.session { session in
            let first = history("SELECT 1 AS k, CAST(0 AS INTEGER) AS v", batch: 1, at: 10)
            try await session.buildAndPublish([first, total(1)], batch: 1)
            for batch in [2, 3, 3, 2, 3, 3] {
                try await session.buildAndPublish([next(batch), total(batch)], batch: batch)
                #expect(
                    try await session.rows("SELECT n, v FROM silver_client1.total")
                        == [[String(batch), String(batch + 9)]])
            }
            #expect(try await session.versions() == ["1 0 10-20", "1 11 20-30", "1 12 30- *"])
        }
    }

    /// Tests look at the present state; those in SQL see the table, with every version.
    @Test(arguments: WarehouseAdapter.allCases)
    func testsLookAtThePresentState(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        let tests = [
            test(.unique(["k"]), named: "one each"), test(.notNull(["v"]), named: "values", .warn),
            test(.rowCount(min: nil, max: 1), named: "few"),
            test(
                .sql(""), named: "closed", .warn,
                sql: "SELECT k, v FROM build_silver_client1.h WHERE NOT is_current"),
        ]
        try await bench.session { session in
            for (batch, value) in [(1, "NULL"), (2, "'b'")] {
                let sql = "SELECT 1 AS k, CAST(\(value) AS VARCHAR) AS v"
                let build = history(sql, batch: batch, at: batch, tests: tests)
                let warnings = try await session.build(build).warnings
                #expect(warnings.count == 1)
                let found = batch == 1 ? "test values of silver.h fails" : "test closed of silver.h fails"
                #expect(warnings.first?.hasPrefix(found) == true, "\(warnings)")
                _ = try await session.publish(publication([build], batch: batch))
            }
        }
    }
}
