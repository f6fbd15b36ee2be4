import PulihModel
import PulihTesting
import Testing

/// What brought a client back from a bad state is recorded, and checked: counts, duplicates, fingerprints.
@Suite(.everyCombination) struct RecoveryLogTests {
    @Test func anInterruptedBatchIsOneRecovery() async throws {
        let shop = try await Shop.loaded()
        let untouched = try await shop.figures()
        #expect(untouched["count"]?.int == 0 && untouched["success_rate"] == .null)
        try shop.dropNext()
        let killed = try await shop.run("start", "client1", failpoints: "load_bronze.after_commit=kill")
        #expect(killed.signal == 9)
        let output = try await shop.must("start", "client1")
        #expect(output.stderr.contains("was INTERRUPTED: 7 rows counted again, no duplicate"))

        let recoveries = try await shop.recoveries("2")
        try #require(recoveries.count == 1)
        let recovery = recoveries[0]
        #expect(recovery["what"] == "start" && recovery["outcome"] == "SUCCESS")
        #expect(recovery["from_status"] == "INTERRUPTED" && recovery["to_status"] == "SUCCESS")
        #expect(recovery["rows_checked"]?.int == 7 && recovery["duplicates"]?.int == 0)
        #expect(recovery["consistent"] == true)
        #expect(try await shop.recoveries("1").isEmpty)

        let figures = try await shop.figures()
        #expect(figures["count"]?.int == 1)
        #expect(figures["success_rate"] == 1 && figures["consistency_rate"] == 1)
        let text = try await shop.must("status").stdout
        #expect(text.contains("1 recovery: 100 % succeeded, ") && text.contains(", 100 % consistent"))
        let story = try await shop.must("show", "2").stdout
        #expect(story.contains("Recoveries:\n  SUCCESS  start  from INTERRUPTED"), "\(story)")
        #expect(try shop.audited("recovery") == ["SUCCESS"])
    }

    @Test func whatARunThatFailedInOrderHadLoadedIsNotCountedAgain() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        let failed = try await shop.run("start", "client1", failpoints: "transform.before_commit=fail")
        #expect(failed.exit == 1, "\(failed.everything)")
        let output = try await shop.must("restart", "client1")
        #expect(
            output.stderr.contains("was FAILED: ledger and catalog agree on each load, fingerprints match"))
        let recovery = try #require(try await shop.recoveries("2").first)
        #expect(recovery["rows_checked"]?.int == 0 && recovery["consistent"] == true)
    }

    @Test func aRestartThatFailsAgainIsNoSuccess() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("customers.csv", "id,name\n1,Ann\n")
        try await shop.must("start", "client1", exit: 4)
        try await shop.must("restart", "client1", exit: 4)
        try shop.write("corrected.csv", Shop.customers)
        try await shop.must("replace", "client1", "1", "customers", "corrected.csv")
        try await shop.must("restart", "client1")
        // What ended well and is run again was in no bad state.
        try await shop.must("restart", "client1")
        try await shop.must("reprocess", "client1")

        let recoveries = try await shop.recoveries("1")
        #expect(recoveries.map { $0["outcome"] } == ["FAILED", "SUCCESS"])
        #expect(recoveries.map { $0["from_status"] } == ["FAILED", "PENDING"])
        #expect(recoveries.last?["cause"]?.string?.contains("was replaced") == true)
        let figures = try await shop.figures()
        #expect(figures["count"]?.int == 2 && figures["success_rate"] == .double(0.5))
        #expect(figures["consistency_rate"] == 1)
    }

    @Test func aRecoveryThatDiesIsEndedByTheNext() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        for (verb, point) in [("start", "transform.after_commit"), ("restart", "finalize.after_move")] {
            #expect(try await shop.run(verb, "client1", failpoints: "\(point)=kill").signal == 9)
        }
        try await shop.must("start", "client1")
        let recoveries = try await shop.recoveries("2")
        #expect(recoveries.map { $0["outcome"] } == ["INTERRUPTED", "SUCCESS"])
        let figures = try await shop.figures()
        #expect(figures["count"]?.int == 1 && figures["success_rate"] == 1)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        /// Where the run dies that is recovered.
        let death: String
        /// What a hook does to bronze stands for whatever may go wrong there.
        let hook: String
        let duplicates: Int64
        let message: String
        var testDescription: String { hook }
    }

    static let damages = [
        Damage(
            death: "publish.after_commit",
            hook: "INSERT INTO bronze_client1.shop_orders SELECT * FROM bronze_client1.shop_orders"
                + " WHERE id = 12", duplicates: 1,
            message: "bronze_client1.shop_orders holds 1 records of orders_BATCH000001.csv more than once"),
        Damage(
            death: "publish.after_commit", hook: "DELETE FROM bronze_client1.shop_orders WHERE id = 12",
            duplicates: 0,
            message: "bronze_client1.shop_orders holds 2 rows of orders_BATCH000001.csv, the ledger says 3"),
        // As many rows as there should be.
        Damage(
            death: "convert.before_parquet",
            hook: "UPDATE bronze_client1.shop_orders SET dwh_source_row = 1 WHERE id = 12", duplicates: 1,
            message: "bronze_client1.shop_orders holds 1 records of orders_BATCH000001.csv more than once"),
    ]

    @Test(arguments: damages) func whatDiffersFailsTheRecovery(_ damage: Damage) async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        #expect(try await shop.run("start", "client1", failpoints: "\(damage.death)=kill").signal == 9)
        let plain = try shop.read("pulih.yml")
        try shop.write("pulih.yml", plain + "hooks:\n  on_success:\n    - \"\(damage.hook)\"\n")
        try await shop.must("apply", "--yes")
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains(damage.message), "\(output.everything)")
        #expect(output.stdout.contains("next: pulih reprocess client1 BATCH000001"))
        let recovery = try #require(try await shop.recoveries("1").first)
        #expect(recovery["outcome"] == "FAILED" && recovery["consistent"] == false)
        #expect(recovery["duplicates"]?.int == damage.duplicates)
        #expect(try await shop.figures()["consistency_rate"] == 0)
        #expect(try shop.audited("recovery") == ["FAILED"])

        // It is no good batch that later ones could be built on.
        try shop.write("pulih.yml", plain)
        try await shop.must("apply", "--yes")
        try shop.dropNext()
        try await shop.must("start", "client1", exit: 1)
        try await shop.must("reprocess", "client1", "1")
        #expect(try await shop.recoveries("1").last?["outcome"] == "SUCCESS")
        try await shop.must("start", "client1")
        let orders = try await shop.rows("SELECT id FROM bronze_client1.shop_orders ORDER BY 1")
        #expect(orders == ["10", "11", "12", "12", "13"])
    }

    /// Killed at each of its last commits, also while it is checked and recorded.
    @Test(arguments: 1...8) func aDeathAtTheEndOfARecoveryIsMadeGood(_ fromTheEnd: Int) async throws {
        let shop = try await Shop.loaded()
        // Side by side, steps share commits, and no two runs have the same number of them.
        try shop.edit("pulih.yml", "parallel_steps: 2", "parallel_steps: 1")
        try shop.dropNext()
        let point = "publish.after_commit=kill"
        #expect(try await shop.run("start", "client1", failpoints: point).signal == 9)
        let copy = try await shop.copy()
        let file = copy.path("counts")
        _ = try await copy.run("restart", "client1", environment: ["PULIH_FAILPOINTS_COUNT": file])
        let last = try #require(FailpointCounts.read(file)["catalog.after_commit"]) - fromTheEnd + 1
        let killed = try await shop.run(
            "restart", "client1", failpoints: "catalog.after_commit=kill:\(last)")
        #expect(killed.signal == 9, "\(killed.everything)")

        try await shop.must("start", "client1")
        let recoveries = try await shop.recoveries("2")
        #expect(recoveries.count { $0["outcome"] == "SUCCESS" } == 1, "\(recoveries)")
        #expect(recoveries.allSatisfy { ["SUCCESS", "INTERRUPTED"].contains($0["outcome"]?.string) })
        // A run that died when all was recorded leaves only its lease to be taken over.
        #expect([1, 2].contains(try await shop.figures()["count"]?.int))
        #expect(try shop.audited("recovery").filter { $0 == "SUCCESS" }.count == 1)
    }

    @Test func replayedBatchesThatWaitedAreRecoveriesToo() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try await shop.must("start", "client1")
        try await shop.loseWarehouse()
        try await shop.must("start", "client1")
        for batch in ["1", "2"] {
            let recoveries = try await shop.recoveries(batch)
            #expect(recoveries.map { $0["outcome"] } == ["SUCCESS"], "\(batch): \(recoveries)")
            #expect(recoveries.first?["cause"]?.string?.contains("does not hold all of it") == true)
        }
    }
}

extension TestWorkspace {
    func recoveries(_ batch: String) async throws -> [JSONValue] {
        try #require(try await json("show", batch)["recoveries"]?.array)
    }

    func figures() async throws -> JSONValue {
        try #require(try await json("status").array?.first?["recoveries"])
    }

    /// How what the audit's files say of a process ended, in order.
    func audited(_ process: String) throws -> [String] {
        try files(below: "audit").flatMap { file in
            try read(file).split(separator: "\n").map { try JSONValue.parse(Array($0.utf8)) }
        }.filter { $0["process_name"]?.string == process }.compactMap { $0["status"]?.string }
    }
}
