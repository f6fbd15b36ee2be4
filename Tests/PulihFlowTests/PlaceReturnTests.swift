import Foundation
import PulihModel
import PulihTesting
import Testing

/// What rests, brought back when it is needed, and noticed when it is not what it was.
@Suite(.timeLimit(.minutes(10))) struct PlaceReturnTests {
    private let orders = PlaceShop.success("orders_BATCH000001.csv")
    private let parquet = PlaceShop.archive("orders_BATCH000001.parquet")

    @Test(arguments: [["reprocess"], ["restart", "--from", "convert"], ["reprocess", "--file", "orders"]])
    func whatRunsAgainIsBroughtBackAndRestsAgain(_ words: [String]) async throws {
        let place = try await PlaceShop.loaded()
        let before = try await place.shop.fingerprint()
        let command: [String] = [words[0], "client1", "1"] + Array(words.dropFirst())
        let output = try await place.shop.run(command)
        #expect(output.exit == 0, "\(output.everything)")
        #expect(output.everything.contains("fetching \(orders) from \(place.name)"), "\(output.everything)")
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.here() == [])
        #expect(try place.keys() == PlaceShop.resting(1))
        try await place.shop.must("doctor")
    }

    @Test func aLostWarehouseIsCarriedAgainFromTheBucket() async throws {
        let place = try await PlaceShop.loaded()
        try place.dropNext()
        try await place.shop.must("start", "client1")
        let before = try await place.shop.fingerprint()
        try await place.shop.loseWarehouse()
        try await place.shop.must("start", "client1")
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.here() == [])
    }

    @Test func aLostCatalogIsMadeAgain() async throws {
        let place = try await PlaceShop.loaded()
        let before = try await place.shop.fingerprint()
        try await place.shop.loseCatalog()
        try await place.shop.must("catalog", "rebuild")
        try await place.shop.must("doctor")
        try await place.shop.must("reprocess", "client1", "1")
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.keys() == PlaceShop.resting(1))
    }

    @Test func aLostManifestIsMadeAgainWithWhatRests() async throws {
        let place = try await PlaceShop.loaded()
        let before = try await place.shop.fingerprint()
        try place.shop.remove("batch_info/client1/refreshed/batch_output_client1_BATCH000001.json")
        try await place.shop.must("restart", "client1", exit: 1)
        try await place.shop.must("resolve", "client1", "--reason", "looked at it")
        try await place.shop.must("reprocess", "client1", "1")
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.here() == [])
        try await place.shop.must("doctor")
    }

    // MARK: damage

    @Test func aRawObjectThatWasChangedBlocks() async throws {
        let place = try await PlaceShop.loaded()
        let before = try await place.shop.fingerprint()
        try place.put(orders, Shop.orders.replacing("10.50", with: "99.50"))
        #expect(
            try await place.shop.must("doctor", exit: 1).stdout.contains("is another one than was put there"))
        let found = try await place.shop.must("reprocess", "client1", "1", "--from", "convert", exit: 4)
        #expect(
            found.stderr.contains("\(place.name)/\(orders) was changed: SHA-256 "), "\(found.everything)")
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.here().filter { $0.contains("orders") } == [])
        #expect(try await place.shop.must("start", "client1", exit: 1).stderr.contains("client1 is blocked"))
        // Put back, it is as if nothing had been.
        try place.put(orders, Shop.orders)
        try await place.shop.must("resolve", "client1", "--reason", "put back")
        try await place.shop.must("reprocess", "client1", "1", "--from", "convert")
        #expect(try await place.shop.fingerprint() == before)
    }

    @Test func aRawObjectThatIsGoneBlocksUntilItIsReplaced() async throws {
        let place = try await PlaceShop.loaded()
        let before = try await place.shop.fingerprint()
        try place.removeObject(orders)
        #expect(try await place.shop.must("doctor", exit: 1).stdout.contains("of BATCH000001 is gone"))
        let found = try await place.shop.must("reprocess", "client1", "1", "--from", "convert", exit: 1)
        #expect(found.stderr.contains("\(place.name)/\(orders) is gone"), "\(found.everything)")
        try place.shop.write("again.csv", Shop.orders)
        try await place.shop.must("replace", "client1", "1", "orders", "again.csv")
        try await place.shop.must("restart", "client1")
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.keys() == PlaceShop.resting(1))
        try await place.shop.must("doctor")
    }

    @Test(arguments: [true, false]) func parquetIsMadeAgainFromTheRawObject(_ isGone: Bool) async throws {
        let place = try await PlaceShop.loaded()
        let before = try await place.shop.fingerprint()
        if isGone { try place.removeObject(parquet) } else { try place.put(parquet, "PAR1 not") }
        let output = try await place.shop.must("reprocess", "client1", "1")
        let words = isGone ? "is gone" : "was changed: SHA-256 "
        #expect(output.everything.contains("\(place.name)/\(parquet) \(words)"), "\(output.everything)")
        #expect(output.everything.contains("it is made again from orders_BATCH000001.csv"))
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.keys() == PlaceShop.resting(1))
        try await place.shop.must("doctor")
    }

    @Test func withoutThePlaceWhatRestsIsNotTakenForLost() async throws {
        let place = try await PlaceShop.loaded()
        let yaml = try place.shop.read("pulih.yml")
        try place.shop.write(
            "pulih.yml", String(yaml[..<(try #require(yaml.range(of: "places:"))).lowerBound]))
        let refused = try await place.shop.must("reprocess", "client1", "1", exit: 3)
        #expect(
            refused.stderr.contains("rests in a storage place, and pulih.yml names none for raw"),
            "\(refused.everything)")
        try place.shop.write("pulih.yml", yaml)
        try await place.shop.must("reprocess", "client1", "1")
    }

    // MARK: other verbs

    @Test func aReplacementTakesThePlaceAndTheOldOneIsKept() async throws {
        let place = try await PlaceShop.loaded()
        let corrected = Shop.orders.replacing("10.50", with: "11.50")
        try place.shop.write("corrected.csv", corrected)
        try await place.shop.must("replace", "client1", "1", "orders", "corrected.csv")
        try await place.shop.must("restart", "client1")
        #expect(try place.object(orders) == corrected)
        let kept = try place.keys("raw/client1/shop/failed/")
        #expect(kept.count == 1 && kept[0].contains("orders_BATCH000001.replaced-"))
        #expect(try place.object(try #require(kept.first)) == Shop.orders)
        #expect(try place.here() == [])
        #expect(
            try await place.shop.rows("SELECT amount FROM bronze_client1.shop_orders WHERE id = 10") == [
                "11.50"
            ])
    }

    @Test func correctionsAreReleasedAndRest() async throws {
        let place = try await PlaceShop()
        try place.dropFirst()
        try place.drop("orders.csv", Shop.orders + "x13,2,1.00,2026-01-04\n")
        try await place.shop.must("start", "client1")
        #expect(try place.here() == ["data/client1/shop/rejected/orders_BATCH000001.convert.parquet"])
        try await place.shop.must("quarantine", "export", "client1", "--to", "bad.csv")
        try place.shop.write("bad.csv", try place.shop.read("bad.csv").replacing("x13,2", with: "13,2"))
        try await place.shop.must("quarantine", "release", "client1", "1", "bad.csv")
        #expect(try place.keys() == PlaceShop.resting(1))
        let rows = try await place.shop.rows("SELECT count(*) FROM bronze_client1.shop_orders")
        #expect(rows == ["4"])
        // It comes back with them.
        let before = try await place.shop.fingerprint()
        try await place.shop.must("reprocess", "client1", "1")
        #expect(try await place.shop.fingerprint() == before)
        try await place.shop.must("doctor")
    }

    @Test func aTraceReadsWhatRests() async throws {
        let place = try await PlaceShop.loaded()
        let trace = try await place.shop.must("trace", "client1", "bronze.shop_orders", "id = 10")
        #expect(trace.stdout.contains("10,1,10.50,2026-01-01"), "\(trace.everything)")
        #expect(try place.here() == [])
        #expect(try place.shop.names(in: "data/.work").filter { $0.hasPrefix("copies") } == [])
        try place.removeObject(orders)
        let gone = try await place.shop.must("trace", "client1", "bronze.shop_orders", "id = 10")
        #expect(gone.stdout.contains("the raw file is gone"), "\(gone.everything)")
    }

    @Test func earlierParquetIsComparedWithWhatComes() async throws {
        let configuration = PlaceShop.inOrder.replacing(
            "pattern: \"orders*.csv\"",
            with: "pattern: \"orders*.csv\"\n        duplicates: {overlap: {key: [id], policy: skip}}")
        let place = try await PlaceShop.loaded(configuration, models: [:])
        try place.drop("orders.csv", Shop.orders + "14,1,7.00,2026-01-09\n")
        let output = try await place.shop.must("start", "client1")
        #expect(
            output.everything.contains("fetching \(parquet) from \(place.name)"), "\(output.everything)")
        let rows = try await place.shop.rows("SELECT count(*) FROM bronze_client1.shop_orders")
        #expect(rows == ["4"])
        #expect(try place.here().filter { !$0.contains("/rejected/") } == [])
    }

    @Test func whatIsOldIsPurgedInTheBucketToo() async throws {
        let place = try await PlaceShop.loaded()
        try place.dropNext()
        try place.drop("unknown.txt", "one")
        try await place.shop.must("start", "client1")
        try place.shop.edit("pulih.yml", "parallel_steps: 1}", "parallel_steps: 1, retention: 0d}")
        let dry = try await place.shop.must("purge", "--dry-run")
        #expect(dry.stdout.contains("client1: of BATCH000001"), "\(dry.everything)")
        #expect(try place.keys().count == 13)
        let before = try await place.shop.fingerprint()
        let done = try await place.shop.must("purge", "--yes")
        #expect(done.stdout.contains("removed 7 files"), "\(done.everything)")
        #expect(try place.keys() == PlaceShop.resting(2))
        #expect(
            try place.audit().contains(
                "removed \(place.name)/data/client1/shop/archive/customers_BATCH000001"))
        #expect(try await place.shop.fingerprint() == before)
        try await place.shop.must("doctor")
        #expect(try await place.shop.must("purge", "--yes").stdout.contains("client1: nothing to remove"))
        let refused = try await place.shop.must("reprocess", "client1", "1", exit: 1)
        #expect(refused.stderr.contains("was purged on "), "\(refused.everything)")
        let trace = try await place.shop.must("trace", "client1", "bronze.shop_orders", "id = 10")
        #expect(trace.stdout.contains("the raw file was purged on "), "\(trace.everything)")
    }
}
