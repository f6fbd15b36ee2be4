import Glibc
import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// A run that is told to stop ends soon, in order, and says how to go on.
@Suite(.everyCombination) struct StopTests {
    private static let (interrupt, terminate) = (Int32(2), Int32(15))

    /// A second batch whose publication waits behind a model that takes longer than anybody waits.
    private func withASlowModel() async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try shop.write("sql/gold/slow.sql", SlowModel.endless)
        return shop
    }

    private func expectCancelled(_ shop: TestWorkspace, _ output: TestWorkspace.Output, by cause: String)
        async throws
    {
        #expect(output.exit == 1, "\(output.everything)")
        #expect(output.stdout.contains("BATCH000002 of client1: CANCELLED, stopped: \(cause)"))
        #expect(output.stdout.contains("next: pulih restart client1"))
        let story = try await shop.json("show")
        #expect(story["status"] == "CANCELLED")
        #expect(story["next"] == "pulih restart client1")
        let steps = try #require(story["steps"]?.array)
        #expect(steps.contains { $0["status"] == "CANCELLED" && $0["thing"] == "gold.slow" }, "\(steps)")
        #expect(!steps.contains { $0["status"] == "RUNNING" }, "\(steps)")
        #expect(try shop.audited("batch", "CANCELLED").contains("stopped: \(cause)"))
        #expect(try await shop.json("status").array?.first?["running"] == .null)
        #expect(try await shop.revenue() == Shop.firstRevenue)
        try shop.write("sql/gold/slow.sql", "SELECT 1 AS n")
        try await shop.must("restart", "client1")
        #expect(try await shop.printWithoutSlow() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test(arguments: [interrupt, terminate])
    func theFirstSignalCancelsTheBatch(_ signal: Int32) async throws {
        let shop = try await withASlowModel()
        let run = try shop.begin("start", "client1")
        try await shop.waitUntilRunning("integrate", "gold.slow")
        let clock = ContinuousClock()
        let asked = clock.now
        run.signal(signal)
        let output = try await run.output()
        // Two seconds on a machine that has nothing else to do.
        #expect(clock.now - asked < .seconds(6), "\(clock.now - asked)")
        let name = signal == Self.interrupt ? "SIGINT" : "SIGTERM"
        #expect(output.stderr.contains("pulih: \(name): stopping"))
        try await expectCancelled(shop, output, by: "\(name) was received")
    }

    @Test func stopEndsTheRun() async throws {
        let shop = try await withASlowModel()
        let run = try shop.begin("start", "client1")
        try await shop.waitUntilRunning("integrate", "gold.slow")
        let stopped = try await shop.json("stop", "client1")
        #expect(stopped["stopped"] == true && stopped["status"] == "CANCELLED", "\(stopped)")
        #expect(stopped["run"]?["pid"]?.int == Int64(run.pid))
        #expect(stopped["next"] == "pulih restart client1")
        try await expectCancelled(shop, try await run.output(), by: "SIGTERM was received")
    }

    @Test func stopReachesARunOfAnotherHost() async throws {
        let shop = try await withASlowModel()
        let run = try shop.begin("start", "client1")
        try await shop.waitUntilRunning("integrate", "gold.slow")
        let asked = try await shop.run("stop", "client1", environment: ["PULIH_HOST_ID": "another"])
        #expect(asked.exit == 0, "\(asked.everything)")
        #expect(asked.stdout.contains("BATCH000002 of client1: CANCELLED"), "\(asked.everything)")
        try await expectCancelled(shop, try await run.output(), by: "asked to stop by ")
    }

    @Test func whereNothingRunsNothingIsStopped() async throws {
        let shop = try await Shop.loaded()
        #expect(try await shop.must("stop", "client1").stdout == "client1: nothing runs\n")
        let typo = try await shop.must("stop", "cleint1", exit: 2)
        #expect(typo.stderr.contains("did you mean 'client1'?"))
    }

    @Test func aPausedClientRunsAgainWhenItIsResumed() async throws {
        let shop = try await withASlowModel()
        try shop.write("sql/gold/slow.sql", SlowModel.seconds)
        let run = try shop.begin("start", "client1")
        try await shop.waitUntilRunning("integrate", "gold.slow")
        let paused = try await shop.must("pause", "client1", "--reason", "month end")
        #expect(paused.stdout.contains("client1 is paused: month end"))
        #expect(paused.stdout.contains("start client1 (pid \(run.pid)) ends after its running steps"))
        let output = try await run.output()
        #expect(output.exit == 1, "\(output.everything)")
        #expect(output.stdout.contains("BATCH000002 of client1: PAUSED, stopped: paused by "))
        #expect(output.stdout.contains("next: pulih resume client1"))
        let steps = try #require(try await shop.json("show")["steps"]?.array)
        #expect(steps.contains { $0["thing"] == "gold.slow" && $0["status"] == "SUCCESS" }, "\(steps)")
        #expect(try await shop.revenue() == Shop.firstRevenue)

        for verb in ["start", "restart", "reprocess"] {
            let refused = try await shop.must(verb, "client1", exit: 5)
            #expect(refused.stderr.contains("client1 is paused by "), "\(refused.everything)")
            #expect(refused.stderr.contains("month end"))
            #expect(refused.stderr.contains("'pulih resume client1' lifts it"))
        }
        let status = try #require(try await shop.json("status").array?.first)
        #expect(status["paused"]?["reason"] == "month end" && status["next"] == "pulih resume client1")
        try await shop.must("restart", "client1", "--explain")

        try shop.remove("sql/gold/slow.sql")
        let resumed = try await shop.must("resume", "client1")
        #expect(resumed.stdout.contains("BATCH000002 of client1: SUCCESS"))
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
        #expect(try await shop.must("resume", "client1").stdout.contains("was not paused"))
    }

    @Test func aPauseBeforeARunKeepsItFromBeginning() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try await shop.must("pause", "client1")
        try await shop.must("start", "client1", exit: 5)
        #expect(try shop.names(in: "raw/client1/shop/incoming").count == 3)
        #expect(try await shop.must("resume", "client1").stdout.contains("no longer paused"))
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
    }

    @Test func aQueryEndsToo() async throws {
        let shop = try await Shop.loaded()
        let query = try shop.begin("query", SlowModel.endless)
        try await Task.sleep(for: .seconds(1))
        query.signal(Self.terminate)
        let output = try await query.output()
        #expect(output.exit == 1 && output.stdout == "", "\(output.everything)")
        #expect(try await shop.rows("SELECT 1 AS n") == ["1"])
    }
}

/// Stops at places that only some warehouses have, or that take a large file.
@Suite struct StopPlaceTests {
    @Test(.everyServer) func aRunThatWaitsForALockStopsToo() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await Shop.loaded()
        try shop.dropNext()
        let other = try await shop.holdingTheLoadOfOrders(server)
        let run = try shop.begin("start", "client1")
        try await shop.waitUntilOrdersWait(server)
        run.signal(15)
        let output = try await run.output()
        #expect(output.exit == 1, "\(output.everything)")
        #expect(output.stdout.contains("BATCH000002 of client1: CANCELLED"), "\(output.everything)")
        try await other.end()
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    /// DuckDB waits for a pipe that nobody writes to, and nothing can cut that short.
    @Test func theSecondSignalEndsWhatTheFirstCannot() async throws {
        let shop = try await Shop.loaded()
        let (pipe, plain) = (shop.path("pipe"), try shop.read("pulih.yml"))
        #expect(try await ChildProcess.run("mkfifo", [pipe]).isSuccess)
        let hook =
            "FROM read_csv('\(pipe)', header = false, auto_detect = false, columns = {'word': 'VARCHAR'})"
        try shop.write("pulih.yml", plain + "hooks:\n  on_start:\n    - \"\(hook)\"\n")
        try shop.dropNext()
        let run = try shop.begin("start", "client1")
        // Who opens a pipe for writing is refused until somebody reads.
        var writer: Int32 = -1
        defer { close(writer) }
        try await shop.waitUntil("the hook reads") {
            writer = open(pipe, O_WRONLY | O_NONBLOCK)
            return writer >= 0
        }
        run.signal(15)
        try await Task.sleep(for: .seconds(2))
        let status = try await shop.json("status")
        #expect(status.array?.first?["running"]?["pid"]?.int == Int64(run.pid), "\(status)")
        run.signal(15)
        let output = try await run.output()
        #expect(output.exit == 1 && output.stdout == "", "\(output.everything)")
        try shop.write("pulih.yml", plain)
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    /// `convert` reads a file in loops of Pulih's own and of DuckDB's.
    @Test func aLargeFileIsLeftInTheMiddle() async throws {
        let shop = try await Shop.make(models: [:])
        let line = { (number: Int) in
            "\(number),\(number % 1000),\(number % 97).25,2026-01-0\(number % 9 + 1)\n"
        }
        try shop.drop(
            "orders.csv", "id,customer_id,amount,day\n" + (1...1_500_000).map(line).joined())
        let run = try shop.begin("start", "client1")
        // Asking the program would take longer than the run.
        try await shop.waitUntil("it is claimed") {
            try !shop.files(below: "batch_info").isEmpty
        }
        let clock = ContinuousClock()
        let asked = clock.now
        run.signal(15)
        let output = try await run.output()
        #expect(clock.now - asked < .seconds(6), "\(clock.now - asked)")
        #expect(output.exit == 1, "\(output.everything)")
        let story = try await shop.json("show")
        #expect(story["status"] == "CANCELLED" && story["next"] == "pulih restart client1", "\(story)")
        let steps = try #require(story["steps"]?.array)
        #expect(!steps.contains { $0["stage"] == "load_bronze" && $0["status"] == "SUCCESS" }, "\(steps)")
        try await shop.must("restart", "client1")
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["1500000"])
        try await shop.expectNoTemporaryFiles()
    }
}

extension TestWorkspace {
    fileprivate func printWithoutSlow() async throws -> [String: String] {
        try await fingerprint().filter { $0.key != "gold_client1.slow" }
    }

    fileprivate func expectNoTemporaryFiles() async throws {
        let left = try files(below: "data/client1").filter { !$0.hasSuffix(".parquet") }
        #expect(left.isEmpty, "\(left)")
    }
}
