import Foundation
import PulihModel
import PulihTesting
import Testing

/// What dead runs leave: named by the doctor, taken away by `--repair`, and nothing else with it.
@Suite(.everyCombination) struct LeftoverTests {
    private func lines(_ output: TestWorkspace.Output) -> [String] {
        output.stdout.split(separator: "\n").map(String.init)
    }

    @Test func aHealthyWorkspaceHasNothingToRepair() async throws {
        let shop = try await Shop.loaded()
        let looked = try await shop.must("doctor")
        #expect(!looked.stdout.contains("WARN"), "\(looked.everything)")
        let before = try shop.files(below: ".")
        let repaired = try await shop.must("doctor", "--repair")
        #expect(!repaired.stdout.contains("DONE"), "\(repaired.everything)")
        // The lease is a row, and nothing was worth a line of the audit.
        #expect(try shop.files(below: ".") == before)
    }

    @Test func whatAKilledRunLeftIsNamedAndTakenAway() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        let killed = try await shop.run("start", "client1", failpoints: "load_bronze.before_commit=kill")
        #expect(killed.signal == 9)
        let litter = [
            "raw/client1/shop/success/.pulih-tmp-1f", "batch_info/client1/incoming/.pulih-tmp-2f",
            "data/.work/.pulih-tmp-3f-main.parquet", "data/.work/duckdb-client1/spill.tmp",
            "raw/client1/shop/incoming/old.csv.done",
        ]
        for path in litter { try shop.write(path, "half") }
        let looked = try await shop.must("doctor")
        for path in litter where !path.contains("spill") {
            #expect(looked.stdout.contains(path), "\(path): \(looked.everything)")
        }
        #expect(looked.stdout.contains("BATCH000002, which says RUNNING: process "))
        #expect(litter.allSatisfy { shop.exists($0) })

        let repaired = lines(try await shop.must("doctor", "--repair")).filter { $0.hasPrefix("DONE") }
        #expect(repaired.count >= 7, "\(repaired)")
        #expect(repaired.contains { $0.contains("marked INTERRUPTED: BATCH000002") })
        #expect(litter.allSatisfy { !shop.exists($0) })
        let batch = try await shop.json("batches").array?.first
        #expect(batch?["status"] == "INTERRUPTED")
        #expect(batch?["message"]?.string?.contains(" is gone") == true, "\(batch ?? .null)")
        #expect(
            try await shop.json("show", "2")["steps"]?.array?.contains { $0["status"] == "RUNNING" } == false)
        let audit = try shop.read(try #require(try shop.files(below: "audit").first))
        #expect(audit.contains("marked INTERRUPTED"))

        try await shop.must("start", "client1")
        let whole = try await Shop.loaded()
        try whole.dropNext()
        try await whole.must("start", "client1")
        #expect(try await shop.fingerprint() == whole.fingerprint())
        let after = try await shop.must("doctor")
        #expect(!after.stdout.contains("WARN"), "\(after.everything)")
    }

    @Test func whatStandsBuiltForAnOpenBatchStays() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        _ = try await shop.run("start", "client1", failpoints: "publish.before_commit=kill")
        let repaired = try await shop.must("doctor", "--repair")
        #expect(!repaired.stdout.contains("dropped"), "\(repaired.everything)")
        let kept = try await shop.must("restart", "client1")
        #expect(kept.exit == 0)
        let steps = try await shop.json("show", "2")["steps"]?.array ?? []
        #expect(
            steps.contains {
                $0["reason"] == "kept: built before and not yet published"
            }, "\(steps)")
    }

    @Test(.everyServer) func tablesOfLoadsThatDiedGo() async throws {
        let shop = try await Shop.loaded()
        let database = try #require(shop.database?.split(separator: "/").last.map(String.init))
        let server = try await PostgresServer.shared.get()
        let stage = "pulih_client1.\"shop_orders__BATCH000001__stage1\""
        try await server.sql("CREATE TABLE \(stage) (id integer)", database: database)
        #expect(try await shop.must("doctor").stdout.contains("shop_orders__BATCH000001__stage1 of a load"))
        #expect(
            try await shop.must("doctor", "--repair").stdout.contains(
                "dropped the table pulih_client1.shop_orders__BATCH000001__stage1"))
        #expect(try await !shop.must("doctor").stdout.contains("__stage1"))
    }
}
