import PulihModel
import Testing

@testable import PulihPipeline

struct PlannerTests {
    @Test func aNewBatchRunsEverything() throws {
        let plan = try Fixture.plan(.start)
        #expect(plan.steps.allSatisfy { $0.decision.runs })
        #expect(plan.steps.map(\.id.stage).last == .finalize)
        #expect(Set(plan.steps.map(\.id)).count == plan.steps.count)
    }

    @Test func everyStepComesAfterWhatItDependsOn() throws {
        let plan = try Fixture.plan(.start)
        var seen: Set<StepID> = []
        for step in plan.steps {
            #expect(Set(step.dependsOn).isSubset(of: seen), "\(step.id)")
            seen.insert(step.id)
        }
    }

    @Test func restartAfterAGoodRunKeepsEverything() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        let again = try Fixture.plan(.restart, journal: done.journal, ledger: done.ledger)
        #expect(again.running.isEmpty)
    }

    @Test func theLedgerOutranksALostJournal() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        #expect(try Fixture.plan(.restart, ledger: done.ledger).running.isEmpty)
    }

    @Test func aJournalWithoutLedgerLoadsAgain() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        let ledger = LedgerSnapshot(rows: done.ledger.rows.filter { !$0.step.thing.contains("cust_") })
        let again = try Fixture.plan(.restart, journal: done.journal, ledger: ledger)
        #expect(again.running.contains("load_bronze crm.cust/cust_BATCH000001.csv"))
        #expect(!again.running.contains("convert crm.cust/cust_BATCH000001.csv"))
        #expect(!again.running.contains("load_bronze crm.prd/prd_BATCH000001.csv"))
    }

    @Test func aCorrectedModelRerunsItAndWhatDependsOnIt() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        var models = Fixture.models
        models[0].sql = "SELECT 1 AS x FROM {{ bronze }}.crm_cust_current"
        let again = try Fixture.plan(
            .restart, configuration: Fixture.configuration(models: models), journal: done.journal,
            ledger: done.ledger)
        #expect(
            again.running == [
                "transform silver.customers", "integrate gold.facts", "publish BATCH000001",
                "refresh_mv gold.summary",
            ])
    }

    @Test func anotherFileContentRerunsItsStagesAndTheModelsBehind() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        let again = try Fixture.plan(
            .restart, manifest: Fixture.manifest(sha: "cc"), journal: done.journal, ledger: done.ledger)
        #expect(again.running.contains("convert crm.cust/cust_BATCH000001.csv"))
        #expect(again.running.contains("transform silver.customers"))
        #expect(!again.running.contains("transform silver.products"))
        #expect(!again.running.contains("convert crm.prd/prd_BATCH000001.csv"))
    }

    @Test func correctionsRerunConvert() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        let again = try Fixture.plan(
            .restart, journal: done.journal, ledger: done.ledger, corrections: ["cust_BATCH000001.csv": "dd"])
        #expect(again.running.contains("convert crm.cust/cust_BATCH000001.csv"))
    }

    @Test func reprocessForcesEverythingAfterConvert() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        let again = try Fixture.plan(.reprocess, journal: done.journal, ledger: done.ledger)
        #expect(again.steps.filter { !$0.decision.runs }.map(\.id.stage) == [.convert, .convert])
    }

    @Test func reprocessConvertsWhenTheParquetIsGone() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        let again = try Fixture.plan(.reprocess, journal: done.journal, ledger: done.ledger, parquet: false)
        #expect(again.steps.allSatisfy { $0.decision.runs })
    }

    @Test func fromAStageForcesItAndAllAfterIt() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        let again = try Fixture.plan(.restart, journal: done.journal, ledger: done.ledger, from: .integrate)
        #expect(again.running == ["integrate gold.facts", "publish BATCH000001", "refresh_mv gold.summary"])
    }

    @Test func anotherFileIsLeftWhenOneIsAskedFor() throws {
        let plan = try Fixture.plan(.restart, file: "cust_BATCH000001.csv")
        let load = try #require(plan.step(StepID(.loadBronze, "crm.prd/prd_BATCH000001.csv")))
        #expect(load.decision == .leave("not asked for: --file names another"))
        #expect(plan.running.contains("load_bronze crm.cust/cust_BATCH000001.csv"))
    }

    @Test func aBuildThatWaitsIsKeptAndPublished() throws {
        let first = try Fixture.plan(.start)
        let done = Fixture.done(first)
        let facts = try #require(first.step(StepID(.integrate, "gold.facts")))
        let ledger = LedgerSnapshot(
            rows: done.ledger.rows.filter { $0.step.stage != .publish },
            builds: first.steps.compactMap { step in
                guard case .model(let table) = step.subject, step.id.stage != .refreshMV, step.id != facts.id
                else { return nil }
                return BuildRow(table: table, batch: first.batch, fingerprint: step.fingerprint)
            })
        let again = try Fixture.plan(.restart, journal: done.journal, ledger: ledger)
        #expect(again.running == ["integrate gold.facts", "publish BATCH000001", "refresh_mv gold.summary"])
    }

    @Test func whatAnotherBatchPublishedIsBuiltAgain() throws {
        let done = Fixture.done(try Fixture.plan(.start))
        var ledger = done.ledger
        for row in Fixture.done(try Fixture.plan(.start, manifest: Fixture.manifest(2))).ledger.rows {
            var row = row
            row.sequence += 100
            ledger.rows.append(row)
        }
        let again = try Fixture.plan(.restart, journal: done.journal, ledger: ledger)
        #expect(again.running.contains("transform silver.customers"))
        #expect(!again.running.contains("load_bronze crm.cust/cust_BATCH000001.csv"))
    }

    /// A replay of the first batch overtook the second, which then was killed after it built: its own publication and
    /// refresh of long ago do not count.
    @Test func anOvertakenPublicationIsMadeAgain() throws {
        let first = Fixture.done(try Fixture.plan(.start))
        let second = try Fixture.plan(.start, manifest: Fixture.manifest(2), ledger: first.ledger)
        let done = Fixture.done(second)
        var ledger = done.ledger
        for row in first.ledger.rows {
            var row = row
            row.sequence += 100
            ledger.rows.append(row)
        }
        ledger.builds = second.steps.compactMap { step in
            guard case .model(let table) = step.subject, step.id.stage != .refreshMV else { return nil }
            return BuildRow(table: table, batch: second.batch, fingerprint: step.fingerprint)
        }
        let again = try Fixture.plan(
            .restart, manifest: Fixture.manifest(2), journal: done.journal, ledger: ledger)
        #expect(again.running == ["publish BATCH000002", "refresh_mv gold.summary"])
    }

    @Test func fingerprintsDoNotRunTogether() {
        #expect(Fingerprint.of(["ab", "c"]) != Fingerprint.of(["a", "bc"]))
    }
}
