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
        (Fixture.twoFiles, "the archive holds 2 files, one is expected: t.csv, u.csv"),
        (Fixture.locked, "assphrase"), (Fixture.nothing, "the archive holds no file"),
        (Fixture.onlyAFolder, "the archive holds no file"),
    ])
    func anOddZipIsRefusedWithItsReason(base64: String, message: String) async throws {
        let shop = try await Shop.loaded()
        let data = try #require(Data(base64Encoded: base64, options: .ignoreUnknownCharacters))
        try drop(shop, "orders_2.csv.zip", data)
        try await refused(shop, "orders_2.csv.zip", message)
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
        static let twoFiles = """
            UEsDBBQAAAAIAAAAIVihZcATcwAAAOAuAAAFAAAAdC5jc3btz7sNg1AQALA+U9wAKSB89qE4KUiBAp5Qsn02uB7JtSt3z/bO
            OJcto+W3xbpHXnn84rPu+ehLfZU6lDqWOpU6l9oZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZ
            GRndcPQHUEsDBBQAAAAIAE02dF2hZcATcwAAAOAuAAAFAAAAdS5jc3btz7sNg1AQALA+U9wAKSB89qE4KUiBAp5Qsn02uB7J
            tSt3z/bOOJcto+W3xbpHXnn84rPu+ehLfZU6lDqWOpU6l9oZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZ
            GRkZGRkZGRkZGRndcPQHUEsBAh4DFAAAAAgAAAAhWKFlwBNzAAAA4C4AAAUAAAAAAAAAAQAAAKSBAAAAAHQuY3N2UEsBAh4D
            FAAAAAgATTZ0XaFlwBNzAAAA4C4AAAUAAAAAAAAAAQAAAKSBlgAAAHUuY3N2UEsFBgAAAAACAAIAZgAAACwBAAAAAA==
            """
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
