import Foundation
import PulihModel
import PulihTesting
import Testing

/// Compressed deliveries through the whole landing: whole, cut, damaged, locked, and larger than they look.
@Suite(.everyPlace) struct CompressedTests {
    /// `id,customer_id,amount,day` and 400 records, by gzip -9 and by Info-ZIP with `zip -P x`.
    private static let records = (1...400).map { "\($0),1,\($0).25,2026-01-0\($0 % 9 + 1)\n" }.joined()
    private static let orders = "id,customer_id,amount,day\n" + records

    private func drop(_ shop: TestWorkspace, _ name: String, _ data: Data) throws {
        try data.write(to: URL(fileURLWithPath: shop.path("raw/client1/shop/incoming/\(name)")))
    }

    /// By the program of that name.
    private func packed(_ words: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(Self.orders.utf8))
        try input.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestFailure("\(words) failed") }
        return data
    }

    @Test func aWholeOneIsLoaded() async throws {
        let shop = try await Shop.loaded()
        try drop(shop, "orders_2.csv.gz", try packed(["gzip", "-9", "-c"]))
        try await shop.must("start", "client1")
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["403"])
    }

    @Test(arguments: [1, 8, 9, 200]) func aCutOneIsRefusedWithItsOffset(bytes: Int) async throws {
        let shop = try await Shop.loaded()
        try drop(shop, "orders_2.csv.gz", try packed(["gzip", "-9", "-c"]).dropLast(bytes))
        try await refused(
            shop, "orders_2.csv.gz", " bytes of content: the file ends inside its compressed data")
    }

    @Test func aDamagedOneIsRefusedWithItsOffset() async throws {
        let shop = try await Shop.loaded()
        var data = try packed(["gzip", "-9", "-c"])
        data[data.count - 6] ^= 1
        try drop(shop, "orders_2.csv.gz", data)
        try await refused(shop, "orders_2.csv.gz", "after \(Self.orders.utf8.count) bytes of content: ")
    }

    @Test func aBombStopsAtTheLimit() async throws {
        let shop = try await Shop.loaded()
        // 256 MiB of one byte.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["bash", "-c", "head -c 268435456 /dev/zero | bzip2 -9 -c"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bomb = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(bomb.count * 5_000 < 268_435_456)
        try drop(shop, "orders_2.csv.gz", bomb)
        try await refused(
            shop, "orders_2.csv.gz", "the content is more than 5000 times as large as the file")
    }

    @Test(arguments: [
        (Fixture.locked, "assphrase"), (Fixture.nothing, "the archive holds no file"),
        (Fixture.onlyAFolder, "the archive holds no file"),
    ])
    func anOddZipIsRefusedWithItsReason(base64: String, message: String) async throws {
        let shop = try await Shop.loaded()
        let data = try #require(Data(base64Encoded: base64, options: .ignoreUnknownCharacters))
        try drop(shop, "orders_2.csv.zip", data)
        try await refused(shop, "orders_2.csv.zip", message)
    }

    @Test func aZipOfManyIsRefusedWithTheirNames() async throws {
        let shop = try await Shop.loaded()
        let files = ["t.csv", "d/u.csv"].map { (name: Array($0.utf8), content: Self.orders) }
        try drop(shop, "orders_2.csv.zip", StoredZip.make(files))
        try await refused(
            shop, "orders_2.csv.zip", "the archive holds 2 files, one is expected: t.csv, d/u.csv")
    }

    // MARK: members

    private func shop(unpack: String) async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.edit(
            "pulih.yml", "pattern: \"orders*.csv\"", "pattern: \"orders*.csv\"\n        unpack: {\(unpack)}")
        try await shop.must("apply", "--yes")
        return shop
    }

    private static let header = "id,customer_id,amount,day\n"

    @Test func manyMembersAreOneDelivery() async throws {
        let shop = try await shop(unpack: "members: \"*.csv\"")
        let archive = StoredZip.make([
            (Array("north.csv".utf8), Self.header + "20,1,1.00,2026-02-01\n21,1,2.00,2026-02-01"),
            (Array("read.me".utf8), "not a record"),
            (Array("__MACOSX/._north.csv".utf8), "\0\0"),
            (
                Array("deep/er/south.CSV".utf8),
                "\u{FEFF}" + Self.header + "22,1,3.00,2026-02-01\r\nx,1,1.00,\n"
            ),
            // In no encoding that anybody told.
            ([0x6F, 0x73, 0x74, 0xFC, 0x2E, 0x63, 0x73, 0x76], Self.header + "23,1,\"4.00\",2026-02-01\n"),
            (Array("none.csv".utf8), ""),
        ])
        try drop(shop, "orders_2.csv.zip", archive)
        try await shop.must("start", "client1")
        let places = try await shop.rows(
            "SELECT id, dwh_source_place, dwh_source_row FROM bronze_client1.shop_orders"
                + " WHERE dwh_batch_id = 'BATCH000002' ORDER BY 1")
        #expect(places.prefix(3) == ["20,north.csv:2,1", "21,north.csv:3,2", "22,deep/er/south.CSV:2,3"])
        #expect(places.count == 4)
        #expect(places[3].hasPrefix("23,ost") && places[3].hasSuffix(".csv:2,5"))
        let list = try await shop.must("quarantine", "client1").stdout
        #expect(list.contains("deep/er/south.CSV:3"))
        let file = try #require(try await shop.json("show", "2")["files"]?.array?.first)
        #expect(file["records"] == 5)
    }

    @Test(arguments: [
        (
            "id,customer_id,day,amount\n1,1,2026-01-01,1\n",
            "b.csv has the header 'id,customer_id,day,amount', and a.csv 'id,"
        ),
        (
            "id,customer_id,amount,day\n1,\"1,1,2026-01-01\n",
            "b.csv ends inside quotes that begin in its line 2"
        ),
    ])
    func aMemberThatDoesNotFitRefusesAll(second: String, message: String) async throws {
        let shop = try await shop(unpack: "members: \"*.csv\"")
        try drop(
            shop, "orders_2.csv.zip",
            StoredZip.make([
                (Array("a.csv".utf8), Self.header + "20,1,1.00,2026-02-01\n"), (Array("b.csv".utf8), second),
            ]))
        try await refused(shop, "orders_2.csv.zip", message)
    }

    @Test func nothingThatMatchesAndNoZipAreRefused() async throws {
        let shop = try await shop(unpack: "members: \"x*.csv\"")
        try drop(shop, "orders_2.csv.zip", StoredZip.make([(Array("a.csv".utf8), Self.header)]))
        try await refused(shop, "orders_2.csv.zip", "no member matches x*.csv: it holds a.csv")
        try shop.drop("orders_3.csv", Shop.nextOrders)
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.stdout.contains("is no zip archive, of which 'members' reads the files"))
    }

    @Test func theLimitIsThatOfTheConfiguration() async throws {
        let shop = try await shop(unpack: "largest: 1KB")
        try drop(shop, "orders_2.csv.gz", try packed(["gzip", "-9", "-c"]))
        try await refused(shop, "orders_2.csv.gz", "the content is larger than the limit of 1000 bytes")
    }

    @Test(arguments: [
        ("unpack: {members: \"*\"}\n        csv: {encoding: latin-1}", "'members' reads files in utf-8"),
        ("unpack: {largest: big}", "'largest' must be a size, not 'big'"),
        ("unpack: {ratio: 0}", "'ratio' must be a whole number from 1 to 1000000, not '0'"),
    ])
    func wrongLimitsAreTold(options: String, message: String) async throws {
        let shop = try await Shop.loaded()
        try shop.edit(
            "pulih.yml", "pattern: \"orders*.csv\"", "pattern: \"orders*.csv\"\n        \(options)")
        #expect(try await shop.must("apply", "--yes", exit: 3).stderr.contains(message))
    }

    private func refused(_ shop: TestWorkspace, _ name: String, _ message: String) async throws {
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.stdout.contains("! \(name) was refused: "))
        #expect(output.stdout.contains(message), "\(output.everything)")
        #expect(output.stdout.contains("nothing of it was loaded"))
        #expect(try shop.names(in: "raw/client1/shop/failed") == [name])
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["3"])
    }

    /// Made by Info-ZIP 3.0.
    enum Fixture {
        static let onlyAFolder = """
            UEsDBAoAAAAAAAAAIVgAAAAAAAAAAAAAAAACAAAAZC9QSwECHgMKAAAAAAAAACFYAAAAAAAAAAAAAAAAAgAAAAAAAAAAABAA
            7UEAAAAAZC9QSwUGAAAAAAEAAQAwAAAAIAAAAAAA
            """
        static let nothing = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="
        static let locked = """
            UEsDBBQACQAIAAAAIVihZcATfwAAAOAuAAAFAAAAdC5jc3ZOD+OdzTsiYeXuA03GNfL4V6hfTOtG550RWlfA3+2SSbw7t7CD
            RzC1RCb8VzKRg0e7RMMbKUVRIovtfVmj/DHFsVm4qJfJPk8d4MIC9imZPCd12td6iPVCVSIv3Rqv3KZELjiL7Kg684JAV1Tz
            cO/iyRidoFsrMvLsKS8K86yyUEsHCKFlwBN/AAAA4C4AAFBLAQIeAxQACQAIAAAAIVihZcATfwAAAOAuAAAFAAAAAAAAAAEA
            AACkgQAAAAB0LmNzdlBLBQYAAAAAAQABADMAAACyAAAAAAA=
            """
    }
}
