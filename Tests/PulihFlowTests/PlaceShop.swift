import Foundation
import PulihTesting

/// A shop whose files come from a bucket and rest there.
final class PlaceShop: Sendable {
    let shop: TestWorkspace
    let server: S3Server
    private let bucket: String

    /// - Parameters:
    ///   - configuration: the whole `pulih.yml` but for the places.
    ///   - places: which of them are in the bucket.
    ///   - server: nil: the one that tests share.
    init(
        _ configuration: String = PlaceShop.inOrder, models: [String: String] = Shop.models,
        places: [String] = ["raw", "data"], server: S3Server? = nil
    ) async throws {
        if let server { self.server = server } else { self.server = try await S3Server.shared.value }
        bucket = try self.server.makeBucket()
        shop = try await TestWorkspace(configuration, models: models)
        try shop.write("secrets/key", "\(self.server.keyID)\n")
        try shop.write("secrets/secret", "\(self.server.secret)\n")
        let lines = places.map {
            "  \($0): {s3: \(bucket)/pulih, endpoint: \"\(self.server.endpoint)\", key: {file: secrets/key},"
                + " secret: {file: secrets/secret}}\n"
        }
        try shop.write("pulih.yml", try shop.read("pulih.yml") + "places:\n" + lines.joined())
        try await shop.must("apply", "--yes")
    }

    /// One step after the other, so that the Nth passage of a failpoint is the same place every time.
    static let inOrder = Shop.configuration.replacing("parallel_steps: 2", with: "parallel_steps: 1")

    /// A shop in which BATCH000001 is loaded and rests.
    static func loaded(
        _ configuration: String = PlaceShop.inOrder, models: [String: String] = Shop.models
    ) async throws -> PlaceShop {
        let shop = try await PlaceShop(configuration, models: models)
        try shop.dropFirst()
        try await shop.shop.must("start", "client1")
        return shop
    }

    // MARK: the bucket

    /// As messages call it.
    var name: String { "s3://\(bucket)/pulih" }

    private func path(_ key: String) -> String { server.path(bucket, "pulih/\(key)") }

    func put(_ key: String, _ content: String) throws {
        let url = URL(fileURLWithPath: path(key))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content.utf8).write(to: url)
    }

    func object(_ key: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(key))), as: UTF8.self)
    }

    func removeObject(_ key: String) throws { try FileManager.default.removeItem(atPath: path(key)) }

    /// Puts an object where Pulih collects it.
    func drop(_ name: String, _ content: String) throws {
        try put("raw/client1/shop/incoming/\(name)", content)
    }

    /// Keys below a folder, sorted.
    func keys(_ folder: String = "") throws -> [String] {
        let root = path("")
        guard FileManager.default.fileExists(atPath: root) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: root).filter { key in
            var isFolder: ObjCBool = false
            return key.hasPrefix(folder)
                && FileManager.default.fileExists(atPath: root + key, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    // MARK: the workspace

    /// Raw files and Parquet that lie in the workspace.
    func here() throws -> [String] {
        try (shop.files(below: "raw") + shop.files(below: "data/client1"))
    }

    func dropFirst() throws {
        try drop("customers.csv", Shop.customers)
        try drop("orders.csv", Shop.orders)
        try drop("prices.csv", Shop.prices)
    }

    func dropNext() throws {
        try drop("customers.csv", Shop.nextCustomers)
        try drop("orders.csv", Shop.nextOrders)
        try drop("prices.csv", Shop.nextPrices)
    }

    func audit() throws -> String { try shop.files(below: "audit").map { try shop.read($0) }.joined() }

    static func success(_ name: String) -> String { "raw/client1/shop/success/\(name)" }
    static func archive(_ name: String) -> String { "data/client1/shop/archive/\(name)" }
    /// What a batch of all three files has in the bucket.
    static func resting(_ batch: Int) -> [String] {
        let names = ["customers", "orders", "prices"].map { "\($0)_BATCH00000\(batch)" }
        return names.map { archive("\($0).parquet") } + names.map { success("\($0).csv") }
    }
}
