import PulihModel
import PulihTesting
import Testing

/// `start --all` and `--auto-restart`, as a timer calls them.
@Suite struct UnattendedTests {
    // MARK: several clients

    @Suite(.everyCombination) struct Clients {
        @Test func oneThatFailsTouchesNoOther() async throws {
            let shop = try await twoClients()
            try shop.dropFirst()
            try shop.drop("orders.csv", "id,amount\n1,2\n")
            try shop.drop("orders.csv", Shop.orders, client: "client2")
            try shop.drop("customers.csv", Shop.customers, client: "client2")
            try shop.drop("prices.csv", Shop.prices, client: "client2")
            let output = try await shop.must("start", "--all", "--json", exit: 4)
            let ended = try output.json().array ?? []
            #expect(ended.compactMap { $0["client"]?.string } == ["client1", "client2"])
            #expect(ended.compactMap { $0["status"]?.string } == ["FAILED", "SUCCESS"])
            #expect(try await shop.rows("SELECT count(*) FROM gold_client2.revenue", of: "client2") == ["3"])

            // Nor does the failed batch that stands now.
            try shop.drop("orders.csv", Shop.nextOrders, client: "client2")
            let again = try await shop.must("start", "--all", "--json", exit: 1).json().array ?? []
            #expect(again.first?["error"]?["code"] == "refused")
            #expect(again.last?["status"] == "SUCCESS")
            #expect(
                try await shop.rows("SELECT count(*) FROM bronze_client2.shop_orders", of: "client2") == ["5"]
            )
        }

        @Test func whatWasKilledIsFinished() async throws {
            let shop = try await Shop.loaded()
            try shop.dropNext()
            let killed = try await shop.run("start", "client1", failpoints: "publish.before_commit=kill")
            #expect(killed.signal == 9, "\(killed.everything)")
            let output = try await shop.must("start", "--all", "--auto-restart")
            #expect(output.stderr.contains("BATCH000002 was interrupted; finishing it first"))
            #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
            try await shop.expectNothingLeftHanging()
        }

        private func twoClients() async throws -> TestWorkspace {
            try await Shop.make(
                configuration: Shop.configuration.replacing(
                    "client1: {id: 1}", with: "client1: {id: 1}\n  client2: {id: 2}"))
        }
    }

    // MARK: by itself

    @Suite(.everyServer) struct AutoRestart {
        @Test func aServerThatIsAwayForLongerThanAStepWaits() async throws {
            let server = try await PostgresServer()
            let shop = try await Shop.twoDeliveries(on: server)
            try shop.set("retry: {attempts: 1}, auto_restart: {attempts: 60, wait_seconds: 1, factor: 1}")
            try shop.alertsInto("told")
            let other = try await shop.holdingTheLoadOfOrders(server)
            async let start = shop.run("start", "--all", "--auto-restart")
            try await shop.waitUntilOrdersWait(server)
            try await server.kill()
            try await server.start()
            await other.leave()
            let output = try await start
            #expect(output.exit == 0, "\(output.everything)")
            #expect(output.stderr.contains("; restart 1 of 60 in "), "\(output.everything)")
            #expect(!shop.exists("told"))
            #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
            try await shop.expectNothingLeftHanging()
        }

        @Test func aServerThatStaysAwayIsTold() async throws {
            let server = try await PostgresServer()
            let shop = try await Shop.twoDeliveries(on: server)
            try shop.set("auto_restart: {wait_seconds: 0.1}")
            try shop.alertsInto("told")
            try await server.stop()
            let output = try await shop.must("start", "--all", "--auto-restart", exit: 6)
            #expect(output.stderr.contains("; restart 3 of 3 in "))
            let told = try shop.alerts("told")
            #expect(told.count == 1)
            #expect(told.first?["client"] == "client1")
            #expect(told.first?["exit"] == 6)
            #expect(told.first?["restarts"] == 3)
            #expect(told.first?["message"]?.string?.contains("Connection refused") == true)
            // Not at every event of the timer.
            try await shop.must("start", "--all", "--auto-restart", exit: 6)
            #expect(try shop.alerts("told").count == 1)

            try await server.start()
            try await shop.must("start", "--all", "--auto-restart")
            #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
            try await server.stop()
            try await shop.must("start", "--all", "--auto-restart", exit: 6)
            #expect(try shop.alerts("told").count == 2)
        }
    }

    @Test func aBatchThatNeedsSomebodyIsTold() async throws {
        let shop = try await Shop.make()
        try shop.alertsInto("told")
        try shop.dropFirst()
        try shop.drop("orders.csv", "id,amount\n1,2\n")
        try await shop.must("start", "client1", "--auto-restart", exit: 4)
        let told = try shop.alerts("told")
        #expect(told.count == 1)
        #expect(told.first?["batch_id"] == "BATCH000001")
        #expect(told.first?["status"] == "FAILED")
        #expect(told.first?["restarts"] == 0)
        #expect(told.first?["next"] == "pulih restart client1")
        #expect(told.first?["workspace"]?.string == shop.root)
        // The next event finds it still standing.
        try await shop.must("start", "client1", "--auto-restart", exit: 1)
        #expect(try shop.alerts("told").count == 1)
    }

    @Test func anAlertThatCannotBeTold() async throws {
        let shop = try await Shop.make()
        try shop.write("pulih.yml", try shop.read("pulih.yml") + "alerts: {on_failure: [sh, -c, 'exit 3']}\n")
        try shop.drop("orders.csv", "id,amount\n1,2\n")
        let output = try await shop.must("start", "client1", "--auto-restart", exit: 4)
        #expect(output.stderr.contains("the alert of client1 could not be told: sh ended with"))
    }

    @Test(arguments: [
        (["start", "client1", "--all"], "'client1' is too much beside --all"),
        (["start", "--auto-restart"], "CLIENT is missing"),
        (["start", "--all", "--explain"], "--explain takes one client"),
    ])
    func whatMakesNoSense(_ words: [String], _ message: String) async throws {
        let shop = try await Shop.loaded()
        let output = try await PulihProgram.run(words, folder: shop.root)
        #expect(output.exit == 2)
        #expect(output.stderr.contains(message), "\(output.everything)")
    }
}

extension TestWorkspace {
    /// Lets the alert hook add what it gets to a file.
    fileprivate func alertsInto(_ file: String) throws {
        try write("pulih.yml", try read("pulih.yml") + "alerts: {on_failure: [sh, -c, 'cat >> \(file)']}\n")
    }

    fileprivate func rows(_ sql: String, of client: String) async throws -> [String] {
        try await must("query", "--csv", "--client", client, sql).stdout.split(separator: "\n").dropFirst()
            .map(String.init)
    }

    fileprivate func alerts(_ file: String) throws -> [JSONValue] {
        guard exists(file) else { return [] }
        return try read(file).split(separator: "\n").map { try JSONValue.parse(Array($0.utf8)) }
    }
}
