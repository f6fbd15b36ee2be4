import Foundation
import PulihModel
import PulihTesting
import Testing

/// A catalog that was lost, made again from everything else, and what comes after it.
@Suite(.everyCombination) struct RebuildTests {
    /// Good with quarantine, replaced, failed and left, failed and waiting.
    private static let histories = Shop.everywhere {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("orders.csv", Shop.orders + "x13,2,1.00,2026-01-04\n")
        try await shop.must("start", "client1")
        try shop.dropNext()
        try await shop.must("start", "client1")
        try shop.write("corrected.csv", Shop.nextOrders.replacing("6.25", with: "7.25"))
        try await shop.must("replace", "client1", "2", "orders", "corrected.csv")
        try await shop.must("restart", "client1", "2")
        try shop.drop("customers.csv", "id,name\n1,Ann\n")
        try await shop.must("start", "client1", exit: 4)
        try shop.drop("prices.csv", "sku,price\nD,4.00\n")
        try await shop.must("start", "client1", "--leave")
        try shop.drop("customers_b.csv", "id,name\n5,Eka\n")
        try await shop.must("start", "client1", exit: 4)
        return shop
    }

    private func history() async throws -> TestWorkspace {
        try await RebuildTests.histories[Place.current]!.value.copy()
    }

    /// What the catalog says, without what is known to be lost.
    private func story(_ shop: TestWorkspace) async throws -> [String] {
        var lines: [String] = []
        for batch in try await shop.json("batches").array ?? [] {
            let words = ["batch_id", "status", "mode", "attempt", "message"]
            lines.append(words.map { batch[$0]?.compact ?? "" }.joined(separator: " "))
            let shown = try await shop.json("show", try #require(batch["batch_id"]?.string))
            for file in shown["files"]?.array ?? [] { lines.append("  \(file.compact)") }
        }
        return lines
    }

    /// Lines that one of them has and the other has not.
    private func lost(_ before: [String], _ after: [String]) -> [String] {
        Set(before).symmetricDifference(after).sorted()
    }

    @Test func aLostCatalogIsMadeAgain() async throws {
        let shop = try await history()
        let twin = try await shop.copy()
        let before = try await story(shop)
        try await shop.loseCatalog()
        let output = try await shop.must("catalog", "rebuild")
        #expect(output.stdout.contains("client1: 5 batches"), "\(output.everything)")
        #expect(!output.stdout.contains("lost:"), "\(output.everything)")
        #expect(try await lost(before, story(shop)) == [])
        #expect(try await shop.json("status").array?.first?["blocks"] == [])

        // What the two do from now on is the same.
        for workspace in [shop, twin] {
            try await workspace.must("restart", "client1", "1")
            try await workspace.must("reprocess", "client1", "1")
            try workspace.write("good.csv", Shop.nextCustomers)
            try await workspace.must("replace", "client1", "5", "customers", "good.csv")
            try await workspace.must("restart", "client1")
            try workspace.drop("orders_again.csv", Shop.nextOrders.replacing("6.25", with: "7.25"))
            let again = try await workspace.must("start", "client1")
            #expect(again.stdout.contains("was already loaded in BATCH000002"), "\(again.everything)")
            try workspace.drop("orders_new.csv", "id,customer_id,amount,day\n30,1,1.00,2026-04-01\n")
            let next = try await workspace.must("start", "client1")
            #expect(next.stdout.contains("BATCH000006 of client1: SUCCESS"), "\(next.everything)")
        }
        #expect(try await shop.fingerprint() == twin.fingerprint())
        #expect(
            try await lost(story(shop), story(twin)).filter { !$0.hasPrefix("  ") } == [])
        #expect(try await !shop.must("doctor").stdout.contains("FAIL"))
    }

    @Test func whatStandsIsKeptAfterIt() async throws {
        let shop = try await Shop.loaded()
        try await shop.loseCatalog()
        try await shop.must("catalog", "rebuild")
        let restart = try await shop.json("restart", "client1")
        let ran = restart["steps"]?.array?.filter { $0["reason"]?.string?.hasPrefix("kept") == false } ?? []
        #expect(ran.compactMap { $0["stage"]?.string } == ["finalize"], "\(ran)")
    }

    @Test func aRunThatDiedIsFinishedAfterIt() async throws {
        for point in ["claim.between_renames", "load_bronze.after_commit", "publish.after_commit"] {
            let shop = try await Shop.loaded()
            try shop.dropNext()
            _ = try await shop.run("start", "client1", failpoints: "\(point)=kill")
            try await shop.loseCatalog()
            let output = try await shop.must("catalog", "rebuild")
            #expect(output.stdout.contains("BATCH000002 INTERRUPTED"), "\(point): \(output.everything)")
            try await shop.must("start", "client1")
            let whole = try await Shop.loaded()
            try whole.dropNext()
            try await whole.must("start", "client1")
            #expect(try await shop.fingerprint() == whole.fingerprint(), "\(point)")
            try await shop.expectNothingLeftHanging()
        }
    }

    @Test func aDamagedManifestLeavesTheAuditsWord() async throws {
        let shop = try await history()
        let before = try await story(shop)
        let path = try #require(try shop.files(below: "batch_info").first { $0.contains("BATCH000002") })
        try shop.write(path, "{")
        try await shop.loseCatalog()
        let output = try await shop.must("catalog", "rebuild")
        #expect(output.stdout.contains("lost: what a manifest said"), "\(output.everything)")
        #expect(try await lost(before, story(shop)) == [])
    }

    @Test func aCatalogThatIsThereIsReplacedOnlyWhenAsked() async throws {
        let shop = try await Shop.loaded()
        let before = try await story(shop)
        let refused = try await shop.must("catalog", "rebuild", exit: 1)
        #expect(refused.stderr.contains("is there and can be read"))
        #expect(try await shop.must("catalog", "rebuild", "--replace").stdout.contains("the old catalog is "))
        #expect(try await lost(before, story(shop)) == [])
    }

    /// It may take longer than a lease lasts.
    @Test func itGivesSignsOfLife() async throws {
        let shop = try await Shop.loaded()
        try await shop.loseCatalog()
        let killed = try await shop.run("catalog", "rebuild", failpoints: "heartbeat.after=kill")
        #expect(killed.signal == 9, "\(killed.everything)")
        try await shop.must("catalog", "rebuild")
    }

    @Test func oneThatDiedIsBegunAnew() async throws {
        let shop = try await Shop.loaded()
        let before = try await story(shop)
        try await shop.loseCatalog()
        let killed = try await shop.run("catalog", "rebuild", failpoints: "lease.after_claim=kill")
        #expect(killed.signal == 9)
        try shop.dropNext()
        #expect(try await shop.must("start", "client1", exit: 1).stderr.contains("did not end; run it again"))
        try await shop.must("catalog", "rebuild")
        #expect(try await lost(before, story(shop)) == [])
        try await shop.must("start", "client1")
    }
}
