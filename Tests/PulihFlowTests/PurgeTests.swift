import PulihModel
import PulihTesting
import Testing

/// `pulih purge`.
@Suite(.timeLimit(.minutes(10))) struct PurgeTests {
    /// Two batches of all files; the retention is over at once.
    private func shop(_ retention: String = "0d") async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try await shop.must("start", "client1")
        try shop.set("retention: \(retention)")
        return shop
    }

    private func data(_ shop: TestWorkspace) throws -> [String] {
        try (shop.files(below: "raw") + shop.files(below: "data/client1")).filter {
            $0.contains("BATCH000001")
        }
    }

    @Test(.everyPlace) func itSaysFirstAndThenRemoves() async throws {
        let shop = try await shop()
        let (before, rows) = (try data(shop), try await shop.fingerprint())
        #expect(before.count == 6)
        let dry = try await shop.must("purge", "--dry-run")
        #expect(dry.stdout.contains("client1: of BATCH000001"))
        #expect(dry.stdout.contains("raw"))
        #expect(dry.stdout.contains("kept: BATCH000002, it is the newest of shop.customers"))
        #expect(try data(shop) == before)
        let asked = try await shop.must("purge", exit: 2)
        #expect(asked.stderr.contains("nothing was removed"))
        #expect(try data(shop) == before)

        let done = try await shop.must("purge", "--yes")
        #expect(done.stdout.contains("removed 6 files"))
        #expect(try data(shop) == [])
        #expect(try shop.files(below: "raw").filter { $0.contains("BATCH000002") }.count == 3)
        #expect(try await shop.fingerprint() == rows)
        let audit = try shop.files(below: "audit").map { try shop.read($0) }.joined()
        #expect(audit.contains("removed raw/client1/shop/success/customers_BATCH000001.csv"))
        // Again: nothing left to do.
        #expect(try await shop.must("purge", "--yes").stdout.contains("client1: nothing to remove"))
    }

    @Test(.everyPlace) func whatIsPurgedIsNotLost() async throws {
        let shop = try await shop()
        try await shop.must("purge", "client1", "--yes")
        try await shop.must("doctor")
        try await shop.must("restart", "client1", "1")
        let trace = try await shop.must("trace", "client1", "bronze.shop_orders", "id = 10")
        #expect(trace.stdout.contains("the raw file was purged on "))
        let before = try await shop.fingerprint()
        let refused = try await shop.must("reprocess", "client1", "1", exit: 1)
        #expect(refused.stderr.contains("_BATCH000001.csv of BATCH000001 was purged on "))
        #expect(try await shop.fingerprint() == before)
        // No damage was found: the client runs on.
        try shop.drop("prices.csv", "sku,price\nD,9.00\n")
        try await shop.must("start", "client1")
        try await shop.loseCatalog()
        try await shop.must("catalog", "rebuild")
        try await shop.must("doctor")
        #expect(try await shop.json("batches").array?.count == 3)
        try await shop.must("purge", "--yes")
    }

    @Test func whatIsYoungerStays() async throws {
        let shop = try await shop("{raw: forever, parquet: 0d, quarantine: 0d, logs: 90d}")
        try await shop.must("purge", "--yes")
        #expect(try data(shop).count == 3)
        #expect(try shop.files(below: "raw").filter { $0.contains("BATCH000001") }.count == 3)
        // Parquet is made again from what is there.
        try await shop.must("reprocess", "client1", "1")
        let other = try await self.shop("90d")
        #expect(try await other.must("purge", "--dry-run").stdout.contains("client1: nothing to remove"))
    }

    @Test func aBatchThatIsNotDoneKeepsAll() async throws {
        let shop = try await Shop.loaded()
        try shop.set("retention: 0d")
        try shop.drop("orders.csv", "id,customer_id,amount,day\n20,1,x,y\n21,1,x,y\n22,1,x,y\n")
        try await shop.must("start", "client1", exit: 4)
        let plan = try await shop.must("purge", "--dry-run")
        #expect(plan.stdout.contains("kept: BATCH000002, it is FAILED"))
    }

    @Test func strayFilesGoToo() async throws {
        let shop = try await shop()
        try shop.drop("unknown.txt", "?")
        try await shop.must("start", "client1", exit: 4)
        #expect(try shop.names(in: "raw/client1/shop/failed") == ["unknown.txt"])
        try await shop.must("purge", "client1", "--yes")
        #expect(try shop.names(in: "raw/client1/shop/failed") == [])
    }

    @Test func oldMonthsOfTheAuditGo() async throws {
        let shop = try await shop()
        try shop.write("audit/audit-2020-01.ndjson", "")
        let now = try shop.names(in: "audit").last ?? ""
        try await shop.must("purge", "client1", "--yes")
        #expect(shop.exists("audit/audit-2020-01.ndjson"))
        try await shop.must("purge", "--yes")
        #expect(try shop.names(in: "audit") == [now])
    }

    @Test(arguments: [1, 3, 5, 8]) func aKilledPurgeIsFinishedByTheNext(_ number: Int) async throws {
        let shop = try await shop()
        let killed = try await shop.run("purge", "--yes", failpoints: "fsync.after=kill:\(number)")
        #expect(killed.signal != nil)
        try await shop.must("doctor")
        try await shop.must("purge", "--yes")
        #expect(try data(shop) == [])
        try await shop.must("restart", "client1", "1")
    }
}
