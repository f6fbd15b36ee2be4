import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// A run that is killed anywhere, and finished by the next one, leaves what an uninterrupted run leaves.
@Suite(.everyCombination) struct CrashTests {
    /// Where a run dies: at the Nth time it comes by a failpoint.
    struct Death: Sendable, CustomTestStringConvertible {
        let point: Failpoint
        let hit: Int
        var testDescription: String { "\(point.rawValue) \(hit)" }
        var failpoints: String { "\(point.rawValue)=kill:\(hit)" }
    }

    /// What is under way when the run dies.
    enum Story: Sendable, Hashable {
        /// A second batch, with everything that a first one has left.
        case start
        case replace
        case release

        /// - Returns: nil for the failpoint that bends data instead of ending the process, and for those of procedures.
        init?(_ point: Failpoint) {
            switch point {
            case .replaceAfterIntent: self = .replace
            case .releaseAfterOverlay: self = .release
            case .loadLoseRecord: return nil
            // ProcedureTests walks through these.
            case .procedureBeforeCall, .procedureBeforeLedger: return nil
            case .heartbeatBefore, .heartbeatAfter: return nil
            default:
                if point.isGeneric { return nil }
                self = .start
            }
        }

        func prepare() async throws -> TestWorkspace {
            switch self {
            case .start:
                let shop = try await Shop.loaded()
                try shop.dropNext()
                return shop
            case .replace:
                let shop = try await Shop.make()
                try shop.dropFirst()
                try shop.drop("customers.csv", "id,name\n1,Ann\n")
                try await shop.must("start", "client1", exit: 4)
                try shop.write("corrected.csv", Shop.customers)
                return shop
            case .release:
                let shop = try await Shop.make()
                try shop.dropFirst()
                try shop.drop("orders.csv", Shop.orders + "x13,2,1.00,2026-01-04\n")
                try await shop.must("start", "client1")
                try await shop.must("quarantine", "export", "client1", "--to", "bad.csv")
                try shop.write("bad.csv", try shop.read("bad.csv").replacing("x13,2", with: "13,2"))
                return shop
            }
        }

        func act(_ shop: TestWorkspace, failpoints: String? = nil) async throws -> TestWorkspace.Output {
            switch self {
            case .start: try await shop.run("start", "client1", failpoints: failpoints)
            case .replace:
                try await shop.run(
                    "replace", "client1", "1", "customers", "corrected.csv", failpoints: failpoints)
            case .release:
                try await shop.run("quarantine", "release", "client1", "1", "bad.csv", failpoints: failpoints)
            }
        }

        /// What an operator types after the death.
        func finish(_ shop: TestWorkspace, hit: Int) async throws {
            switch self {
            case .start:
                // Both ways lead there: 'start' finishes what was interrupted, 'restart' goes on with it.
                if hit > 1 { try await shop.must("restart", "client1") }
                try await shop.must("start", "client1")
            case .replace:
                #expect(try await act(shop).exit == 0)
                try await shop.must("restart", "client1")
            case .release: try await shop.must("restart", "client1")
            }
        }

        /// What an uninterrupted run leaves, by story and place.
        static let uninterrupted = Dictionary(
            uniqueKeysWithValues: [Story.start, .replace, .release].map { story in
                let prints = Shop.everywhere {
                    let shop = try await story.prepare()
                    let output = try await story.act(shop)
                    guard output.exit == 0 else { throw TestFailure(output.everything) }
                    if story == .replace { try await shop.must("restart", "client1") }
                    return try await shop.fingerprint()
                }
                return (story, prints)
            })

        var expected: [String: String] {
            get async throws { try await Self.uninterrupted[self]![Place.current]!.value }
        }
    }

    /// Every failpoint at its first hit; those that a run comes by more than once also at a later one.
    static let deaths: [Death] = Failpoint.allCases.filter { Story($0) != nil }.flatMap { point in
        switch point {
        case .claimBetweenRenames, .convertBeforeParquet, .convertAfterParquet, .loadBeforeCommit,
            .loadAfterCommit,
            .transformBeforeCommit, .transformAfterCommit:
            [Death(point: point, hit: 1), Death(point: point, hit: 2)]
        case .journalBeforeOutcome: [1, 2, 4, 6, 9].map { Death(point: point, hit: $0) }
        default: [Death(point: point, hit: 1)]
        }
    }

    @Test(arguments: deaths) func endsAsIfNothingHadHappened(_ death: Death) async throws {
        let story = try #require(Story(death.point))
        let shop = try await story.prepare()
        let killed = try await story.act(shop, failpoints: death.failpoints)
        try #require(killed.signal == 9, "\(killed.everything)")

        try await story.finish(shop, hit: death.hit)
        #expect(try await shop.fingerprint() == story.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test(arguments: Failpoint.allCases.filter { Story($0) == .start })
    func aFailureIsToldAndFinishedByRestart(_ point: Failpoint) async throws {
        let shop = try await Story.start.prepare()
        let failed = try await shop.run("start", "client1", failpoints: "\(point.rawValue)=fail")
        #expect(failed.exit == 1, "\(failed.everything)")
        #expect((failed.stdout + failed.stderr).contains("armed to fail at hit 1"), "\(failed.everything)")
        try await shop.must("restart", "client1")
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == Story.start.expected)
        try await shop.expectNothingLeftHanging()
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
