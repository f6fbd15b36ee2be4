import PulihModel
import PulihTesting
import Testing

/// What a manifest alone said once: which side file came with a file, and what was purged of it.
@Suite(.everyPlace, .timeLimit(.minutes(10))) struct ManifestMarksTests {
    private static let entry = "control: {file: \"{stem}.ctl\", records: count}"

    /// Two batches of orders with side files; the files of the first are purged.
    private static let purged = Shop.everywhere {
        let shop = try await Shop.make(
            configuration: Noon.configuration(["orders": entry], settings: ", retention: 0d"), models: [:])
        for (name, content) in [("orders", Shop.orders), ("orders_2", Shop.nextOrders)] {
            try shop.drop("\(name).csv", content)
            try shop.drop("\(name).ctl", "count=\(content.split(separator: "\n").count - 1)\n")
            try await shop.must("start", "client1")
        }
        try await shop.must("purge", "client1", "--yes")
        return shop
    }

    private func shop() async throws -> TestWorkspace { try await Self.purged[Place.current]!.value.copy() }

    /// - Parameter lines: of this member and what is inside it.
    private func marks(_ shop: TestWorkspace) throws -> JSONValue? {
        let path = try #require(
            try shop.files(below: "batch_info").first { $0.hasSuffix("BATCH000001.json") })
        return try JSONValue.parse(Array(try shop.read(path).utf8))["files"]?.array?.first
    }

    private func damage(_ shop: TestWorkspace) async throws {
        let path = try #require(
            try shop.files(below: "batch_info").first { $0.hasSuffix("BATCH000001.json") })
        try shop.write(path, "damaged")
        try await shop.must("restart", "client1", "1", exit: 1)
        try await shop.must("resolve", "client1", "--reason", "looked at it")
    }

    private func isAsItWas(_ shop: TestWorkspace, _ before: JSONValue?) async throws {
        let after = try marks(shop)
        #expect(after?["control_file"] == "orders_BATCH000001.ctl")
        #expect(after?["control_sha256"]?.string?.count == 64)
        for name in ["control_file", "control_sha256", "purged"] { #expect(after?[name] == before?[name]) }
        #expect(after?["purged"]?["raw"] != nil)
        try await shop.must("doctor")
        let trace = try await shop.must("trace", "client1", "bronze.shop_orders", "id = 10")
        #expect(trace.stdout.contains("the raw file was purged on "))
        let refused = try await shop.must("reprocess", "client1", "1", exit: 1)
        #expect(refused.stderr.contains("orders_BATCH000001.csv of BATCH000001 was purged on "))
    }

    @Test func aManifestMadeAgainFromTheCatalogHasThem() async throws {
        let shop = try await shop()
        let before = try marks(shop)
        try await damage(shop)
        try await isAsItWas(shop, before)
    }

    /// The new catalog has them from the manifest, or, without it, from the audit.
    @Test(arguments: [true, false]) func aCatalogMadeAgainHasThem(_ hasManifest: Bool) async throws {
        let shop = try await shop()
        let before = try marks(shop)
        if !hasManifest {
            let path = try #require(
                try shop.files(below: "batch_info").first { $0.hasSuffix("BATCH000001.json") })
            try shop.remove(path)
        }
        try await shop.loseCatalog()
        try await shop.must("catalog", "rebuild")
        if hasManifest {
            try await damage(shop)
        } else {
            try await shop.must("restart", "client1", "1", exit: 1)
            try await shop.must("resolve", "client1", "--reason", "looked at it")
        }
        try await isAsItWas(shop, before)
    }

    /// A file that was brought back is not purged any more.
    @Test func aReplacementIsThere() async throws {
        let shop = try await shop()
        try shop.write("orders.csv", Shop.orders)
        try shop.write("orders.ctl", "count=3\n")
        try await shop.must("replace", "client1", "1", "orders", "orders.csv")
        #expect(try marks(shop)?["purged"] == nil)
        try await shop.must("restart", "client1", "1")
        try await shop.must("reprocess", "client1", "1")
    }
}
