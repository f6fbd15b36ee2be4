import Foundation
import PulihModel
import PulihTesting
import Testing

/// What an operator does to a workspace between two runs, and what must not be lost by it.
@Suite(.everyPlace) struct RecoveryTests {
    private func twice() async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try await shop.must("start", "client1")
        return shop
    }

    @Test func aLostWarehouseIsCarriedAgainBatchByBatch() async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        try await shop.loseWarehouse()
        let output = try await shop.must("start", "client1")
        #expect(output.stderr.contains("BATCH000001 is not whole in the warehouse any more"))
        #expect(try await shop.fingerprint() == before)
        #expect(try await shop.json("batches").array?.map { $0["status"] } == ["SUCCESS", "SUCCESS"])
    }

    @Test func anOlderWarehouseIsBroughtUpToDate() async throws {
        // A catalog in the same database would go back with it.
        let place = Place.current == .postgresql ? .mixed : Place.current
        try await Place.$current.withValue(place) {
            let shop = try await Shop.loaded()
            let older = try await shop.copy()
            try shop.dropNext()
            try await shop.must("start", "client1")
            let before = try await shop.fingerprint()
            try shop.takeWarehouse(of: older)
            #expect(try await shop.must("doctor").stdout.contains("it does not hold BATCH000002"))
            try await shop.must("start", "client1")
            #expect(try await shop.fingerprint() == before)
        }
    }

    @Test func aReplacedFileOfAGoodBatchIsNotForgotten() async throws {
        let shop = try await twice()
        try shop.write("corrected.csv", Shop.orders.replacing("11,1,20.00", with: "11,1,21.00"))
        try await shop.must("replace", "client1", "1", "orders", "corrected.csv")
        #expect(try await shop.must("status").stdout.contains("BATCH000001"))
        try await shop.must("start", "client1")
        #expect(try await shop.revenue().first == "1,Ann,31.50,2")
    }

    @Test func aReplayThatCannotFinishIsRefusedBeforeItBegins() async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        try shop.edit("raw/client1/shop/success/orders_BATCH000002.csv", "6.25", "7.25")
        let output = try await shop.must("reprocess", "client1", "1", exit: 4)
        #expect(output.stderr.contains("orders_BATCH000002.csv was changed after it was claimed"))
        #expect(try await shop.fingerprint() == before)
        #expect(try await shop.json("batches").array?.map { $0["status"] } == ["SUCCESS", "SUCCESS"])
    }

    @Test func contentLoadedInTheMeantimeIsNotLoadedTwice() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.edit("pulih.yml", "day: date", "days: date")
        try await shop.must("apply", "--yes")
        try await shop.must("start", "client1", exit: 4)
        try shop.edit("pulih.yml", "days: date", "day: date")
        try await shop.must("apply", "--yes")
        try shop.drop("orders_again.csv", Shop.orders)
        // What the batch that is left has loaded counts from now on.
        try await shop.must("start", "client1", "--leave")
        #expect(try await shop.revenue().count == 3)
        let output = try await shop.must("restart", "client1", "1", exit: 4)
        #expect(output.stdout.contains("was loaded in BATCH000002 in the meantime"))
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders_current") == ["3"])
    }

    @Test func aLostCatalogLocksNobodyOut() async throws {
        let shop = try await twice()
        try await shop.loseCatalog()
        try await shop.must("apply", "--yes")
        try shop.drop("orders.csv", "id,customer_id,amount,day\n20,4,5.00,2026-03-01\n")
        let output = try await shop.must("start", "client1")
        #expect(output.stderr.contains("the catalog is older than the warehouse"))
        #expect(output.stdout.contains("BATCH000003 of client1: SUCCESS"))
        #expect(try await shop.revenue().last == "3,Dewi,35.00,2")
    }

    @Test func readersNeverSeeABatchThatFailed() async throws {
        var models = Shop.models
        models["silver/orders.sql"] = """
            /* ---
            materialized: view
            --- */
            SELECT id FROM {{ bronze }}.shop_orders_current
            """
        let shop = try await Shop.make(models: models)
        try shop.dropFirst()
        try await shop.must("start", "client1")
        try shop.dropNext()
        try shop.drop("customers.csv", "id,name\n1,Ann\n")
        try await shop.must("start", "client1", exit: 4)
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["5"])
        #expect(try await shop.rows("SELECT count(*) FROM silver_client1.orders") == ["3"])
    }

    @Test func aCorrectedDialectHealsAFailedFile() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("prices.csv", "A,1.00\nB,2.00\n")
        try await shop.must("start", "client1", exit: 4)
        try shop.edit(
            "pulih.yml", "pattern: \"prices*.csv\"", "pattern: \"prices*.csv\"\n        csv: {header: false}")
        try await shop.must("apply", "--yes")
        try await shop.must("restart", "client1")
        #expect(
            try await shop.rows("SELECT sku, price FROM bronze_client1.shop_prices ORDER BY 1") == [
                "A,1.00", "B,2.00",
            ])
    }

    @Test func rowsMoveWithARenamedTarget() async throws {
        let shop = try await twice()
        let before = try await shop.rows("SELECT * FROM gold_client1.fact_orders ORDER BY 1")
        try shop.edit(
            "pulih.yml", "pattern: \"orders*.csv\"", "pattern: \"orders*.csv\"\n        target: bookings")
        try shop.edit("sql/gold/fact_orders.sql", "shop_orders_current", "bookings_current")
        try await shop.must("apply", "--yes")
        try await shop.must("reprocess", "client1", "1")
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.bookings") == ["5"])
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["0"])
        #expect(try await shop.rows("SELECT * FROM gold_client1.fact_orders ORDER BY 1") == before)
    }

    @Test func aDiscardedBuildBlocksNothing() async throws {
        let shop = try await Shop.loaded()
        let (customers, prices) = (
            try shop.read("sql/silver/customers.sql"), try shop.read("sql/silver/prices.sql")
        )
        try shop.write("sql/silver/customers.sql", customers.replacing("trim(name)", with: "upper(name)"))
        try shop.write("sql/silver/prices.sql", "SELECT nothing FROM {{ bronze }}.shop_prices_current")
        try await shop.must("restart", "client1", exit: 1)
        try shop.write("sql/silver/customers.sql", customers)
        try shop.write("sql/silver/prices.sql", prices.replacing("sku, price", with: "sku, price AS price"))
        try await shop.must("restart", "client1")
        #expect(
            try await shop.rows("SELECT name FROM silver_client1.customers ORDER BY id LIMIT 1") == ["Ann"])
    }

    @Test func aKilledReprocessLeavesNoBuildBehind() async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        _ = try await shop.run("reprocess", "client1", "1", failpoints: "publish.before_commit=kill")
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == before)
        let left = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%build__%'"
        #expect(try await shop.rows(left) == [])
    }

    @Test func aFailedStartHookIsToldAndHarmsNoFile() async throws {
        let shop = try await Shop.make()
        try shop.write("pulih.yml", try shop.read("pulih.yml") + "hooks: {on_start: [\"SELECT nothing\"]}\n")
        try await shop.must("apply", "--yes")
        try shop.dropFirst()
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains("FAILED finalize the on_start hook"))
        #expect(try await shop.must("show").stdout.contains("the on_start hook failed"))
        #expect(try shop.names(in: "raw/client1/shop/failed").isEmpty)
        try shop.edit("pulih.yml", "SELECT nothing", "SELECT 1")
        try await shop.must("apply", "--yes")
        try await shop.must("restart", "client1")
    }

    @Test func aTestWaitsForTheModelItCompares() async throws {
        var models = Shop.models
        models["gold/a_check.sql"] = """
            /* ---
            tests: [{relationship: order_id, to: gold.fact_orders, field: order_id}]
            --- */
            SELECT id AS order_id FROM {{ bronze }}.shop_orders_current
            """
        let shop = try await Shop.make(models: models)
        try shop.dropFirst()
        try await shop.must("start", "client1")
    }

    @Test func aRepeatedColumnIsRefused() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("prices.csv", "sku,price,sku\nA,1.00,B\n")
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.stdout.contains("column sku stands more than once in the header"))
    }

    @Test func aMarkDoesNotOutliveItsFile() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("orders.csv.done", "")
        try await shop.must("start", "client1")
        #expect(try shop.names(in: "raw/client1/shop/incoming").isEmpty)
    }

    @Test func whatNoModelMakesAnyMoreIsNamed() async throws {
        let shop = try await Shop.loaded()
        try FileManager.default.removeItem(atPath: shop.path("sql/gold/best_customers.sql"))
        try await shop.must("apply", "--yes")
        #expect(
            try await shop.must("doctor").stdout.contains(
                "no model makes gold_client1.best_customers any more"))
    }

    @Test func aBrokenModelIsNamedWithItsFile() async throws {
        let shop = try await Shop.make()
        try shop.write("sql/silver/prices.sql", "SELECT FROM WHERE")
        guard shop.place == .embedded else {
            // Only the server itself knows all of its SQL.
            try shop.dropFirst()
            try await shop.must("apply", "--yes")
            let output = try await shop.must("start", "client1", exit: 1)
            #expect(output.stdout.contains("(sql/silver/prices.sql:1)"), "\(output.everything)")
            return
        }
        let output = try await shop.must("apply", "--yes", exit: 3)
        #expect(output.stderr.contains("sql/silver/prices.sql:1: silver.prices: "))
    }
}
