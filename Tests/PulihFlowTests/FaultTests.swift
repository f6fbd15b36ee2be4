import PulihModel
import PulihTesting
import Testing

/// One broken delivery at a time: what is said, what is left, and how it is mended.
@Suite(.everyPlace) struct FaultTests {
    /// Drops the first delivery with one file changed.
    private func shop(_ name: String, _ content: String) async throws -> TestWorkspace {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop(name, content)
        return shop
    }

    private let clean = ["1,Ann,30.50,2", "2,Ben,5.25,1", "3,\"Citra, C.\",,0"]

    @Test func aRenamedHeaderIsNamedWithItsProbableOldName() async throws {
        let shop = try await shop("customers.csv", Shop.customers.replacing("city", with: "ciity"))
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(
            output.stdout.contains(
                "column city is missing; ciity, which is not configured, is probably its new name"))
        #expect(output.stdout.contains("left behind: nothing of it was loaded"))
        #expect(output.stdout.contains("write 'ciity: {type: text, name: city}' instead of city"))
        #expect(output.stdout.contains("next: pulih restart client1"))
        #expect(try await shop.rows("SELECT 1 FROM bronze_client1.shop_customers") == [])
        #expect(try await shop.rows("SELECT 1 FROM bronze_client1.shop_orders").count == 3)
        #expect(try shop.names(in: "raw/client1/shop/failed") == ["customers_BATCH000001.csv"])

        try shop.edit("pulih.yml", "city: text", "ciity: {type: text, name: city}")
        let stopped = try await shop.must("restart", "client1", exit: 3)
        #expect(stopped.stderr.contains("pulih.yml differs from what was applied"))
        try await shop.must("apply", "--yes")
        try await shop.must("restart", "client1")
        #expect(try await shop.revenue() == clean)
        #expect(try shop.names(in: "raw/client1/shop/failed") == [])
    }

    @Test func lettersInANumberColumnQuarantineThatRecord() async throws {
        let shop = try await shop("orders.csv", Shop.orders.replacing("11,1,20.00", with: "11,1,twenty"))
        let output = try await shop.must("start", "client1")
        #expect(output.stdout.contains("BATCH000001 of client1: WARNING"))
        let quarantine = try await shop.json("quarantine", "client1")
        #expect(quarantine["batch_id"] == "BATCH000001")
        let records = try #require(quarantine["records"]?.array)
        try #require(records.count == 1)
        #expect(records[0]["file"] == "orders_BATCH000001.csv")
        #expect(records[0]["record"] == 2)
        #expect(records[0]["line"] == 3)
        #expect(
            records[0]["byte_offset"]
                == .number("id,customer_id,amount,day\n10,1,10.50,2026-01-01\n".utf8.count))
        #expect(records[0]["column"] == "amount")
        #expect(records[0]["value"] == "twenty")
        #expect(records[0]["raw_text"] == "11,1,twenty,2026-01-02")
        #expect(try await shop.revenue().first == "1,Ann,10.50,1")
        let orders = try #require(try await shop.json("show")["files"]?.array?[1])
        #expect(orders["records"] == 3)
        #expect(orders["loaded"] == 2)
        #expect(orders["quarantined"] == 1)
    }

    @Test func moreThanTheLimitFailsTheFile() async throws {
        let shop = try await shop("orders.csv", "id,customer_id,amount,day\na,1,1,\nb,1,1,\nc,1,1,\n4,1,1,\n")
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(
            output.stdout.contains("3 of 4 records cannot be taken, the limit is 2; first: line 2, column id")
        )
        #expect(output.stdout.contains("the records are in quarantine"))
        #expect(try await shop.json("quarantine", "client1")["records"]?.array?.count == 3)
        #expect(try await shop.rows("SELECT 1 FROM bronze_client1.shop_orders") == [])
    }

    @Test func aKeyTwiceRefusesTheFile() async throws {
        let shop = try await shop("customers.csv", Shop.customers + "2,Ben again,Solo\n")
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.stdout.contains("FAILED validate_row shop.customers"))
        #expect(output.stdout.contains("unique(id): id = 2 in records 2, 4"))
        #expect(try await shop.rows("SELECT 1 FROM bronze_client1.shop_customers") == [])
    }

    @Test func aRuleOfSeverityQuarantineTakesTheOthers() async throws {
        let shop = try await shop("orders.csv", Shop.orders + "13,,1.00,2026-01-04\n")
        try await shop.must("start", "client1")
        let records = try #require(try await shop.json("quarantine", "client1")["records"]?.array)
        #expect(records.map { $0["rule"] } == ["not_null(customer_id)"])
        #expect(records.map { $0["stage"] } == ["validate_row"])
        #expect(records.map { $0["line"] } == [5])
        #expect(try await shop.revenue() == clean)
    }

    @Test func aFileCutInsideARecordLosesOnlyThatRecord() async throws {
        let cut = String(Shop.orders.dropLast("5.25,2026-01-03\n".count))
        let shop = try await shop("orders.csv", cut)
        let output = try await shop.must("start", "client1")
        #expect(output.stdout.contains("WARNING"))
        let records = try #require(try await shop.json("quarantine", "client1")["records"]?.array)
        #expect(records.map { $0["record"] } == [3])
        #expect(records.map { $0["rule"] } == ["structure"])
        #expect(records.map { $0["raw_text"] } == ["12,2,"])
        #expect(try await shop.rows("SELECT id FROM bronze_client1.shop_orders ORDER BY 1") == ["10", "11"])
    }

    @Test func aFileCutBetweenRecordsIsRefusedByItsCount() async throws {
        let shop = try await Shop.loaded()
        try shop.drop("customers.csv", "id,name,city\n1,Ann,Bogor\n")
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.stdout.contains("FAILED validate_row shop.customers/customers_BATCH000002.csv"))
        #expect(output.stdout.contains("60 %"))
        #expect(try await shop.revenue() == clean)
    }

    @Test func theSameContentAgainIsSkippedWithItsReason() async throws {
        let shop = try await Shop.loaded()
        try shop.drop("customers_again.csv", Shop.customers)
        try shop.drop("orders.csv", Shop.orders)
        let output = try await shop.must("start", "client1")
        #expect(
            output.stdout.contains("! the content of customers_again.csv was already loaded in BATCH000001"))
        #expect(
            output.stdout.contains("moved to raw/client1/shop/archive/customers_again.csv, not loaded again"))
        #expect(try shop.names(in: "raw/client1/shop/archive") == ["customers_again.csv", "orders.csv"])
        #expect(try await shop.json("batches").array?.count == 1)
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["3"])
    }

    @Test func duplicatesAreRefusedOrTakenWhereThePolicySaysSo() async throws {
        let shop = try await Shop.loaded()
        try shop.edit(
            "pulih.yml", "pattern: \"orders*.csv\"", "pattern: \"orders*.csv\"\n        duplicates: refuse")
        try shop.edit(
            "pulih.yml", "pattern: \"prices*.csv\"", "pattern: \"prices*.csv\"\n        duplicates: warn")
        try await shop.must("apply", "--yes")
        try shop.drop("orders.csv", Shop.orders)
        #expect(try await shop.must("start", "client1", exit: 4).stdout.contains("orders.csv was refused"))
        #expect(try shop.names(in: "raw/client1/shop/failed") == ["orders.csv"])
        try shop.drop("prices.csv", Shop.prices)
        try await shop.must("start", "client1")
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_prices") == ["4"])
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_prices_current") == ["2"])
    }

    @Test func anUnknownFileIsPutAsideAndNamesTheNearest() async throws {
        let shop = try await shop("custmers.csv", "id\n1\n")
        let output = try await shop.must("start", "client1")
        #expect(
            output.stdout.contains(
                "! custmers.csv was refused: no configured file matches it; the nearest is shop.customers"
                    + " with pattern customers*.csv (pulih.yml:"))
        #expect(output.stdout.contains("BATCH000001 of client1: WARNING"))
        #expect(try shop.names(in: "raw/client1/shop/failed") == ["custmers.csv"])
        let audit = try shop.read(try #require(try shop.files(below: "audit").first))
        #expect(audit.contains("custmers.csv was refused"))
        #expect(try await shop.revenue() == clean)
    }

    @Test(arguments: [
        ("", "customers_BATCH000001.csv is empty: not a single byte"),
        ("id,name,city\n", "customers_BATCH000001.csv holds a header and no record"),
    ])
    func aFileWithoutRecordsIsNoSuccess(content: String, message: String) async throws {
        let shop = try await shop("customers.csv", content)
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.stdout.contains(message))
        #expect(output.stdout.contains("'empty: accept' for shop.customers"))

        try shop.edit(
            "pulih.yml", "pattern: \"customers*.csv\"", "pattern: \"customers*.csv\"\n        empty: accept")
        try shop.edit("sql/gold/revenue.sql", "tests: [{row_count: {min: 1}}]", "description: may be empty")
        try await shop.must("apply", "--yes")
        try await shop.must("restart", "client1")
        #expect(try await shop.revenue() == [])
    }

    @Test func aFailedTestOfAModelPublishesNothing() async throws {
        let shop = try await Shop.loaded()
        try shop.edit("sql/gold/revenue.sql", "{min: 1}", "{min: 4}")
        try shop.dropNext()
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.stdout.contains("test row_count of gold.revenue found 3 rows, at least 4 expected"))
        #expect(output.stdout.contains("sql/gold/revenue.sql:"))
        #expect(try await shop.revenue() == clean)
        #expect(try await shop.rows("SELECT city FROM silver_client1.customers WHERE id = 2") == ["Solo"])
    }
}
