import PulihModel
import PulihTesting
import Testing

/// A second delivery: what is in force then, and what happens to it when batches run again.
@Suite(.everyPlace) struct DeliveryTests {
    private func twice() async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try await shop.must("start", "client1")
        return shop
    }

    private let after = ["1,Ann,30.50,2", "2,Ben,6.25,1", "3,Dewi,30.00,1"]

    @Test func currentViewsFollowTheDelivery() async throws {
        let shop = try await twice()
        let view = { (name: String, columns: String) in
            try await shop.rows("SELECT \(columns) FROM bronze_client1.shop_\(name)_current ORDER BY 1")
        }
        // full: the newest delivery alone.
        #expect(try await view("customers", "id, city") == ["1,Bogor", "2,Malang", "4,Solo"])
        // delta: all of them.
        #expect(
            try await view("orders", "id, amount") == [
                "10,10.50", "11,20.00", "12,5.25", "12,6.25", "13,30.00",
            ])
        // upsert: the newest row of each key.
        #expect(try await view("prices", "sku, price") == ["A,1.00", "B,2.50", "C,3.00"])
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_customers") == ["6"])
    }

    @Test func incrementalModelsMergeByKey() async throws {
        let shop = try await twice()
        let orders = "SELECT order_id, amount FROM gold_client1.fact_orders ORDER BY 1"
        #expect(try await shop.rows(orders) == ["10,10.50", "11,20.00", "12,6.25", "13,30.00"])
        let revenue = try await shop.revenue()
        #expect(revenue == after)
    }

    @Test func runningTheNewestBatchAgainMergesOnce() async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        try await shop.must("reprocess", "client1", "BATCH000002")
        #expect(try await shop.fingerprint() == before)
        try await shop.must("restart", "client1", "BATCH000002", "--from", "transform")
        #expect(try await shop.fingerprint() == before)
    }

    @Test func runningTheFirstBatchAgainReplaysTheSecond() async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        let output = try await shop.must("reprocess", "client1", "BATCH000001")
        #expect(output.stderr.contains("replaying BATCH000002, which came after BATCH000001"))
        #expect(try await shop.fingerprint() == before)
        #expect(try await shop.json("batches").array?.map { $0["status"] } == ["SUCCESS", "SUCCESS"])
    }

    @Test func correctingTheFirstBatchReachesGoldThroughTheSecond() async throws {
        let shop = try await twice()
        try shop.write("corrected.csv", Shop.orders.replacing("11,1,20.00", with: "11,1,21.00"))
        try await shop.must("replace", "client1", "1", "orders", "corrected.csv")
        let result = try await shop.json("restart", "client1", "BATCH000001")
        #expect(result["batches"] == ["BATCH000001", "BATCH000002"])
        let revenue = try await shop.revenue()
        #expect(revenue == ["1,Ann,31.50,2", "2,Ben,6.25,1", "3,Dewi,30.00,1"])
    }

    @Test func twoDeltasInOneBatchAreBothTaken() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("orders_2.csv", "id,customer_id,amount,day\n20,3,1.00,2026-02-01\n")
        try await shop.must("start", "client1")
        #expect(try await shop.rows("SELECT count(*) FROM gold_client1.fact_orders") == ["4"])
    }

    @Test func twoFullDeliveriesTakeABatchEach() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("customers_2.csv", Shop.nextCustomers)
        let first = try await shop.must("start", "client1")
        #expect(first.stdout.contains("customers.csv first; customers_2.csv waits for the next run"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == ["customers_2.csv"])
        try await shop.must("start", "client1")
        #expect(
            try await shop.rows("SELECT name FROM silver_client1.customers ORDER BY 1") == [
                "Ann", "Ben", "Dewi",
            ])
    }

    @Test func clientsDoNotSeeEachOther() async throws {
        let configuration = Shop.configuration.replacing(
            "  client1: {id: 1}", with: "  client1: {id: 1}\n  client2: {id: 2}")
        let shop = try await Shop.make(configuration: configuration)
        try shop.dropFirst()
        try shop.drop("customers.csv", Shop.nextCustomers, client: "client2")
        try shop.drop("orders.csv", Shop.nextOrders, client: "client2")
        try shop.drop("prices.csv", Shop.nextPrices, client: "client2")
        try await shop.must("start", "client1")
        try await shop.must("start", "client2")
        for (client, orders) in [("client1", 3), ("client2", 2)] {
            let sql = "SELECT count(*) FROM gold_\(client).fact_orders"
            let output = try await shop.must("query", "--csv", "--client", client, sql)
            #expect(output.stdout.hasSuffix("\n\(orders)\n"), "\(client)")
        }
        let unnamed = try await shop.must("query", "SELECT 1", exit: 2)
        #expect(unnamed.stderr.contains("this workspace has several clients; name one"))
    }
}
