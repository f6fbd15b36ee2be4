import PulihModel
import PulihTesting
import Testing

/// From dropped files to gold, and what the reading verbs say about it.
@Suite(.everyPlace) struct HappyPathTests {
    @Test func carriesFilesToGold() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        let output = try await shop.must("start", "client1")
        #expect(output.stdout.contains("BATCH000001 of client1: SUCCESS, 3 file(s), 8 rows in bronze"))
        #expect(output.stderr.contains("BATCH000001 of client1: start, 3 files, 8 records"))
        #expect(output.stderr.contains("OK load_bronze shop.orders [3 rows"))

        #expect(try await shop.revenue() == ["1,Ann,30.50,2", "2,Ben,5.25,1", "3,\"Citra, C.\",,0"])
        #expect(try await shop.rows("SELECT * FROM gold_client1.best_customers") == ["Ann,30.50"])
        #expect(try await shop.rows("SELECT name FROM gold_client1.names ORDER BY 1").count == 3)
        #expect(
            try await shop.rows(
                "SELECT id, dwh_batch_id, dwh_source_file, dwh_source_row FROM bronze_client1.shop_customers ORDER BY 1"
            )
                == [
                    "1,BATCH000001,customers_BATCH000001.csv,1", "2,BATCH000001,customers_BATCH000001.csv,2",
                    "3,BATCH000001,customers_BATCH000001.csv,3",
                ])
    }

    @Test func movesEverythingWhereItsFateSays() async throws {
        let shop = try await Shop.loaded()
        #expect(try shop.names(in: "raw/client1/shop/incoming") == [])
        #expect(
            try shop.names(in: "raw/client1/shop/success")
                == ["customers_BATCH000001.csv", "orders_BATCH000001.csv", "prices_BATCH000001.csv"])
        #expect(try shop.names(in: "data/client1/shop/incoming") == [])
        #expect(try shop.names(in: "data/client1/shop/archive").count == 3)
        #expect(
            try shop.files(below: "batch_info")
                == ["batch_info/client1/refreshed/batch_output_client1_BATCH000001.json"])
    }

    @Test func doingItAgainChangesNothing() async throws {
        let shop = try await Shop.loaded()
        let before = try await shop.fingerprint()
        let start = try await shop.must("start", "client1")
        #expect(start.stdout.hasPrefix("client1, nothing to do: no new file in raw/client1/shop/incoming"))
        #expect(try await shop.fingerprint() == before)
        let restart = try await shop.json("restart", "client1")
        let ran = restart["steps"]?.array?.filter { $0["reason"]?.string?.hasPrefix("kept") == false } ?? []
        #expect(ran.compactMap { $0["stage"]?.string } == ["finalize"])
        #expect(try await shop.fingerprint() == before)
        try await shop.must("reprocess", "client1")
        #expect(try await shop.fingerprint() == before)
        #expect(try await shop.json("batches").array?.count == 1)
    }

    @Test func explainsWithoutDoing() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        let explained = try await shop.json("start", "client1", "--explain")
        #expect(explained["files"]?.array?.compactMap { $0["records"]?.int } == [3, 3, 2])
        #expect(try shop.names(in: "raw/client1/shop/incoming").count == 3)
        #expect(try await shop.json("batches") == .array([]))
    }

    @Test func showsTheStoryOfABatch() async throws {
        let shop = try await Shop.loaded()
        let story = try await shop.json("show", "1")
        #expect(story["status"]?.string == "SUCCESS")
        let files = try #require(story["files"]?.array)
        #expect(files.map { $0["original_name"]?.string } == ["customers.csv", "orders.csv", "prices.csv"])
        for file in files {
            #expect(file["records"] == file["loaded"])
            #expect(file["sha256"]?.string?.count == 64)
            #expect(file["load_status"]?.string == "SUCCESS")
        }
        let text = try await shop.must("show").stdout
        #expect(text.contains("Files: read = loaded + quarantined + skipped"))
        #expect(text.contains("shop.orders"))
    }

    @Test func tracesARowToItsRecord() async throws {
        let shop = try await Shop.loaded()
        let traced = try await shop.json("trace", "client1", "gold_client1.dim_customers", "customer_id = 3")
        let row = try #require(traced["rows"]?.array?.first)
        let silver = try #require(row["upstream"]?.array?.first?["rows"]?.array?.first)
        let bronze = try #require(silver["upstream"]?.array?.first?["rows"]?.array)
        #expect(bronze.count == 1)
        let raw = try #require(bronze.first?["raw"])
        #expect(raw["file"]?.string == "customers_BATCH000001.csv")
        #expect(raw["record"]?.int == 3)
        #expect(raw["line"]?.int == 4)
        #expect(raw["text"]?.string == "3,\"Citra, C.\",")
        #expect(raw["note"] == .null)

        let facts = try await shop.must("trace", "client1", "gold.fact_orders", "order_id = 10")
        #expect(
            facts.stdout.contains("sql/gold/fact_orders.sql has no trace: keys, so the way back ends here"))
    }

    @Test func readingVerbsSpeakJSON() async throws {
        let shop = try await Shop.loaded()
        try shop.drop("orders_2.csv", Shop.nextOrders)
        let status = try #require(try await shop.json("status").array?.first)
        #expect(status["newest_batch"]?.string == "BATCH000001")
        #expect(status["newest_status"]?.string == "SUCCESS")
        #expect(status["files_waiting"]?.int == 1)
        #expect(status["next"]?.string == "pulih start client1")
        #expect(status["running"] == .null)

        let batches = try #require(try await shop.json("batches", "--client", "client1").array)
        #expect(batches.map { $0["batch_id"]?.string } == ["BATCH000001"])
        #expect(batches.first?["mode"]?.string == "start")

        let findings = try #require(try await shop.json("doctor").array)
        #expect(findings.allSatisfy { $0["verdict"]?.string == "ok" }, "\(findings)")
        let subjects = Set(findings.compactMap { $0["subject"]?.string })
        #expect(subjects.isSuperset(of: ["configuration", "models", "catalog", "disk"]))
    }

    @Test func auditTellsEveryStepInTheFile() async throws {
        let shop = try await Shop.loaded()
        let file = try #require(try shop.files(below: "audit").first)
        let events = try shop.read(file).split(separator: "\n").map { try JSONValue.parse(Array($0.utf8)) }
        let processes = events.compactMap { $0["process_name"]?.string }
        #expect(processes.first == "claim")
        #expect(processes.last == "batch")
        #expect(processes.filter { $0 == "load_bronze" }.count == 3)
        #expect(Set(events.compactMap { $0["id"]?.string }).count == events.count)
    }
}
