import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// `--explain` says without running what the run that follows does and why.
@Suite(.everyCombination) struct ExplainTests {
    private struct Decision: Hashable, CustomStringConvertible {
        let step: String
        let decision: String
        var description: String { "\(step): \(decision)" }
    }

    /// Every point of a start that leaves a batch behind.
    static let deaths: [Failpoint] = [
        .claimBetweenRenames, .claimBeforeManifest, .convertAfterParquet, .loadBeforeCommit, .loadAfterCommit,
        .transformBeforeCommit, .transformAfterCommit, .publishBeforeCommit, .publishAfterCommit,
        .refreshBeforeCommit, .refreshAfterCommit, .finalizeBeforeMove, .finalizeAfterMove,
    ]

    @Test(arguments: deaths) func saysWhatRestartDoesAfterADeath(_ point: Failpoint) async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        let killed = try await shop.run("start", "client1", failpoints: "\(point.rawValue)=kill")
        #expect(killed.signal == 9)
        try await expectSame(shop, "restart", "client1")
    }

    @Test func saysWhatRunsDoAfterFailuresAndChanges() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try shop.edit("sql/gold/revenue.sql", "sum(f.amount)", "sum(f.amounts)")
        try await shop.must("start", "client1", exit: 1)
        try shop.edit("sql/gold/revenue.sql", "sum(f.amounts)", "sum(f.amount)")
        try await expectSame(shop, "restart", "client1")
        try await expectSame(shop, "restart", "client1")
        try await expectSame(shop, "restart", "client1", "--from", "transform")
        try await expectSame(shop, "reprocess", "client1")
        try shop.edit("sql/silver/prices.sql", "SELECT sku", "SELECT upper(sku) AS sku")
        try await expectSame(shop, "restart", "client1")
    }

    @Test func progressTellsWhyEachStepRunsOrIsKept() async throws {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        let point = Failpoint.publishBeforeCommit.rawValue
        #expect(try await shop.run("start", "client1", failpoints: "\(point)=kill").signal == 9)
        let lines = try await shop.must("restart", "client1").stderr.split(separator: "\n")
        let steps = lines.filter { $0.contains(" of 21 ") }
        #expect(steps.count == 21, "\(lines)")
        #expect(steps.contains { $0.hasSuffix("KEPT load_bronze shop.orders [the ledger holds this load]") })
        #expect(
            steps.contains {
                $0.hasSuffix("KEPT transform silver.prices [built before and not yet published]")
            })
        #expect(steps.contains { $0.contains("OK publish BATCH000002 [in") && $0.hasSuffix("wait for it]") })
        #expect(steps.contains { $0.contains("OK refresh_mv") && $0.hasSuffix("; publish runs]") })
    }

    private func expectSame(_ shop: TestWorkspace, _ words: String...) async throws {
        let before = try shop.files(below: "batch_info") + shop.files(below: "raw")
        let explained = try await shop.run(words + ["--explain", "--json"])
        try #require(explained.exit == 0, "\(explained.everything)")
        #expect(try shop.files(below: "batch_info") + shop.files(below: "raw") == before)
        let plan = try decisions(explained.json()) { step in
            "\(step["decision"]?.string ?? "") \(step["reason"]?.string ?? "")"
        }
        let run = try await shop.run(words + ["--json"])
        try #require(run.exit == 0, "\(run.everything)")
        let done = try decisions(run.json()) { step in
            let reason = step["reason"]?.string ?? ""
            return reason.replacing("ran: ", with: "run ").replacing("kept: ", with: "keep ")
        }
        #expect(plan == done, "\(plan.symmetricDifference(done).sorted { $0.step < $1.step })")
        #expect(!plan.isEmpty)
    }

    private func decisions(_ result: JSONValue, _ decision: (JSONValue) -> String) throws -> Set<Decision> {
        Set(
            try #require(result["steps"]?.array).map { step in
                Decision(
                    step: "\(step["stage"]?.string ?? "") \(step["thing"]?.string ?? "")",
                    decision: decision(step))
            })
    }
}
