import PulihModel
import Testing

@Suite("Models in every warehouse", .serialized)
struct WarehouseModelTests {
    @Test(arguments: WarehouseAdapter.allCases)
    func aBuildIsInvisibleUntilItIsPublished(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let base = model("base", "SELECT 1 AS x, 'a' AS y")
            let top = model(
                "top", "SELECT x + 1 AS z FROM build_silver_client1.base", layer: .gold,
                liveSQL: "SELECT x + 1 AS z FROM silver_client1.base")
            let view = model(
                "seen", "SELECT z FROM build_gold_client1.top", layer: .gold, .view,
                liveSQL: "SELECT z FROM gold_client1.top")
            for model in [base, top, view] { #expect(try await session.build(model).rows == 1) }
            #expect(try await session.tables().isEmpty)
            let ledger = try await session.ledger()
            #expect(ledger.builds.map(\.table.description) == ["gold.seen", "gold.top", "silver.base"])
            #expect(ledger.row(BatchID(1), StepID(.integrate, "gold.top"))?.rows == 1)

            let outcome = try await session.publish(publication([base, top, view], batch: 1))
            #expect(outcome.rows == [base.model.table: 1, top.model.table: 1, view.model.table: 1])
            #expect(try await session.column("SELECT z FROM gold_client1.seen") == ["2"])
            let after = try await session.ledger()
            #expect(after.builds.isEmpty)
            #expect(after.row(BatchID(1), StepID(.publish, "silver.base"))?.rows == 1)
            #expect(after.row(BatchID(1), StepID(.publish, "BATCH000001"))?.rows == 3)
            _ = try await failure(.sql) {
                _ = try await session.rows("SELECT * FROM build_silver_client1.base")
            }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func viewsOfReadersSurvivePublishing(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1)
            try await session.runHook(["CREATE VIEW gold_client1.mine AS SELECT x FROM silver_client1.t"])
            try await session.buildAndPublish([model("t", "SELECT 2 AS x, 'new' AS y", batch: 2)], batch: 2)
            #expect(try await session.column("SELECT x FROM gold_client1.mine") == ["2"])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aModelMayChangeItsKind(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let kinds: [Materialization] = [.table, .view, .incremental, .view, .table, .incremental, .table]
            for (batch, kind) in zip(1..., kinds) {
                let build = model("t", "SELECT 1 AS k, \(batch) AS x", kind, key: ["k"], batch: batch)
                try await session.buildAndPublish([build], batch: batch)
                #expect(try await session.column("SELECT x FROM silver_client1.t") == [String(batch)])
                #expect(try await session.tables().map(\.isView) == [kind == .view])
            }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aRebuildReplacesTheFormerBuild(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            _ = try await session.build(model("t", "SELECT 1 AS x", .view))
            _ = try await session.build(model("t", "SELECT 2 AS x"))
            var again = model("t", "SELECT 3 AS x UNION ALL SELECT 4")
            again.entry.attempt = 2
            _ = try await session.build(again)
            #expect(
                try await session.column("SELECT x FROM build_silver_client1.t ORDER BY x") == ["3", "4"])
            let ledger = try await session.ledger()
            #expect(ledger.rows.map(\.attempt) == [2] && ledger.builds.count == 1)
            // Something that was built otherwise is not published by mistake.
            var other = again
            other.entry.fingerprint = "other"
            _ = try await failure(.bug) { _ = try await session.publish(publication([other], batch: 1)) }
            try await session.dropBuilds()
            #expect(try await session.ledger().builds.isEmpty)
            _ = try await failure(.bug) { _ = try await session.publish(publication([again], batch: 1)) }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func wrongSQLNamesFileAndLine(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            for kind in [Materialization.table, .view] {
                let error = try await failure(.sql) {
                    _ = try await session.build(
                        model("t", "SELECT 1 AS x,\n  nonsense\nFROM (SELECT 2 AS y);", kind))
                }
                #expect(error.summary.hasPrefix("unable to build silver.t: "))
                #expect(error.summary.contains("nonsense"))
                #expect(error.summary.hasSuffix("(sql/silver/t.sql:6)"))
                #expect(error.leftBehind == "nothing was built")
            }
            let hook = try await failure(.sql) {
                _ = try await session.build(
                    model("t", "SELECT 1 AS x", preHooks: ["SELECT 1", "DROP TABLE missing"]))
            }
            #expect(hook.summary.hasPrefix("unable to run pre_hook 2 of silver.t: "))
            #expect(try await session.ledger() == LedgerSnapshot())
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func hooksRunInTheTransactionsOfTheirModel(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.runHook(["CREATE TABLE gold_client1.log (what VARCHAR)"])
            let good = model(
                "t", "SELECT 1 AS x", preHooks: ["INSERT INTO gold_client1.log VALUES ('pre')"],
                postHooks: [
                    "UPDATE silver_client1.t SET x = 5", "INSERT INTO gold_client1.log VALUES ('post')",
                ])
            try await session.buildAndPublish([good], batch: 1)
            #expect(try await session.column("SELECT x FROM silver_client1.t") == ["5"])

            let bad = model(
                "t", "SELECT 2 AS x", batch: 2,
                postHooks: ["INSERT INTO gold_client1.log VALUES ('bad')", "SELECT * FROM nowhere"])
            _ = try await session.build(bad)
            let error = try await failure(.sql) {
                _ = try await session.publish(publication([bad], batch: 2))
            }
            #expect(error.summary.hasPrefix("unable to run post_hook 2 of silver.t: "))
            #expect(error.leftBehind == "nothing was published")
            #expect(try await session.column("SELECT x FROM silver_client1.t") == ["5"])
            #expect(try await session.column("SELECT what FROM gold_client1.log") == ["pre", "post"])
            let hook = try await failure(.sql) {
                try await session.runHook(["INSERT INTO gold_client1.log VALUES ('run')", "nonsense"])
            }
            #expect(hook.summary.hasPrefix("unable to run a hook: "))
            #expect(try await session.column("SELECT count(*) FROM gold_client1.log") == ["2"])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func refreshReplacesAMaterializedViewAtOnce(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1)
            let check = test(
                .sql(""), named: "positive", sql: "SELECT * FROM build_gold_client1.mv WHERE total < 0")
            func view(_ sql: String, _ batch: Int) -> ModelBuild {
                model("mv", sql, layer: .gold, .materializedView, tests: [check], batch: batch)
            }
            #expect(
                try await session.refresh(view("SELECT sum(x) AS total FROM silver_client1.t", 1))
                    == BuildOutcome(rows: 1, warnings: []))
            #expect(try await session.column("SELECT total FROM gold_client1.mv") == ["1"])
            _ = try await failure(.data) { _ = try await session.refresh(view("SELECT -1 AS total", 2)) }
            #expect(try await session.column("SELECT total FROM gold_client1.mv") == ["1"])
            let ledger = try await session.ledger()
            #expect(ledger.row(BatchID(1), StepID(.refreshMV, "gold.mv"))?.rows == 1)
            #expect(ledger.row(BatchID(2), StepID(.refreshMV, "gold.mv")) == nil && ledger.builds.isEmpty)
        }
    }
}

@Suite("Tests of models in every warehouse", .serialized)
struct WarehouseModelTestTests {
    static let rows =
        "SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (2, NULL), (NULL, 'd'), (NULL, 'x')) AS r(id, word)"

    @Test(
        arguments: WarehouseAdapter.allCases,
        [
            (.notNull(["id"]), "2 rows: id = NULL, word = d | id = NULL, word = x"),
            (.unique(["id"]), "1 key: id = 2, rows = 2"),
            (.unique(["id", "word"]), nil),
            (.accepted(column: "word", values: ["a", "b", "d"]), "1 value: word = x, rows = 1"),
            (.accepted(column: "id", values: ["1", "2"]), nil),
            (
                .relationship(column: "id", to: LayerTable(.silver, "o"), field: "k"),
                "1 value: id = 2, rows = 2"
            ),
            (.sql(""), "1 row: id = 1, word = a"),
        ] as [(ModelTest.Check, String?)])
    func aTestFindsWhatBreaksIt(
        _ adapter: WarehouseAdapter, _ expected: (check: ModelTest.Check, finding: String?)
    ) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([model("o", "SELECT 1 AS k")], batch: 1)
            func build(_ severity: Severity) -> ModelBuild {
                model(
                    "t", Self.rows,
                    tests: [
                        test(
                            expected.check, named: "it", severity,
                            other: LayerTable(.silver, "o").live(client),
                            sql: "SELECT * FROM build_silver_client1.t WHERE id = 1 -- comment")
                    ], batch: 2)
            }
            guard let finding = expected.finding else {
                #expect(try await session.build(build(.fail)).warnings.isEmpty)
                return
            }
            let text = "test it of silver.t fails for \(finding) (sql/m.sql:2)"
            let error = try await failure(.data) { _ = try await session.build(build(.fail)) }
            #expect(error.summary == text)
            #expect(error.leftBehind == "nothing was built")
            #expect(try await session.ledger().builds.isEmpty)
            #expect(try await session.build(build(.warn)).warnings == [text])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func everyFailingTestIsNamed(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let build = model(
                "t", Self.rows,
                tests: [
                    test(.rowCount(min: 6, max: nil), named: "enough"),
                    test(.rowCount(min: 1, max: 4), named: "few"),
                    test(.rowCount(min: 5, max: 5), named: "exact"), test(.notNull(["word"]), named: "words"),
                ])
            let error = try await failure(.data) { _ = try await session.build(build) }
            #expect(
                error.summary == "test enough of silver.t found 5 rows, at least 6 expected (sql/m.sql:2); "
                    + "test few of silver.t found 5 rows, at most 4 expected (sql/m.sql:2); "
                    + "test words of silver.t fails for 1 row: id = 2, word = NULL (sql/m.sql:2)")
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aTestThatCannotRunIsAnErrorOfItsSQL(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let error = try await failure(.sql) {
                _ = try await session.build(
                    model("t", Self.rows, tests: [test(.notNull(["gone"]), named: "it")]))
            }
            #expect(error.summary.hasPrefix("unable to test silver.t (it): "))
        }
    }
}
