import Foundation
import Glibc
import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// `pulih wait`.
@Suite(.timeLimit(.minutes(10))) struct WaitTests {
    private func shop() async throws -> TestWorkspace {
        try await Shop.make(
            configuration: Noon.configuration([
                "orders": "expected: {by: \"20:00\"}", "prices": "expected: {by: \"20:00\"}",
            ]), models: [:])
    }

    private func wait(_ shop: TestWorkspace, _ words: String...) throws -> RunningProgram {
        try RunningProgram(["wait", "client1", "--until", "20:00"] + words, folder: shop.root)
    }

    private func isWaiting(_ shop: TestWorkspace, _ body: () async throws -> Void) async throws
        -> PulihProgram.Output
    {
        try await PulihProgram.runUntil(
            "waiting for shop.orders", ["wait", "client1", "--until", "20:00"], folder: shop.root,
            environment: [:], body)
    }

    /// Whether a process has a watch on folders.
    private static func watches(_ pid: Int32) -> Bool {
        (0..<64).contains { number in
            let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")
            return link == "anon_inode:inotify"
        }
    }

    @Test(.everyPlace) func itStartsWhenTheLastOneCame() async throws {
        let shop = try await shop()
        try shop.drop("orders.csv", Shop.orders)
        let program = try wait(shop)
        // It has begun to watch, or has not yet: either way the file is seen.
        try shop.drop("prices.csv", Shop.prices)
        let output = try await program.output()
        #expect(output.exit == 0, "\(output.everything)")
        #expect(output.stdout.contains("BATCH000001 of client1: SUCCESS"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == [])
    }

    @Test func aFileThatComesLaterEndsTheWait() async throws {
        let shop = try await shop()
        _ = try await isWaiting(shop) {
            try shop.drop("orders.csv", Shop.orders)
            try shop.drop("prices.csv", Shop.prices)
            try await shop.waitUntil("the batch is loaded") {
                try await shop.json("batches").array?.first?["status"] == "SUCCESS"
            }
        }
    }

    @Test(.everyPlace) func nothingMayFollow() async throws {
        let shop = try await shop()
        try shop.drop("orders.csv", Shop.orders)
        try shop.drop("prices.csv", Shop.prices)
        let output = try await shop.must("wait", "client1", "--until", "20:00", "--then", "nothing")
        #expect(output.stdout == "the files of client1 are there\n")
        #expect(try await shop.json("batches") == [])
        let usage = try await shop.must("wait", "client1", exit: 2)
        #expect(usage.stderr.contains("--until is missing"))
        #expect(
            try await shop.must("wait", "client1", "--until", "6", exit: 2).stderr.contains(
                "'6' is no time of day"))
    }

    @Test func whereNothingIsExpectedAnyFileDoes() async throws {
        let shop = try await Shop.make(configuration: Noon.configuration([:]))
        try shop.drop("customers.csv", Shop.customers)
        try await shop.must("wait", "client1", "--until", "20:00")
        #expect(try await shop.json("batches").array?.count == 1)
    }

    @Test func aSignalEndsIt() async throws {
        let shop = try await shop()
        let program = try wait(shop)
        try await shop.waitUntil("it watches") { Self.watches(program.pid) }
        program.signal(SIGTERM)
        let output = try await program.output()
        #expect(output.exit == 1, "\(output.everything)")
        #expect(try await shop.json("batches") == [])
    }
}
