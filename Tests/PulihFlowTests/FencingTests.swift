import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// A run that lost its client, however late it wakes up, changes nothing any more.
@Suite struct FencingTests {
    static let (stop, go, kill) = (Int32(19), Int32(18), Int32(9))

    /// Leases that expire as soon as is allowed, and a second delivery.
    private static func prepared() async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.edit("pulih.yml", "settings: {", "settings: {lease_expiry: 5s, ")
        try shop.dropNext()
        try shop.write("sql/gold/slow.sql", SlowModel.endless)
        return shop
    }

    /// A run that was halted in the middle of a model and has given no sign of life for longer than it may.
    private static func halted(_ shop: TestWorkspace) async throws -> RunningProgram {
        let run = try shop.begin("start", "client1")
        try await shop.waitUntilRunning("integrate", "gold.slow")
        // Not in the middle of a write to a catalog that others could then not read.
        var last = JSONValue.null
        try await shop.waitUntil("nothing else runs") {
            let steps = try await shop.json("show")["steps"] ?? .null
            defer { last = steps }
            return steps == last
        }
        run.signal(stop)
        try shop.write("sql/gold/slow.sql", "SELECT 1 AS n")
        try await shop.waitUntil("the lease expires") {
            try await shop.json("status").array?.first?["newest_status"] == "INTERRUPTED"
        }
        return run
    }

    private static func expectAsUninterrupted(_ shop: TestWorkspace) async throws {
        let print = try await shop.fingerprint().filter { $0.key != "gold_client1.slow" }
        #expect(try await print == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test(.everyServer) func aHaltedRunThatAnotherHostTookOverWritesNothing() async throws {
        let shop = try await Self.prepared()
        let run = try await Self.halted(shop)
        let status = try #require(try await shop.json("status").array?.first)
        #expect(status["message"]?.string?.contains("no heartbeat from ") == true, "\(status)")
        #expect(status["next"] == "pulih restart client1")

        let other = ["PULIH_HOST_ID": "another"]
        let taken = try await shop.run("restart", "client1", environment: other)
        #expect(taken.exit == 0, "\(taken.everything)")
        try await Self.expectAsUninterrupted(shop)
        let (audit, batches) = (try shop.audit(), try await shop.json("batches"))
        let files = try shop.files(below: "raw") + shop.files(below: "data") + shop.files(below: "batch_info")

        run.signal(Self.go)
        let woken = try await run.output()
        #expect(woken.exit == 5, "\(woken.everything)")
        #expect(woken.stderr.contains("this run lost the lease of client1"), "\(woken.everything)")
        try await Self.expectAsUninterrupted(shop)
        #expect(try await shop.json("batches") == batches)
        #expect(
            try shop.files(below: "raw") + shop.files(below: "data") + shop.files(below: "batch_info")
                == files)
        // What it had under way when it was cut off is told, and nothing else.
        #expect(try shop.audit().dropFirst(audit.count).allSatisfy { !$0.contains("SUCCESS") })
        let log = try await shop.json("show")["steps"]?.array ?? []
        #expect(!log.contains { $0["status"] == "RUNNING" || $0["status"] == "FAILED" }, "\(log)")
    }

    @Test(.everyServer) func whoHasTheClientNowIsNamed() async throws {
        let shop = try await Self.prepared()
        let run = try await Self.halted(shop)
        try shop.write("sql/gold/slow.sql", SlowModel.endless)
        let next = try shop.begin("restart", "client1", environment: ["PULIH_HOST_ID": "another"])
        try await shop.waitUntil("another has the client") {
            try await shop.json("status").array?.first?["running"]?["pid"]?.int == Int64(next.pid)
        }
        run.signal(Self.go)
        let woken = try await run.output()
        #expect(woken.exit == 5, "\(woken.everything)")
        #expect(woken.stderr.contains("restart client1 (pid \(next.pid) on "), "\(woken.everything)")
        #expect(woken.stderr.contains("has it now"))
        next.signal(Self.kill)
        _ = try await next.output()
        try shop.write("sql/gold/slow.sql", "SELECT 1 AS n")
        let last = try await shop.run("restart", "client1", environment: ["PULIH_HOST_ID": "another"])
        #expect(last.exit == 0, "\(last.everything)")
        try await Self.expectAsUninterrupted(shop)
    }

    @Test(.everyCombination) func aHaltedRunOfTheSameHostIsEndedFirst() async throws {
        let shop = try await Self.prepared()
        let run = try await Self.halted(shop)
        let next = try await shop.must("restart", "client1")
        #expect(next.stderr.contains("where process \(run.pid) hangs; it was killed"), "\(next.everything)")
        #expect(try await run.output().signal == Self.kill)
        #expect(try shop.audited("takeover", "SUCCESS").contains("it was killed"))
        try await Self.expectAsUninterrupted(shop)
    }

    /// DuckDB's lock on its file is the fence there, for as long as the process is there.
    @Test func aLockedFileKeepsAnotherHostOutAndNamesTheHolder() async throws {
        let shop = try await Self.prepared()
        let run = try await Self.halted(shop)
        let other = try await shop.run("restart", "client1", environment: ["PULIH_HOST_ID": "another"])
        #expect(other.exit == 5, "\(other.everything)")
        #expect(other.stderr.contains("the warehouse of client1 is held by process \(run.pid)"))
        run.signal(Self.go)
        let woken = try await run.output()
        #expect(woken.exit == 5, "\(woken.everything)")
        #expect(woken.stderr.contains("this run lost the lease of client1"), "\(woken.everything)")
        #expect(woken.stderr.contains("nobody has it now"))
        try await shop.must("restart", "client1")
        try await Self.expectAsUninterrupted(shop)
    }

    @Test(.everyCombination) func ofEightStartsOneRuns() async throws {
        let shop = try await Self.prepared()
        let runs = try (1...8).map { _ in try shop.begin("start", "client1") }
        try await shop.waitUntilRunning("integrate", "gold.slow")
        let winner = try await shop.json("status").array?.first?["running"]?["pid"]?.int
        for run in runs where Int64(run.pid) != winner {
            let output = try await run.output()
            #expect(output.exit == 5, "\(output.everything)")
            #expect(
                output.stderr.contains("client1 is being run by start client1 (pid \(winner ?? 0) on "),
                "\(output.everything)")
        }
        try await shop.must("stop", "client1")
        let last = try #require(runs.first { Int64($0.pid) == winner })
        #expect(try await last.output().exit == 1)
        try shop.write("sql/gold/slow.sql", "SELECT 1 AS n")
        try await shop.must("restart", "client1")
        try await Self.expectAsUninterrupted(shop)
    }
}

/// Who holds a lease, and when it may be taken.
@Suite(.everyCombination) struct LeaseTests {
    private func running(_ environment: [String: String] = [:]) async throws -> (
        TestWorkspace, RunningProgram
    ) {
        let shop = try await Shop.loaded()
        try shop.edit("pulih.yml", "settings: {", "settings: {lease_expiry: 5s, ")
        try shop.dropNext()
        try shop.write("sql/gold/slow.sql", SlowModel.endless)
        let run = try shop.begin("start", "client1", environment: environment)
        try await shop.waitUntilRunning("integrate", "gold.slow")
        try shop.write("sql/gold/slow.sql", "SELECT 1 AS n")
        return (shop, run)
    }

    private func expectInterrupted(
        _ shop: TestWorkspace, by cause: String, _ environment: [String: String] = [:]
    )
        async throws
    {
        for verb in [["status"], ["batches"], ["show"], ["doctor"]] {
            let output = try await PulihProgram.run(verb, folder: shop.root, environment: environment)
            #expect(output.stdout.contains("INTERRUPTED"), "\(output.everything)")
            #expect(output.stdout.contains(cause), "\(verb): \(output.everything)")
        }
        let restarted = try await shop.run("restart", "client1", environment: environment)
        #expect(restarted.exit == 0, "\(restarted.everything)")
        let steps = try await shop.json("show", "--attempts")["steps"]?.array ?? []
        let slow = steps.first { $0["thing"] == "gold.slow" && $0["status"] == "INTERRUPTED" }
        #expect(slow?["error"]?["summary"]?.string?.contains(cause) == true, "\(steps)")
        let print = try await shop.fingerprint().filter { $0.key != "gold_client1.slow" }
        #expect(try await print == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test func aDeadProcessOfThisHostIsKnownAtOnce() async throws {
        let (shop, run) = try await running()
        run.signal(FencingTests.kill)
        _ = try await run.output()
        let host = try HostIdentity.current().hostName
        try await expectInterrupted(shop, by: "process \(run.pid) on \(host) is gone")
    }

    @Test func afterARebootNoProcessIsTheOneThatRan() async throws {
        let (shop, run) = try await running()
        run.signal(FencingTests.kill)
        _ = try await run.output()
        let host = try HostIdentity.current().hostName
        try await expectInterrupted(shop, by: "\(host) was restarted", ["PULIH_BOOT_ID": "another boot"])
    }

    @Test func aRunOfAnotherHostIsWaitedForUntilItIsSilent() async throws {
        let (shop, run) = try await running(["PULIH_HOST_ID": "another"])
        let refused = try await shop.must("restart", "client1", exit: 5)
        #expect(refused.stderr.contains("client1 is being run by start client1 (pid \(run.pid) on "))
        let clock = ContinuousClock()
        let killed = clock.now
        run.signal(FencingTests.kill)
        _ = try await run.output()
        let shown = try await shop.json("status").array?.first?["running"]
        // Nobody here can know yet, unless the asking took as long as a lease lasts.
        #expect(shown != .null || clock.now - killed > .seconds(4))
        try await shop.waitUntil("its lease expires") {
            try await shop.json("status").array?.first?["running"] == .null
        }
        try await expectInterrupted(shop, by: "no heartbeat from ")
    }

    @Test func aPauseOutlivesADeadRun() async throws {
        let (shop, run) = try await running()
        try await shop.must("pause", "client1")
        run.signal(FencingTests.kill)
        _ = try await run.output()
        try await shop.must("restart", "client1", exit: 5)
        try await shop.must("resume", "client1")
        try await shop.must("restart", "client1")
        let print = try await shop.fingerprint().filter { $0.key != "gold_client1.slow" }
        #expect(try await print == CrashTests.Story.start.expected)
    }
}

/// Models that take long enough for something to happen, in the current place.
enum SlowModel {
    /// Longer than anybody waits.
    static var endless: String {
        Place.current == .embedded
            ? "SELECT count(*) AS n FROM range(10000000) AS a, range(10000000) AS b WHERE a.range * b.range % 7 = 3"
            : "SELECT CAST(pg_sleep(600) AS text) AS n"
    }

    /// Some seconds.
    static var seconds: String {
        Place.current == .embedded
            ? "SELECT count(*) AS n FROM range(30000) AS a, range(70000) AS b WHERE a.range * b.range % 7 = 3"
            : "SELECT CAST(pg_sleep(4) AS text) AS n"
    }
}

extension TestWorkspace {
    /// All lines of the audit's file.
    func audit() throws -> [String] {
        try files(below: "audit").flatMap { try read($0).split(separator: "\n").map(String.init) }
    }
}
