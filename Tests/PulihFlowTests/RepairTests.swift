import PulihCrypto
import PulihModel
import PulihTesting
import Testing

/// Mending a batch: another file, corrected records, corrected SQL.
@Suite(.everyPlace) struct RepairTests {
    // MARK: replace

    @Test func replacePutsAnotherFileInPlaceAndKeepsTheOldOne() async throws {
        let shop = try await Shop.make()
        let broken = Shop.customers + "2,Ben again,Solo\n"
        try shop.dropFirst()
        try shop.drop("customers.csv", broken)
        try await shop.must("start", "client1", exit: 4)
        try shop.write("corrected.csv", Shop.customers)

        let done = try await shop.json("replace", "client1", "BATCH000001", "customers.csv", "corrected.csv")
        #expect(done["old_sha256"]?.string == SHA256Digest.of(broken).hex)
        #expect(done["new_sha256"]?.string == SHA256Digest.of(Shop.customers).hex)
        #expect(done["records"] == 3)
        let kept = try #require(done["old_path"]?.string)
        #expect(kept.hasPrefix("raw/client1/shop/failed/customers_BATCH000001.replaced-"))
        #expect(try shop.read(kept) == broken)
        let audit = try shop.read(try #require(try shop.files(below: "audit").first))
        #expect(
            audit.contains(
                "SHA-256 \(SHA256Digest.of(broken).hex) is replaced by \(SHA256Digest.of(Shop.customers).hex)"
            ))

        try await shop.must("restart", "client1")
        #expect(try await shop.revenue().count == 3)
        #expect(try shop.read(kept) == broken)
    }

    @Test func replaceNamesTheFilesThereAre() async throws {
        let shop = try await Shop.loaded()
        try shop.write("corrected.csv", Shop.customers)
        let output = try await shop.must("replace", "client1", "1", "custmers", "corrected.csv", exit: 2)
        #expect(output.stderr.contains("BATCH000001 has no file 'custmers' (did you mean 'customers'?)"))
        #expect(output.stderr.contains("HINT: files: customers_BATCH000001.csv, orders_BATCH000001.csv"))
        let absent = try await shop.must("replace", "client1", "1", "customers", "nowhere.csv", exit: 2)
        #expect(absent.stderr.contains("there is no file nowhere.csv"))
    }

    @Test func aRawFileEditedInPlaceStopsTheRun() async throws {
        let shop = try await Shop.loaded()
        let raw = "raw/client1/shop/success/customers_BATCH000001.csv"
        let edited = Shop.customers.replacing("Solo", with: "Malang")
        try shop.write(raw, edited)
        // The first touch refuses the data, and from then on the client is blocked.
        for (verb, exit) in [("restart", Int32(4)), ("reprocess", 1)] {
            let output = try await shop.must(verb, "client1", exit: exit)
            #expect(
                output.stderr.contains(
                    "\(raw) was changed after it was claimed: SHA-256 \(SHA256Digest.of(Shop.customers).hex) then,"
                        + " \(SHA256Digest.of(edited).hex) now"))
            #expect(
                output.stderr.contains("pulih replace client1 BATCH000001 customers_BATCH000001.csv \(raw)"))
        }
        try await shop.must("replace", "client1", "BATCH000001", "customers_BATCH000001.csv", raw)
        try await shop.must("restart", "client1")
        #expect(try await shop.rows("SELECT city FROM silver_client1.customers WHERE id = 2") == ["Malang"])
    }

    // MARK: quarantine

    private func withTwoBadOrders() async throws -> TestWorkspace {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("orders.csv", Shop.orders + "x13,2,1.00,2026-01-04\n14,2,many,2026-01-05\n")
        try await shop.must("start", "client1")
        return shop
    }

    private func balance(_ shop: TestWorkspace) async throws -> [Int64?] {
        let orders = try #require(try await shop.json("show")["files"]?.array?[1])
        return ["records", "loaded", "quarantined"].map { orders[$0]?.int }
    }

    @Test func correctedRecordsComeBackOneByOne() async throws {
        let shop = try await withTwoBadOrders()
        #expect(try await balance(shop) == [5, 3, 2])
        let listed = try await shop.must("quarantine", "client1").stdout
        #expect(listed.contains("orders_BATCH000001.csv record 4, line 5, byte"))
        #expect(listed.contains("  14,2,many,2026-01-05\n"))
        try await shop.must("quarantine", "export", "client1", "--to", "bad.csv")
        #expect(
            try shop.read("bad.csv").hasPrefix(
                "file,record,line,byte_offset,stage,rule,column,value,reason,raw_text\n"))
        let again = try await shop.must("quarantine", "export", "client1", "--to", "bad.csv", exit: 1)
        #expect(again.stderr.contains("bad.csv is there already"))

        try shop.write("bad.csv", try shop.read("bad.csv").replacing("x13,2", with: "13,2"))
        try await shop.must("quarantine", "release", "client1", "BATCH000001", "bad.csv")
        #expect(try await balance(shop) == [5, 4, 1])
        #expect(try await shop.revenue()[1] == "2,Ben,6.25,2")

        try await shop.must("quarantine", "export", "client1", "--to", "rest.csv")
        try shop.write("rest.csv", try shop.read("rest.csv").replacing("many", with: "2.00"))
        let done = try await shop.must("quarantine", "release", "client1", "BATCH000001", "rest.csv")
        #expect(done.stdout.contains("BATCH000001 of client1: SUCCESS"))
        #expect(try await balance(shop) == [5, 5, 0])
        #expect(try await shop.revenue()[1] == "2,Ben,8.25,3")
        #expect(try await shop.json("quarantine", "client1")["records"] == [])
        #expect(
            try await shop.rows(
                "SELECT dwh_source_row FROM bronze_client1.shop_orders ORDER BY id DESC LIMIT 2")
                == ["5", "4"])
    }

    @Test func releaseSurvivesARunFromTheBeginning() async throws {
        let shop = try await withTwoBadOrders()
        try await shop.must("quarantine", "export", "client1", "--to", "bad.csv")
        try shop.write("bad.csv", try shop.read("bad.csv").replacing("x13,2", with: "13,2"))
        try await shop.must("quarantine", "release", "client1", "BATCH000001", "bad.csv")
        let before = try await shop.fingerprint()
        try await shop.must("reprocess", "client1", "--from", "convert")
        #expect(try await shop.fingerprint() == before)
        #expect(try await balance(shop) == [5, 4, 1])
    }

    @Test func releaseRefusesWhatIsNotInQuarantine() async throws {
        let shop = try await withTwoBadOrders()
        try await shop.must("quarantine", "export", "client1", "--to", "bad.csv")
        let unchanged = try await shop.must("quarantine", "release", "client1", "1", "bad.csv", exit: 4)
        #expect(unchanged.stderr.contains("no record was corrected"))
        try shop.write(
            "other.csv", "file,record,raw_text\norders_BATCH000001.csv,1,\"10,1,1.00,2026-01-01\"\n")
        let other = try await shop.must("quarantine", "release", "client1", "1", "other.csv", exit: 4)
        #expect(other.stderr.contains("record 1 of orders_BATCH000001.csv is not in quarantine"))
        #expect(try await balance(shop) == [5, 3, 2])
    }

    // MARK: models

    private func decisions(_ shop: TestWorkspace) async throws -> [String: String] {
        let steps = try await shop.json("restart", "client1", "--explain")["steps"]?.array ?? []
        return Dictionary(
            uniqueKeysWithValues: steps.map {
                ("\($0["stage"]?.string ?? "") \($0["thing"]?.string ?? "")", $0["decision"]?.string ?? "")
            })
    }

    private let builtFromRevenue: Set<String> = [
        "integrate gold.revenue", "publish BATCH000001", "refresh_mv gold.best_customers",
        "finalize BATCH000001",
    ]

    @Test func aCorrectedModelRunsAloneWithItsDependents() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        let good = try shop.read("sql/gold/revenue.sql")
        try shop.edit("sql/gold/revenue.sql", "sum(f.amount)", "sum(CAST(c.name AS integer))")
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains("FAILED integrate gold.revenue"))
        #expect(output.stdout.contains("left behind: "))
        #expect(output.stderr.contains("SKIPPED refresh_mv gold.best_customers"))

        try shop.write("sql/gold/revenue.sql", good)
        let decisions = try await decisions(shop)
        #expect(Set(decisions.filter { $0.value == "run" }.keys) == builtFromRevenue)
        #expect(decisions["integrate gold.dim_customers"] == "keep")
        try await shop.must("restart", "client1")
        #expect(try await shop.revenue().count == 3)
        let steps = try await shop.json("show")["steps"]?.array ?? []
        let twice = steps.filter { $0["attempt"] == 2 && $0["reason"]?.string?.hasPrefix("ran") == true }
        #expect(
            Set(twice.map { "\($0["stage"]?.string ?? "") \($0["thing"]?.string ?? "")" }) == builtFromRevenue
        )
    }

    @Test func aChangedModelOfAGoodBatchRunsOnRestart() async throws {
        let shop = try await Shop.loaded()
        try shop.edit("sql/gold/revenue.sql", "sum(f.amount) AS amount", "2 * sum(f.amount) AS amount")
        let output = try await shop.must("restart", "client1")
        #expect(output.stderr.contains("took over changed models: integration_config"))
        #expect(try await shop.revenue().first == "1,Ann,61.00,2")
        #expect(try await shop.rows("SELECT name, amount FROM gold_client1.best_customers") == ["Ann,61.00"])
        #expect(Set(try await decisions(shop).filter { $0.value == "run" }.keys) == ["finalize BATCH000001"])
    }

    @Test func startStopsAtAFailedBatchUnlessToldToLeaveIt() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("customers.csv", "id,name\n1,Ann\n")
        try await shop.must("start", "client1", exit: 4)
        try shop.dropNext()
        let stopped = try await shop.must("start", "client1", exit: 1)
        #expect(stopped.stderr.contains("BATCH000001 of client1 is FAILED: "))
        #expect(stopped.stderr.contains("'pulih start client1 --leave' goes on without it"))
        #expect(try shop.names(in: "raw/client1/shop/incoming").count == 3)
        try await shop.must("start", "client1", "--leave")
        #expect(try await shop.json("batches").array?.map { $0["status"] } == ["SUCCESS", "SKIPPED"])
        #expect(
            try await shop.rows("SELECT name FROM silver_client1.customers ORDER BY 1") == [
                "Ann", "Ben", "Dewi",
            ])
    }
}
