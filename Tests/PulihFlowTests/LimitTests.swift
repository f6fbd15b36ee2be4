import Foundation
import PulihModel
import PulihTesting
import Testing

/// Disks that are full while a run writes, and limits that a run heeds before. Each test fills a file system in memory
/// that holds one of the workspace's folders.
@Suite struct LimitTests {
    // MARK: full disks

    @Test func aFullDiskWhileConverting() async throws {
        let shop = try await waiting()
        let disk = try await shop.move("data", toDiskOf: 64)
        try disk.fill(leavingMegabytes: 0)
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains("FAILED convert shop.customers/customers_BATCH000002.csv"))
        #expect(output.stdout.contains("No space left on device"), "\(output.everything)")
        try await expectStopped(shop, output)
        try await expectRestored(shop, disk)
    }

    @Test func aFullDiskWhileLoading() async throws {
        let shop = try await waiting()
        let disk = try await shop.move("warehouse", toDiskOf: 64)
        try disk.fill(leavingMegabytes: 1)
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains("FAILED load_bronze shop.customers/customers_BATCH000002.csv"))
        #expect(output.stdout.contains("No space left on device"), "\(output.everything)")
        try await expectStopped(shop, output)
        #expect(try await shop.revenue() == ["1,Ann,30.50,2", "2,Ben,5.25,1", "3,\"Citra, C.\",,0"])
        try await expectRestored(shop, disk)
    }

    @Test func aFullDiskOfTheCatalog() async throws {
        let shop = try await waiting()
        let disk = try await shop.move("state", toDiskOf: 16)
        try disk.fill(leavingMegabytes: 0)
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.everything.contains("free some space"), "\(output.everything)")
        try await expectRestored(shop, disk)
    }

    /// Full from the moment on in which the batch is claimed.
    @Test func aDiskOfTheCatalogThatFillsUp() async throws {
        let shop = try await waiting()
        let disk = try await shop.move("state", toDiskOf: 16)
        let killed = try await shop.run("start", "client1", failpoints: "claim.before_manifest=kill")
        #expect(killed.signal == 9)
        try disk.fill(leavingMegabytes: 0)
        let output = try await shop.must("restart", "client1", exit: 1)
        #expect(output.everything.contains("database or disk is full"), "\(output.everything)")
        try await expectRestored(shop, disk)
    }

    @Test func aFullDiskOfTheAudit() async throws {
        let shop = try await waiting()
        let disk = try await shop.move("audit", toDiskOf: 4)
        try disk.fill(leavingMegabytes: 0)
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.everything.contains("No space left on device"), "\(output.everything)")
        #expect(output.everything.contains("free some space"), "\(output.everything)")
        try await expectRestored(shop, disk)
    }

    // MARK: limits

    @Test func aReserveThatIsUsedUpBeforeAnythingBegan() async throws {
        let shop = try await waiting()
        let disk = try await shop.move("warehouse", toDiskOf: 128)
        try shop.edit("pulih.yml", "disk_reserve: 0", "disk_reserve: 50MB")
        try disk.fill(leavingMegabytes: 40)
        let dropped = try shop.names(in: "raw/client1/shop/incoming")
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stderr.contains("client1 was not begun: the disk of warehouse has 4"))
        #expect(output.stderr.contains("settings.disk_reserve is 50 MB; new files stay in incoming"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == dropped)
        try await expectRestored(shop, disk)
    }

    @Test func aReserveThatIsUsedUpByTheRun() async throws {
        let shop = try await waiting()
        let disk = try await shop.move("data", toDiskOf: 64)
        try shop.edit("pulih.yml", "disk_reserve: 0", "disk_reserve: 40MB")
        // The Parquet of customers is what is too much.
        // The file system counts in units of 1,048,576 bytes.
        try disk.fill(leavingMegabytes: 39)
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains("BATCH000002 of client1: CANCELLED, stopped: the disk of "))
        #expect(output.stdout.contains("settings.disk_reserve is 40 MB"), "\(output.everything)")
        #expect(output.stdout.contains("next: pulih restart client1"))
        try await expectRestored(shop, disk)
    }

    @Test func memoryThatIsUsedUp() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        let killed = try await shop.run("start", "client1", failpoints: "publish.before_commit=kill")
        #expect(killed.signal == 9)
        try shop.set("process_memory: 1MB")
        let output = try await shop.must("restart", "client1", exit: 1)
        #expect(output.stdout.contains("CANCELLED, stopped: the process has "), "\(output.everything)")
        #expect(output.stdout.contains("settings.process_memory is 1 MB"))
        #expect(output.stdout.contains("next: pulih restart client1"))
        try shop.edit("pulih.yml", "process_memory: 1MB", "process_memory: 0")
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
    }

    // MARK: what is said, and what comes of it

    /// A workspace with one batch, and a second that needs some megabytes wherever it goes.
    private func waiting() async throws -> TestWorkspace {
        let shop = try await Shop.make(
            configuration: "catalog: {sqlite: state/catalog.sqlite}\n"
                + Shop.configuration.replacing(
                    "settle_seconds: 0", with: "settle_seconds: 0, disk_reserve: 0"))
        try shop.dropFirst()
        try await shop.must("start", "client1")
        try LimitTests.dropLarge(shop)
        return shop
    }

    private static func dropLarge(_ shop: TestWorkspace) throws {
        try shop.drop("customers.csv", largeCustomers)
        try shop.drop("orders.csv", Shop.nextOrders)
        try shop.drop("prices.csv", Shop.nextPrices)
    }

    /// Two megabytes also as Parquet.
    private static let largeCustomers: String = {
        var random: UInt64 = 1
        let rows = (1...50_000).map { id in
            let words = (0..<4).map { _ in
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return String(random, radix: 36)
            }
            return "\(id),\(words.joined()),Solo\n"
        }
        return "id,name,city\n" + rows.joined()
    }()

    private static let undisturbed = Once {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try await shop.must("start", "client1")
        try dropLarge(shop)
        try await shop.must("start", "client1")
        return try await shop.fingerprint()
    }

    private func expected() async throws -> [String: String] { try await Self.undisturbed.value }

    private func expectStopped(_ shop: TestWorkspace, _ output: TestWorkspace.Output) async throws {
        // What depends on the step that failed says that; the rest says why it was not begun.
        #expect(output.stderr.contains("SKIPPED publish"), "\(output.everything)")
        #expect(
            output.stderr.contains("[stopped: a disk is full: ")
                || output.stderr.contains("SKIPPED transform silver.customers [load_bronze"),
            "\(output.everything)")
        #expect(output.stdout.contains("BATCH000002 of client1: FAILED"))
        #expect(output.stdout.contains("next: pulih restart client1"))
        #expect(try await shop.json("status").array?.first?["newest_status"] == "FAILED")
    }

    /// Once there is room again, the next command leaves what an undisturbed run leaves.
    private func expectRestored(_ shop: TestWorkspace, _ disk: SmallDisk) async throws {
        try disk.clear()
        if try shop.names(in: "raw/client1/shop/incoming").isEmpty {
            try await shop.must("restart", "client1")
        } else {
            try await shop.must("start", "client1")
        }
        #expect(try await shop.fingerprint() == expected())
        let batches = try await shop.json("batches").array ?? []
        #expect(batches.compactMap { $0["status"]?.string } == ["SUCCESS", "SUCCESS"])
    }
}

extension TestWorkspace {
    /// Puts a folder with all that is in it on a file system of its own.
    fileprivate func move(_ folder: String, toDiskOf megabytes: Int) async throws -> SmallDisk {
        try move(folder, to: folder + ".before")
        try FileManager.default.createDirectory(atPath: path(folder), withIntermediateDirectories: true)
        let disk = try await SmallDisk(at: path(folder), megabytes: megabytes)
        for file in try files(below: folder + ".before") {
            let target = URL(fileURLWithPath: path(folder + file.dropFirst(folder.count + ".before".count)))
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: URL(fileURLWithPath: path(file)), to: target)
        }
        return disk
    }
}
