import PulihModel
import PulihTesting
import Testing

/// Files of which senders say what they hold, and what takes their place.
@Suite(.everyPlace, .timeLimit(.minutes(10))) struct ReplacedTotalsTests {
    private static let raw = "raw/client1/shop"
    private static let whole = Shop.orders + "13,3,1.00,2026-01-04\n"

    /// In BATCH000001 a file was cut, so its totals refuse it.
    private func refused() async throws -> TestWorkspace {
        let entry = "control: {file: \"{stem}.ctl\", records: count, sums: {amount: total}}"
        let shop = try await Shop.make(configuration: Noon.configuration(["orders": entry]), models: [:])
        try shop.drop("orders.csv", Shop.orders)
        try shop.drop("orders.ctl", "count=4\ntotal=36.75\n")
        try await shop.must("start", "client1", exit: 4)
        return shop
    }

    private func orders(_ shop: TestWorkspace) async throws -> [String] {
        try await shop.rows("SELECT id FROM bronze_client1.shop_orders ORDER BY 1")
    }

    private func lying(_ shop: TestWorkspace) throws -> [String] {
        try shop.files(below: Self.raw).filter { !$0.contains("/.pulih-tmp-") }
            .map { String($0.dropFirst(Self.raw.count + 1)) }
    }

    @Test func aReplacementComesWithItsTotals() async throws {
        let shop = try await refused()
        let before = try lying(shop)
        #expect(before == ["failed/orders_BATCH000001.csv", "failed/orders_BATCH000001.ctl"])
        try shop.write("new/whole.csv", Self.whole)
        let alone = try await shop.must("replace", "client1", "1", "orders", "new/whole.csv", exit: 4)
        #expect(
            alone.stderr.contains("whole.ctl, which says what whole.csv holds, does not lie beside it"))
        #expect(alone.stderr.contains("or take 'control' from shop.orders in pulih.yml"))
        try shop.write("new/whole.ctl", "count=4\ntotal=36.70\n")
        let wrong = try await shop.must("replace", "client1", "1", "orders", "new/whole.csv", exit: 4)
        #expect(
            wrong.stderr.contains(
                "whole.csv is not what its sender says: sum of amount 36.7 expected, 36.75 found"))
        // Nothing was changed so far: neither files nor what is said of the batch.
        #expect(try lying(shop) == before)
        #expect(try await shop.json("batches").array?.first?["status"] == "FAILED")

        try shop.write("new/whole.ctl", "count=4\ntotal=36.75\n")
        try await shop.must("replace", "client1", "1", "orders", "new/whole.csv")
        let names = try lying(shop)
        #expect(names.count == 4)
        #expect(names.suffix(2) == ["success/orders_BATCH000001.csv", "success/orders_BATCH000001.ctl"])
        let stems = Set(names.prefix(2).map { $0.dropLast(4) })
        #expect(stems.count == 1 && stems.first?.hasPrefix("failed/orders_BATCH000001.replaced-") == true)
        #expect(try shop.read(names[1].replacing("failed/", with: Self.raw + "/failed/")).contains("36.75"))
        try await shop.must("restart", "client1")
        #expect(try await orders(shop) == ["10", "11", "12", "13"])
        try await shop.must("doctor")

        // The old pair is a pair still: it can come back as it was.
        let old = Self.raw + "/" + names[0]
        let again = try await shop.must("replace", "client1", "1", "orders", old, exit: 4)
        #expect(again.stderr.contains("records 4 expected, 3 found"))
        #expect(try await orders(shop).count == 4)
    }

    /// Edited in place with new totals beside it.
    @Test func whatLiesInItsPlaceIsTakenAsItLies() async throws {
        let shop = try await refused()
        let path = Self.raw + "/failed/orders_BATCH000001"
        try shop.write(path + ".csv", Self.whole)
        try await shop.must("replace", "client1", "1", "orders", path + ".csv")
        try await shop.must("restart", "client1")
        #expect(try await orders(shop).count == 4)
        #expect(
            try lying(shop) == ["success/orders_BATCH000001.csv", "success/orders_BATCH000001.ctl"])
    }

    /// Until the same command is given again a run loads nothing, or the new file by its own totals.
    @Test(arguments: 1...6) func aKilledReplacementIsFinished(_ number: Int) async throws {
        let shop = try await refused()
        try shop.write("new/whole.csv", Self.whole + "14,1,2.00,2026-01-05\n")
        try shop.write("new/whole.ctl", "count=5\ntotal=38.75\n")
        let killed = try await shop.run(
            "replace", "client1", "1", "orders", "new/whole.csv", failpoints: "rename.after=kill:\(number)")
        #expect(killed.signal != nil || number > 4, "\(killed.everything)")
        _ = try await shop.run("restart", "client1")
        #expect(try await [0, 5].contains(orders(shop).count))
        try await shop.must("replace", "client1", "1", "orders", "new/whole.csv")
        try await shop.must("restart", "client1")
        #expect(try await orders(shop).count == 5)
        let names = try lying(shop)
        #expect(names.filter { $0.hasPrefix("success/") }.count == 2)
        #expect(names.filter { $0.hasPrefix("failed/orders_BATCH000001.replaced-") }.count == 2)
        #expect(names.count == 4)
        let manifest = try shop.files(below: "batch_info").map { try shop.read($0) }.joined()
        #expect(manifest.contains("\"control_file\": \"orders_BATCH000001.ctl\""))
        try await shop.must("doctor")
    }
}
