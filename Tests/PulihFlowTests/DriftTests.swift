import PulihModel
import PulihTesting
import Testing

/// Deliveries whose columns are others than the registered ones.
@Suite(.everyPlace) struct DriftTests {
    private func shop(_ options: String, _ file: String = "orders") async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.edit(
            "pulih.yml", "pattern: \"\(file)*.csv\"", "pattern: \"\(file)*.csv\"\n        \(options)")
        try await shop.must("apply", "--yes")
        return shop
    }

    private let wider =
        "id,customer_id,amount,day,Channel\n20,1,1.00,2026-02-01,web\n21,2,2.00,2026-02-02,shop\n"

    private func channels(_ shop: TestWorkspace) async throws -> [String] {
        try await shop.rows("SELECT id, channel FROM bronze_client1.shop_orders ORDER BY id")
    }

    @Test func aNewColumnIsRegisteredAndInBronzeFromThenOn() async throws {
        let shop = try await shop("drift: evolve")
        try shop.drop("orders_2.csv", wider)
        let output = try await shop.must("start", "client1")
        #expect(output.stdout.contains("BATCH000002 of client1: WARNING"))
        #expect(output.stderr.contains("column Channel is new: it is text in bronze from this batch on"))
        #expect(try await channels(shop) == ["10,", "11,", "12,", "20,web", "21,shop"])
        // The next one with it is nothing new, one without it is a warning.
        try shop.drop("orders_3.csv", wider.replacing("20,1", with: "30,1").replacing("21,2", with: "31,2"))
        #expect(try await shop.must("start", "client1").stdout.contains("BATCH000003 of client1: SUCCESS"))
        try shop.drop("orders_4.csv", "id,customer_id,amount,day\n40,1,1.00,2026-02-01\n")
        let narrow = try await shop.must("start", "client1")
        #expect(narrow.stderr.contains("optional column Channel is missing; it is NULL"))
        #expect(try await channels(shop).suffix(3) == ["30,web", "31,shop", "40,"])
    }

    @Test func schemaTellsWhichBatchBroughtWhatAndApplyTakesItOver() async throws {
        let shop = try await shop("drift: evolve")
        try shop.drop("orders_2.csv", wider)
        try await shop.must("start", "client1")
        let told = try await shop.must("schema", "client1", "orders").stdout
        #expect(told.contains("version 1 since "))
        #expect(told.contains(", applied, first read by BATCH000001"))
        #expect(told.contains("version 2 since "))
        #expect(told.contains(", brought by BATCH000002\n  + channel text, may be missing"))
        #expect(told.contains("\n          Channel: {type: text, required: false}\n"))
        let json = try await shop.json("schema", "client1", "shop.orders")
        #expect(json["versions"]?.array?.map { $0["brought_by"] } == [.null, "BATCH000002"])
        #expect(json["to_configure"] == ["Channel: {type: text, required: false}"])
        // Nobody's difference, until somebody writes it down.
        #expect(try await shop.must("apply", "--check").stdout.contains("nothing to apply"))
        try shop.edit(
            "pulih.yml", "amount: \"decimal(12,2)\", day: date}",
            "amount: \"decimal(12,2)\", day: date, Channel: {type: text, required: false}}")
        try await shop.must("apply", "--yes")
        let after = try await shop.json("schema", "client1", "shop.orders")
        #expect(after["to_configure"] == [])
        #expect(after["versions"]?.array?.last?["differences"] == ["= channel is in pulih.yml now"])
        try shop.drop("orders_3.csv", wider.replacing("20,1", with: "30,1").replacing("21,2", with: "31,2"))
        #expect(try await shop.must("start", "client1").stdout.contains("SUCCESS"))
        #expect(try await channels(shop).suffix(2) == ["30,web", "31,shop"])
    }

    @Test func anOlderBatchRunsAgainAsItRan() async throws {
        let shop = try await shop("drift: evolve")
        try shop.drop("orders_2.csv", wider)
        try await shop.must("start", "client1")
        let before = try await shop.fingerprint()
        // Nothing of the first batch depends on what the second brought.
        try await shop.must("restart", "client1", "BATCH000001")
        let kept = try await shop.json("show", "1")
        // Its mapping runs, because the policy is another since; nothing is read with another column.
        let steps = (kept["steps"]?.array ?? []).filter { $0["stage"] == "convert" }
        #expect(steps.count == 3)
        #expect(steps.allSatisfy { $0["reason"]?.string?.hasPrefix("kept") == true })
        try await shop.must("reprocess", "client1", "BATCH000001")
        #expect(try await shop.fingerprint() == before)
        try await shop.must("restart", "client1", "BATCH000002", "--from", "convert")
        #expect(try await shop.fingerprint() == before)
    }

    @Test func aRenamedColumnIsNotTakenForANewOne() async throws {
        let shop = try await shop("drift: evolve")
        try shop.drop("orders_2.csv", "id,customer_id,ammount,day\n20,1,1.00,2026-02-01\n")
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(
            output.stdout.contains(
                "column amount is missing; ammount, which is not configured, is probably its new name"))
        #expect(output.stdout.contains("write 'ammount: {type: decimal(12,2), name: amount}'"))
        #expect(try await shop.json("schema", "client1", "orders")["versions"]?.array?.count == 1)
    }

    @Test func namesThatNoTableTakesAreLeftOut() async throws {
        let shop = try await shop("drift: evolve")
        let long = String(repeating: "x", count: 64)
        try shop.drop(
            "orders_2.csv", "id,customer_id,amount,day,dwh_batch_id,\(long)\n20,1,1.00,2026-02-01,a,b\n")
        let output = try await shop.must("start", "client1")
        #expect(output.stderr.contains("column dwh_batch_id is not configured; it is left out"))
        #expect(output.stderr.contains("column \(long) is not configured; it is left out"))
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["4"])
    }

    @Test func aColumnThatChangedItsTypeIsNamed() async throws {
        let shop = try await Shop.loaded()
        let lines = (1...12).map { "\($0),1,1.00,\($0 > 2 ? "31/12/2026" : "2026-12-31")\n" }
        try shop.drop("orders_2.csv", "id,customer_id,amount,day\n" + lines.joined())
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(
            output.stdout.contains(
                "column day is date, but 10 of 12 values are now dates as 31/12/2024: '31/12/2026' (line 4)"))
        #expect(output.stdout.contains("write 'day: {type: date, format: \"%d/%m/%Y\"}' for shop.orders"))
    }

    // MARK: duplicates

    @Test func theSameNameWithOtherContentIsRefusedWhereThePolicySaysSo() async throws {
        let shop = try await shop("duplicates: {name: refuse}")
        try shop.drop("orders.csv", Shop.nextOrders)
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(
            output.stdout.contains(
                "orders.csv was refused: orders.csv came before with other content, 3 records, in BATCH000001;"
                    + " it has 2 now"))
        #expect(try shop.names(in: "raw/client1/shop/failed") == ["orders.csv"])
        // Another name is another file.
        try shop.drop("orders_2.csv", Shop.nextOrders)
        try await shop.must("start", "client1")
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["5"])
    }

    @Test func theSameNameWithOtherContentIsToldWhereThePolicySaysSo() async throws {
        let shop = try await shop("duplicates: {content: refuse, name: warn}")
        try shop.drop("orders.csv", Shop.nextOrders)
        let output = try await shop.must("start", "client1")
        #expect(output.stdout.contains("! orders.csv came before with other content"))
        try shop.drop("orders.csv", Shop.orders)
        let again = try await shop.must("start", "client1", exit: 4)
        #expect(again.stdout.contains("the content of orders.csv was already loaded in BATCH000001"))
    }

    /// Two of the first delivery's records, one of them changed, and a new one.
    private let overlapping =
        "id,customer_id,amount,day\n11,1,20.00,2026-01-02\n12,2,9.99,2026-01-03\n13,1,1.00,2026-01-04\n"

    @Test func overlappingRecordsAreLeftOutAndCounted() async throws {
        let shop = try await shop("duplicates: {overlap: {key: [id], policy: skip}}")
        try shop.drop("orders_2.csv", overlapping)
        let output = try await shop.must("start", "client1")
        #expect(
            output.stderr.contains(
                "1 of 3 records stand in bronze already, from earlier batches and with the same content: id = 11"
                    + " (record 1); they are left out"))
        let orders = "SELECT id, amount, dwh_source_row FROM bronze_client1.shop_orders ORDER BY 1, 2"
        let loaded = ["10,10.50,1", "11,20.00,2", "12,5.25,3", "12,9.99,2", "13,1.00,3"]
        #expect(try await shop.rows(orders) == loaded)
        let file = try #require(try await shop.json("show", "2")["files"]?.array?.first)
        #expect(file["loaded"] == 2)
        #expect(file["skipped"]?["already loaded"] == 1)
        #expect(file["quarantined"] == 0)
        #expect(try await shop.json("quarantine", "client1")["quarantined"] == 0)
        // Nothing changes when it runs again.
        let before = try await shop.fingerprint()
        try await shop.must("restart", "client1", "2", "--from", "validate_row")
        try await shop.must("reprocess", "client1", "1")
        #expect(try await shop.fingerprint() == before)
        #expect(try await shop.json("restart", "client1", "2")["status"] == "WARNING")
        #expect(try await shop.rows(orders) == loaded)
    }

    @Test func recordsOfRulesAndOverlapsAreToldApart() async throws {
        let shop = try await shop("duplicates: {overlap: {key: [id], policy: skip}}")
        try shop.drop("orders_2.csv", overlapping + "14,,1.00,2026-01-04\n")
        try await shop.must("start", "client1")
        let file = try #require(try await shop.json("show", "2")["files"]?.array?.first)
        #expect(file["loaded"] == 2)
        #expect(file["skipped"]?["already loaded"] == 1)
        #expect(file["quarantined"] == 1)
        #expect(try await shop.json("quarantine", "client1")["quarantined"] == 1)
    }

    @Test(arguments: [("warn", 0, "6"), ("refuse", 4, "3"), ("load", 0, "6")])
    func overlapsAreTakenOrRefusedByPolicy(policy: String, exit: Int32, rows: String) async throws {
        let shop = try await shop("duplicates: {overlap: {key: [id], policy: \(policy)}}")
        try shop.drop("orders_2.csv", overlapping)
        let output = try await shop.must("start", "client1", exit: exit)
        #expect(
            output.everything.contains("1 of 3 records stand in bronze already") == (policy != "load"))
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == [rows])
    }

    @Test func whatCannotBeComparedIsSaid() async throws {
        let shop = try await shop("duplicates: {overlap: {key: [id], policy: skip}}")
        try shop.remove("data/client1/shop/archive/orders_BATCH000001.parquet")
        try shop.drop("orders_2.csv", overlapping)
        let output = try await shop.must("start", "client1")
        #expect(
            output.stderr.contains("shop.orders of BATCH000001 was not compared, because its Parquet is gone")
        )
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["6"])
    }

    @Test(arguments: [
        ("duplicates: {nam: warn}", "unknown key 'nam'"),
        ("duplicates: {overlap: {key: [idd], policy: skip}}", "unknown column 'idd' in overlap"),
        ("duplicates: {overlap: {key: [id]}}", "overlap has no 'policy'"),
        ("duplicates: {name: skip}", "'name' must be load, warn or refuse, not 'skip'"),
        ("drift: evolv", "did you mean 'evolve'?"),
        ("duplicates: often", "'duplicates' must be skip, warn or refuse, not 'often'"),
    ])
    func wrongPoliciesAreToldWithTheirLine(options: String, message: String) async throws {
        let shop = try await Shop.loaded()
        try shop.edit(
            "pulih.yml", "pattern: \"orders*.csv\"", "pattern: \"orders*.csv\"\n        \(options)")
        let output = try await shop.must("apply", "--yes", exit: 3)
        #expect(output.stderr.contains(message))
    }

    // MARK: quarantine

    @Test func quarantineTellsHowManyOfHowManyAreKept() async throws {
        let shop = try await Shop.loaded()
        try shop.edit(
            "pulih.yml", "limits: {records: 2, percent: none}",
            "limits: {records: none, percent: none, keep: 4}")
        try await shop.must("apply", "--yes")
        let bad = (1...30).map { "x\($0),1,1.00,2026-01-01\n" }.joined()
        try shop.drop("orders_2.csv", "id,customer_id,amount,day\n" + bad + "50,1,1.00,2026-01-01\n")
        let output = try await shop.must("start", "client1")
        #expect(output.stderr.contains("30 records quarantined, 4 kept with their text"))
        let list = try await shop.must("quarantine", "client1").stdout
        #expect(list.contains("4 of 30 records are kept with their text"))
        let json = try await shop.json("quarantine", "client1")
        #expect(json["quarantined"] == 30)
        #expect(json["kept"] == 4)
        #expect(json["records"]?.array?.map { $0["record"] } == [1, 2, 16, 30])
        #expect(try await shop.json("show", "2")["files"]?.array?.first?["quarantined"] == 30)
        #expect(try await shop.must("status").stdout.contains("30 records in quarantine"))

        // A record that is kept can be released; of another it is said why it cannot.
        let name = "orders_2_BATCH000002.csv"
        try shop.write("fixed.csv", "file,record,raw_text\n\(name),16,\"61,1,1.00,2026-01-01\"\n")
        try await shop.must("quarantine", "release", "client1", "2", "fixed.csv")
        let ids =
            "SELECT id, dwh_source_row FROM bronze_client1.shop_orders WHERE dwh_batch_id = 'BATCH000002' ORDER BY 1"
        #expect(try await shop.rows(ids) == ["50,31", "61,16"])
        #expect(try await shop.json("show", "2")["files"]?.array?.first?["quarantined"] == 29)
        try shop.write("fixed.csv", "file,record,raw_text\n\(name),9,\"62,1,1.00,2026-01-01\"\n")
        let refused = try await shop.must("quarantine", "release", "client1", "2", "fixed.csv", exit: 4)
        #expect(
            refused.stderr.contains(
                "record 9 of \(name) is not among the 3 of 29 quarantined records that are kept with their text"
            ))
        #expect(refused.stderr.contains("raise 'limits: {keep: …}' of shop.orders"))
        // As the hint says.
        try shop.edit("pulih.yml", "keep: 4", "keep: 100")
        try await shop.must("apply", "--yes")
        try await shop.must("restart", "client1", "2", "--from", "convert")
        try await shop.must("quarantine", "release", "client1", "2", "fixed.csv")
        #expect(try await shop.rows(ids) == ["50,31", "61,16", "62,9"])
    }
}
