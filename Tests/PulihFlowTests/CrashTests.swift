import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// What runs that died leave for later ones, and runs that meet. PulihFaultTests kill a run everywhere.
@Suite(.everyCombination) struct CrashTests {
    /// What a second batch leaves that nothing interrupts.
    enum Story {
        case start

        var expected: [String: String] {
            get async throws { try await Self.uninterrupted[Place.current]!.value }
        }

        private static let uninterrupted = Shop.everywhere {
            let shop = try await Shop.loaded()
            try shop.dropNext()
            try await shop.must("start", "client1")
            return try await shop.fingerprint()
        }
    }

    @Test func whatAKilledRunLoadedIsStillADuplicate() async throws {
        let shop = try await Shop.make(models: [:])
        try shop.drop("orders.csv", Shop.orders)
        let killed = try await shop.run("start", "client1", failpoints: "load_bronze.after_commit=kill")
        #expect(killed.signal == 9)
        try await shop.must("start", "client1")
        try shop.drop("orders.csv", Shop.orders)
        try await shop.must("start", "client1")
        let orders = try await shop.rows("SELECT id FROM bronze_client1.shop_orders ORDER BY 1")
        #expect(orders == ["10", "11", "12"])
        #expect(try shop.names(in: "raw/client1/shop/archive") == ["orders.csv"])
    }

    @Test func aRecordLostOnItsWayFailsTheLoad() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        let output = try await shop.run("start", "client1", failpoints: "load_bronze.lose_record=fail")
        #expect(output.exit == 1)
        #expect(output.stdout.contains("FAILED load_bronze shop.orders/orders_BATCH000001.csv"))
        #expect(output.stdout.contains("balance: expected 3 rows, 2 arrived"))
        #expect(output.stdout.contains("left behind: nothing was loaded"))
        for table in ["customers", "orders", "prices"] {
            #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_\(table)") == ["0"])
        }
        try await shop.must("restart", "client1")
        #expect(try await shop.revenue().count == 3)
    }

    @Test func anUnknownFailpointIsNoSilence() async throws {
        let shop = try await Shop.loaded()
        let output = try await shop.run("status", failpoints: "load.somewhere=kill")
        #expect(output.exit != 0)
        #expect(output.stderr.contains("there is no failpoint load.somewhere"))
    }

    @Test func ofTwoRunsOneIsTurnedAway() async throws {
        // The first run reads from a pipe while it holds the client, and so waits until the test writes.
        let shop = try await TestWorkspace(Shop.configuration, models: Shop.models)
        let pipe = shop.path("pipe")
        #expect(try await ChildProcess.run("mkfifo", [pipe]).isSuccess)
        let hook =
            "FROM read_csv('\(pipe)', header = false, auto_detect = false, columns = {'word': 'VARCHAR'})"
        try shop.write("pulih.yml", Shop.configuration + "hooks:\n  on_start:\n    - \"\(hook)\"\n")
        try await shop.must("apply", "--yes")
        try shop.dropFirst()
        async let first = shop.run("start", "client1")
        var running = JSONValue.null
        for _ in 0..<1_000 where running == .null {
            running = try await shop.json("status").array?.first?["running"] ?? .null
        }
        #expect(running["doing"] == "start client1")
        let second = try await shop.must("start", "client1", exit: 5)
        let pid = try #require(running["pid"]?.int)
        #expect(second.stderr.contains("client1 is being run by start client1 (pid \(pid) on "))
        let third = try await shop.must("restart", "client1", "--json", exit: 5)
        #expect(try third.json()["error"]?["code"] == "busy")

        let release = ["-c", "echo go > \"$0\"", pipe]
        #expect(try await ChildProcess.run("sh", release, timeLimit: .seconds(60)).isSuccess)
        #expect(try await first.exit == 0)
        #expect(try await shop.json("batches").array?.count == 1)
        #expect(try await shop.revenue().count == 3)
    }
}

extension TestWorkspace {
    /// Every batch is through, every file is where it belongs, and nobody holds the client.
    func expectNothingLeftHanging() async throws {
        let batches = try #require(try await json("batches").array)
        #expect(batches.allSatisfy { $0["status"] == "SUCCESS" }, "\(batches)")
        let manifests = try files(below: "batch_info")
        #expect(
            manifests.count == batches.count && manifests.allSatisfy { $0.contains("/refreshed/") },
            "\(manifests)")
        #expect(try names(in: "raw/client1/shop/incoming") == [])
        #expect(try names(in: "data/client1/shop/incoming") == [])
        #expect(try names(in: "raw/client1/shop/success").count == 3 * batches.count)
        for batch in batches {
            let story = try await json("show", try #require(batch["batch_id"]?.string))
            for file in story["files"]?.array ?? [] {
                #expect(file["loaded"] == file["records"], "\(file)")
                #expect(file["load_status"] == "SUCCESS", "\(file)")
            }
            for step in story["steps"]?.array ?? [] { #expect(step["status"] == "SUCCESS", "\(step)") }
        }
        #expect(try await json("status").array?.first?["running"] == .null)
        try await must("doctor")
    }
}
