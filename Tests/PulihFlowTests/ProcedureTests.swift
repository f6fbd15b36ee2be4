import PulihModel
import PulihTesting
import Testing

/// Stored procedures in place of models, through the program and on a real server.
@Suite(.onServer) struct ProcedureTests {
    private static let all = [
        "load_customers_v1", "load_dim_cities_v1", "load_dim_customers_v1", "load_fact_orders_v1",
        "refresh_best",
        "refresh_names", "refresh_revenue",
    ]

    @Test func aBatchIsCarriedByProcedures() async throws {
        let shop = try await ProcedureShop.loaded()
        #expect(
            try await shop.procedures() == Dictionary(uniqueKeysWithValues: Self.all.map { ($0, "SUCCESS") }))
        #expect(
            try await shop.rows("SELECT customer_key, amount FROM gold_client1.revenue ORDER BY 1") == [
                "1,30.50", "2,5.25",
            ])
        #expect(try await shop.notes("BATCH000001") == Self.all)
        let step = try #require(try await shop.step("tools.load_dim_customers_v1"))
        #expect(step["stage"]?.string == "integrate")
        #expect(step["details"]?["notices"]?.array?.last?.string == "NOTICE: wrote dim_customers")
        let path = try #require(
            try shop.files(below: "batch_info").first { $0.hasSuffix("BATCH000001.json") })
        #expect(path.contains("/refreshed/"))
        let manifest = try JSONValue.parse(Array(try shop.read(path).utf8))
        #expect(manifest["transformation_procedure"] == ["tools.load_customers_v1"])
        #expect(manifest["integration_procedure"]?.array?.count == 3)
        #expect(
            manifest["refresh_procedure"] == [
                "tools.refresh_revenue", "tools.refresh_best", "tools.refresh_names",
            ])
        // Nothing to do again.
        try await shop.must("restart", "client1")
        #expect(try await shop.procedures().values.allSatisfy { $0 == "KEPT" })
        #expect(try await shop.notes("BATCH000001") == Self.all)
    }

    @Test func theNextBatchIsCarriedToo() async throws {
        let shop = try await ProcedureShop.loaded()
        try shop.dropNextTwo()
        try await shop.must("start", "client1")
        #expect(try await shop.rows("SELECT count(*) FROM gold_client1.fact_orders") == ["5"])
        #expect(
            try await shop.rows("SELECT city FROM gold_client1.dim_cities ORDER BY 1") == [
                "Bogor", "Malang", "Solo",
            ])
    }

    /// A failure, its cure, and the same end as without it.
    @Test(arguments: [
        ("is_success := false; error_message := 'Citra has no city'; RETURN;", "Citra has no city"),
        ("RAISE EXCEPTION 'broken';", "broken (SQLSTATE P0001)"),
        ("PERFORM nothing FROM nowhere;", "relation \"nowhere\" does not exist (SQLSTATE 42P01)"),
        ("COMMIT;", "use publish: step"),
        ("PERFORM pg_sleep(60);", "it took longer than its timeout of 1 s"),
    ])
    func aFailedDimensionLeavesThePublishedStateAndTheFactIsSkipped(
        _ statements: String, _ message: String
    ) async throws {
        let good = try await ProcedureShop.loaded()
        try good.dropNextTwo()
        try await good.must("start", "client1")

        let shop = try await ProcedureShop.loaded()
        let before = try await shop.fingerprint(.silver, .gold)
        try shop.edit(
            "pulih.yml", "{type: dimension, needs: [load_customers_v1]}\n    - load_dim_cities",
            "{type: dimension, needs: [load_customers_v1], timeout: 1s}\n    - load_dim_cities")
        try await shop.spoil("load_dim_customers_v1", "RAISE NOTICE 'on it'; \(statements)")
        try shop.dropNextTwo()
        let run = try await shop.must("start", "client1", exit: 1)
        #expect(run.stdout.contains(message), "\(run.everything)")
        #expect(
            try await shop.procedures("2") == [
                "load_customers_v1": "SKIPPED: rolled back: load_dim_customers_v1 failed",
                "load_dim_customers_v1": "FAILED",
                "load_dim_cities_v1": "SKIPPED: rolled back: load_dim_customers_v1 failed",
                "load_fact_orders_v1": "SKIPPED: load_dim_customers_v1 failed",
                "refresh_revenue": "SKIPPED: integrate tools.load_dim_customers_v1 failed",
                "refresh_best": "SKIPPED: integrate tools.load_dim_customers_v1 failed",
                "refresh_names": "SKIPPED: integrate tools.load_dim_customers_v1 failed",
            ])
        // Readers see the batch before; the procedures' own log is rolled back, Pulih's record is not.
        #expect(try await shop.fingerprint(.silver, .gold) == before)
        #expect(try await shop.notes("BATCH000002").isEmpty)
        let step = try #require(try await shop.step("tools.load_dim_customers_v1", "2"))
        #expect(step["error"]?["summary"]?.string?.contains(message) == true)
        #expect(step["details"]?["notices"]?.array?.contains("NOTICE: on it") == true)
        let audit = try shop.files(below: "audit").map { try shop.read($0) }.joined()
        #expect(audit.contains("integrate\",\"status\":\"FAILED"))

        try await shop.mend("load_dim_customers_v1")
        try await shop.must("restart", "client1")
        #expect(try await shop.procedures("2").values.allSatisfy { $0 == "SUCCESS" })
        #expect(try await shop.fingerprint(.silver, .gold) == good.fingerprint(.silver, .gold))
        #expect(try await shop.notes("BATCH000002") == Self.all)
    }

    @Test func everythingThatIsWrongIsToldAtOnce() async throws {
        let shop = try await ProcedureShop.make()
        try await shop.spoil("load_dim_customers_v1", "RAISE EXCEPTION 'one';")
        try await shop.spoil("load_dim_cities_v1", "RAISE EXCEPTION 'two';")
        try await shop.must("start", "client1", exit: 1)
        let tried = try await shop.procedures()
        #expect(tried["load_dim_customers_v1"] == "FAILED" && tried["load_dim_cities_v1"] == "FAILED")
        try await shop.must("restart", "client1", "--fail-fast", exit: 1)
        let stopped = try await shop.procedures()
        #expect(
            stopped["load_dim_cities_v1"]
                == "SKIPPED: load_dim_customers_v1 failed, and --fail-fast stops there")
    }

    @Test func aWarningMakesTheBatchAWarning() async throws {
        let shop = try await ProcedureShop.make()
        try await shop.spoil("load_customers_v1", "RAISE WARNING 'few customers';")
        let run = try await shop.must("start", "client1")
        #expect(run.stdout.contains("WARNING"))
        #expect(try await shop.must("show").stdout.contains("WARNING: few customers"))
    }

    @Test func proceduresReadWhatModelsMakeAndArePublishedWithThem() async throws {
        let shop = try await ProcedureShop.loaded()
        try shop.write(
            "sql/gold/cities.sql",
            "SELECT city, count(*) AS customers FROM {{ bronze }}.shop_customers_current GROUP BY city")
        try await shop.spoil(
            "load_dim_cities_v1",
            "IF (SELECT max(customers) FROM gold_client1.cities) < 2 THEN RAISE EXCEPTION 'no city has two'; END IF;"
        )
        try shop.dropNextTwo()
        try await shop.must("start", "client1", exit: 1)
        #expect(try await shop.step("tools.load_dim_cities_v1", "2")?["status"] == "FAILED")
        #expect(try await shop.sql("SELECT to_regclass('gold_client1.cities') IS NULL") == "t")
        try await shop.mend("load_dim_cities_v1")
        try await shop.must("restart", "client1")
        // Built before, and kept.
        #expect(try await shop.step("gold.cities", "2")?["reason"]?.string?.hasPrefix("kept") == true)
        #expect(try await shop.rows("SELECT count(*) FROM gold_client1.cities") == ["3"])
    }

    // MARK: publish: step

    @Test func afterAFailedRefreshOnlyItAndWhatNeedsItRunAgain() async throws {
        let shop = try await ProcedureShop.make()
        try await shop.spoil("refresh_revenue", "RAISE EXCEPTION 'not now';")
        try await shop.must("start", "client1", exit: 1)
        let first = try await shop.procedures()
        #expect(first["refresh_revenue"] == "FAILED")
        #expect(first["refresh_best"] == "SKIPPED: refresh_revenue failed")
        #expect(first["refresh_names"] == "SUCCESS")
        // The batch is published all the same.
        #expect(try await shop.rows("SELECT count(*) FROM gold_client1.fact_orders") == ["3"])

        try await shop.mend("refresh_revenue")
        try await shop.must("restart", "client1")
        let second = try await shop.procedures()
        #expect(second.filter { $0.value == "SUCCESS" }.keys.sorted() == ["refresh_best", "refresh_revenue"])
        #expect(second.filter { $0.value == "KEPT" }.count == 5)
        #expect(try await shop.rows("SELECT amount FROM gold_client1.best") == ["30.50"])
        #expect(try await shop.notes("BATCH000001") == Self.all)
    }

    // MARK: killed

    @Test(arguments: [
        "procedure.before_call=kill:1", "procedure.before_call=kill:4", "publish.before_commit=kill",
        "publish.after_commit=kill", "procedure.before_call=kill:5", "procedure.before_ledger=kill:1",
        "procedure.before_ledger=kill:3",
    ])
    func aKilledRunIsFinishedByRestart(_ failpoint: String) async throws {
        let good = try await ProcedureShop.loaded()
        try good.dropNextTwo()
        try await good.must("start", "client1")

        let shop = try await ProcedureShop.loaded()
        let before = try await shop.fingerprint(.silver, .gold)
        try shop.dropNextTwo()
        let killed = try await shop.run("start", "client1", failpoints: failpoint)
        try #require(killed.signal == 9, "\(killed.everything)")
        if !["publish.after", "call=kill:5", "ledger"].contains(where: failpoint.contains) {
            #expect(try await shop.fingerprint(.silver, .gold) == before)
        }
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint(.silver, .gold) == good.fingerprint(.silver, .gold))
        #expect(try await shop.procedures("2").values.allSatisfy { $0 == "SUCCESS" || $0 == "KEPT" })
    }

    // MARK: before the run

    @Test func aWrongSignatureIsToldBeforeAnythingRuns() async throws {
        let shop = try await ProcedureShop.make()
        try await shop.sql("ALTER PROCEDURE tools.load_fact_orders_v1 RENAME TO load_fact_order_v1")
        try await shop.sql(
            "CREATE PROCEDURE tools.load_fact_orders_v1(c text) LANGUAGE plpgsql AS 'BEGIN END'")
        // The file is what was deployed, the warehouse is not: apply would mend it. Without the file it is on its own.
        let overtaken = try await shop.must("start", "client1", exit: 3)
        #expect(
            overtaken.stderr.contains(
                "tools.load_fact_orders_v1 was changed or dropped in the warehouse since"))
        try shop.move("sql/procedures/load_fact_orders_v1.sql", to: "load_fact_orders_v1.sql")
        let run = try await shop.must("start", "client1", exit: 3)
        #expect(
            run.stderr.contains(
                "pulih.yml:11: tools.load_fact_orders_v1 cannot be called: found is procedure"
                    + " tools.load_fact_orders_v1(IN c text); wanted is procedure"), "\(run.everything)")
        #expect(try await shop.must("apply", "--yes", exit: 3).stderr.contains("cannot be called"))
        #expect(try await shop.must("doctor", exit: 3).stdout.contains("cannot be called"))
        #expect(try shop.names(in: "raw/client1/shop/incoming").count == 2)
        #expect(try await shop.json("batches") == .array([]))
    }

    @Test func applyDeploysWhatChanged() async throws {
        let shop = try await ProcedureShop.make()
        #expect(try await shop.must("apply", "--check").stdout.contains("nothing to apply"))
        try shop.edit("sql/procedures/refresh_names.sql", "wrote names", "wrote all names")
        let check = try await shop.must("apply", "--check", exit: 3)
        #expect(check.stdout == "~ sql/procedures/refresh_names.sql\n")
        #expect(
            try await shop.must("start", "client1", exit: 3).stderr.contains(
                "sql/procedures differs from what was deployed:\n  ~ sql/procedures/refresh_names.sql"))
        #expect(try await shop.must("apply", "--yes").stdout.contains("applied 1 change"))
        try shop.write("sql/procedures/odd.sql", "-- one\nCREATE FUNCTION tools.odd();\n")
        #expect(
            try await shop.must("apply", "--yes", exit: 3).stderr.contains(
                "sql/procedures/odd.sql:2: "))
        try shop.move("sql/procedures/odd.sql", to: "odd.sql")
        try shop.move("sql/procedures/refresh_names.sql", to: "refresh_names.sql")
        #expect(
            try await shop.must("apply", "--yes").stdout.contains(
                "- sql/procedures/refresh_names.sql: what it made stays in the warehouse"))
        #expect(try await shop.must("apply", "--check").stdout.contains("nothing to apply"))
        try await shop.must("start", "client1")
    }

    @Test func theCatalogTellsThemToo() async throws {
        let shop = try await ProcedureShop.loaded()
        guard shop.place == .postgresql else { return }
        #expect(
            try await shop.sql(
                "SELECT string_agg(model_name, ' ' ORDER BY model_name) FROM tools.integration_log")
                == "tools.load_dim_cities_v1 tools.load_dim_customers_v1 tools.load_fact_orders_v1")
        #expect(try await shop.sql("SELECT count(*) FROM tools.integration_dependencies") == "2")
    }
}

extension TestWorkspace {
    fileprivate func dropNextTwo() throws {
        try drop("customers.csv", Shop.nextCustomers)
        try drop("orders.csv", Shop.nextOrders)
    }
}
