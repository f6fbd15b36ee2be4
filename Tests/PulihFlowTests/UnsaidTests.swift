import PulihModel
import PulihTesting
import Testing

/// What a run did and was killed before it could say is said by the next one.
@Suite(.everyPlace) struct UnsaidTests {
    /// Lines of the audit that tell of something done, as `load_bronze shop.orders/orders_BATCH000002.csv`.
    private func said(_ shop: TestWorkspace, _ process: String) throws -> [String] {
        var told: [String] = []
        for file in try shop.files(below: "audit") {
            for text in try shop.read(file).split(separator: "\n") {
                let line = try JSONValue.parse(Array(text.utf8))
                guard line["process_name"]?.string == process, line["batch_id"] == "BATCH000002" else {
                    continue
                }
                let message = line["message"]?.string ?? ""
                told.append(String(message.prefix { $0 != ":" }))
            }
        }
        return told
    }

    private func rows(_ shop: TestWorkspace, _ stage: String) async throws -> [Int64?] {
        (try await shop.json("show", "BATCH000002")["steps"]?.array ?? [])
            .filter { $0["stage"]?.string == stage }.map { $0["rows"]?.int }
    }

    @Test(arguments: ["load_bronze.after_commit=kill", "load_bronze.after_commit=kill:3"])
    func aCommittedLoadHasItsLineAndItsRows(_ death: String) async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        #expect(try await shop.run("start", "client1", failpoints: death).signal == 9)
        try await shop.must("restart", "client1")
        let things = ["customers", "orders", "prices"].map { "shop.\($0)/\($0)_BATCH000002.csv" }
        #expect(try said(shop, "load_bronze").sorted() == things)
        #expect(try await rows(shop, "load_bronze").compactMap(\.self).sorted() == [2, 2, 3])
        // Once is enough.
        try await shop.must("restart", "client1")
        #expect(try said(shop, "load_bronze").sorted() == things)
    }

    @Test func aCommittedPublicationHasItsLine() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        #expect(try await shop.run("start", "client1", failpoints: "publish.after_commit=kill").signal == 9)
        #expect(try said(shop, "publish") == [])
        try await shop.must("restart", "client1")
        #expect(try said(shop, "publish") == ["BATCH000002"])
    }

    @Test func aKeptStageIsWrittenToItsFile() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        #expect(
            try await shop.run("start", "client1", failpoints: "load_bronze.before_commit=kill").signal == 9)
        try await shop.must("restart", "client1")
        for file in try await shop.json("show", "BATCH000002")["files"]?.array ?? [] {
            for stage in ["convert", "mapping_validation", "row_validation", "load"] {
                #expect(file["\(stage)_status"] == "SUCCESS", "\(file)")
            }
        }
    }

    @Test func aReplacementThatIsThereIsNotMovedAway() async throws {
        let shop = try await Shop.loaded()
        try shop.write("corrected.csv", Shop.nextCustomers)
        for _ in 1...2 { try await shop.must("replace", "client1", "1", "customers", "corrected.csv") }
        #expect(try shop.names(in: "raw/client1/shop/failed").count == 1)
        #expect(try shop.read("raw/client1/shop/success/customers_BATCH000001.csv") == Shop.nextCustomers)
    }
}
