import PulihModel
import PulihTesting
import Testing

/// Files whose senders say what they hold.
@Suite(.timeLimit(.minutes(10))) struct ControlTests {
    private let side = "control: {file: \"{stem}.ctl\", records: count, sums: {amount: total}}"
    private let trailer =
        "control: {trailer: {when: {field: 1, equals: \"T\"}, records: 2, sums: {amount: 3}}}"

    private func shop(_ entry: String) async throws -> TestWorkspace {
        try await Shop.make(configuration: Noon.configuration(["orders": entry]), models: [:])
    }

    private func orders(_ shop: TestWorkspace) async throws -> [String] {
        try await shop.rows("SELECT id, amount FROM bronze_client1.shop_orders ORDER BY 1")
    }

    @Test(.everyPlace) func aSideFileGoesWithItsData() async throws {
        let shop = try await shop(side)
        try shop.drop("orders.csv", Shop.orders)
        let waits = try await shop.must("start", "client1")
        #expect(waits.stdout.contains("! orders.csv waits for orders.ctl, which says what it holds"))
        #expect(waits.stdout.contains("nothing to do"))
        try shop.drop("orders.ctl", "count=3\ntotal=35.75\n")
        try await shop.must("start", "client1")
        #expect(try await orders(shop) == ["10,10.50", "11,20.00", "12,5.25"])
        #expect(try shop.names(in: "raw/client1/shop/incoming") == [])
        #expect(
            try shop.names(in: "raw/client1/shop/success") == [
                "orders_BATCH000001.csv", "orders_BATCH000001.ctl",
            ])
        let manifest = try shop.files(below: "batch_info").map { try shop.read($0) }.joined()
        #expect(manifest.contains("\"control_file\": \"orders_BATCH000001.ctl\""))
        try await shop.must("doctor")
    }

    @Test(.everyPlace) func anotherTotalRefusesTheFile() async throws {
        let shop = try await shop(side)
        try shop.drop("orders.csv", Shop.orders)
        try shop.drop("orders.ctl", "count;total\n4;35.76\n")
        let refused = try await shop.must("start", "client1", exit: 4)
        #expect(
            refused.stdout.contains(
                "orders_BATCH000001.csv is not what its sender says: records 4 expected, 3 found, sum of amount 35.76 expected, 35.75 found"
            ))
        #expect(try await orders(shop) == [])
        #expect(
            try shop.names(in: "raw/client1/shop/failed") == [
                "orders_BATCH000001.csv", "orders_BATCH000001.ctl",
            ])
        // Mended where they lie now, the batch goes on.
        try shop.write("raw/client1/shop/failed/orders_BATCH000001.ctl", "count;total\n3;35.75\n")
        try await shop.must("restart", "client1")
        #expect(try await orders(shop).count == 3)
        #expect(
            try shop.names(in: "raw/client1/shop/success") == [
                "orders_BATCH000001.csv", "orders_BATCH000001.ctl",
            ])
    }

    @Test(arguments: [
        ("count=x\ntotal=1\n", "records, 'count' in its side file, is no number: 'x'"),
        ("total=1\n", "records should stand as 'count' in its side file, and nothing is there"),
        ("\n", "orders_BATCH000001.ctl cannot be read"),
    ])
    func aSideFileThatSaysNothing(_ text: String, _ problem: String) async throws {
        let shop = try await shop(side)
        try shop.drop("orders.csv", Shop.orders)
        try shop.drop("orders.ctl", text)
        let refused = try await shop.must("start", "client1", exit: 4)
        #expect(refused.stdout.contains(problem))
    }

    /// A side file without its data is no unknown file.
    @Test func aSideFileWaitsForItsData() async throws {
        let shop = try await shop(side)
        try shop.drop("orders.ctl", "count=3\ntotal=35.75\n")
        let waits = try await shop.must("start", "client1")
        #expect(waits.stdout.contains("! orders.ctl waits for the file that it speaks of"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == ["orders.ctl"])
    }

    @Test func aDuplicateTakesItsSideFileAway() async throws {
        let shop = try await shop(side)
        for name in ["orders", "orders_2"] {
            try shop.drop("\(name).csv", Shop.orders)
            try shop.drop("\(name).ctl", "count=3\ntotal=35.75\n")
            try await shop.must("start", "client1")
        }
        #expect(try shop.names(in: "raw/client1/shop/incoming") == [])
        #expect(try shop.names(in: "raw/client1/shop/archive") == ["orders_2.csv", "orders_2.ctl"])
    }

    @Test(arguments: 1...6) func aKillWhileClaimingLosesNoSideFile(_ number: Int) async throws {
        let shop = try await shop(side)
        try shop.drop("orders.csv", Shop.orders)
        try shop.drop("orders.ctl", "count=3\ntotal=35.75\n")
        let killed = try await shop.run("start", "client1", failpoints: "rename.after=kill:\(number)")
        #expect(killed.signal != nil)
        try await shop.must("start", "client1")
        #expect(try await orders(shop).count == 3)
        #expect(try shop.names(in: "raw/client1/shop/incoming") == [])
        #expect(
            try shop.names(in: "raw/client1/shop/success") == [
                "orders_BATCH000001.csv", "orders_BATCH000001.ctl",
            ])
    }

    // MARK: trailer

    @Test(arguments: ["T,3,35.75\n", "T,3,35.75,\n"])
    func aTrailerIsNoRecord(_ line: String) async throws {
        let shop = try await shop(trailer)
        try shop.drop("orders.csv", Shop.orders + line)
        try await shop.must("start", "client1")
        #expect(try await orders(shop).count == 3)
        let file = try await shop.json("show", "BATCH000001")["files"]?.array?.first
        #expect(file?["skipped"]?["trailer"] == 1)
        #expect(file?["records"] == 4)
    }

    @Test(arguments: [
        ("T,2,35.75\n", "records 2 expected, 3 found"),
        ("T,3,35.7\n", "sum of amount 35.7 expected, 35.75 found"),
        ("", "orders_BATCH000001.csv has no trailer: no record has 'T' in field 1"),
        ("T,3,35.75\nT,3,35.75\n", "has 2 trailers where its last record alone should be one"),
        ("T,3,35.75\n13,1,1.00,2026-01-04\n", "has a trailer where its last record alone should be one"),
        ("T,3\n", "the sum of amount should stand as field 3 of the trailer, and nothing is there"),
    ])
    func aTrailerThatDoesNotFit(_ line: String, _ problem: String) async throws {
        let shop = try await shop(trailer)
        try shop.drop("orders.csv", Shop.orders + line)
        let refused = try await shop.must("start", "client1", exit: 4)
        #expect(refused.stdout.contains(problem))
        #expect(try await orders(shop) == [])
    }

    /// A record in quarantine was sent: it counts, and what can be read of it too.
    @Test(.everyPlace) func quarantinedRecordsCount() async throws {
        let shop = try await shop(trailer)
        try shop.drop("orders.csv", Shop.orders + "13,,1.25,2026-01-04\n14,1,2.00,someday\nT,5,39.00\n")
        try await shop.must("start", "client1")
        #expect(try await orders(shop).count == 3)
    }
}
