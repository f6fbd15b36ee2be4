import PulihModel
import Testing

@testable import PulihPipeline

/// The small house with procedures: one of transform, two dimensions and a fact, and two that commit by themselves.
enum Procedures {
    static let transform = make("load_cust", .transform)
    static let customers = make("load_dim_customers", .integrate, .dimension)
    static let products = make("load_dim_products", .integrate, .dimension)
    static let sales = make("load_fact_sales", .integrate, .fact, needs: [customers.name])
    static let churn = make("refresh_churn", .refreshMV, publish: .step)
    static let report = make("refresh_report", .refreshMV, needs: [churn.name], publish: .step)
    static let gap = make("refresh_gap", .refreshMV, publish: .step)
    static let all = [transform, customers, products, sales, churn, report, gap]

    static func make(
        _ name: String, _ stage: Stage, _ kind: ProcedureKind = .other, needs: [ProcedureName] = [],
        publish: Procedure.PublishMode = .batch
    ) -> Procedure {
        Procedure(
            name: ProcedureName("tools", name), stage: stage, kind: kind, needs: needs, publish: publish,
            at: SourceLine(file: "pulih.yml", line: 1))
    }

    static func call(_ procedure: Procedure) -> ProcedureCall {
        let batch = BatchID(number: 1)
        return ProcedureCall(
            procedure: procedure, client: "client1", batch: batch, batchTime: 0,
            entry: LedgerEntry(batch: batch, step: procedure.step, attempt: 1, fingerprint: "", at: 0))
    }

    static func plan(
        _ mode: RunMode, manifest: Manifest = Fixture.manifest(), models: [Model] = [],
        procedures: [Procedure] = all, done: Plan? = nil, without: Set<StepID> = [],
        definitions: [String: String] = [:], from: Stage? = nil
    ) throws -> Plan {
        var configuration = Fixture.configuration(models: models)
        configuration.procedures = procedures
        let state = done.map { Fixture.done($0) }
        let ledger = LedgerSnapshot(rows: (state?.ledger.rows ?? []).filter { !without.contains($0.step) })
        return Planner(
            input: PlanInput(
                manifest: manifest, configuration: configuration, graph: try Fixture.graph(models),
                ledger: ledger, journal: state?.journal ?? [], mode: mode, from: from, onlyFile: nil,
                parquetSizes: Dictionary(uniqueKeysWithValues: manifest.files.map { ($0.physicalName, 10) }),
                corrections: [:], rendered: [:],
                definitions: Dictionary(
                    uniqueKeysWithValues: procedures.map { ($0.name, definitions[$0.name.name] ?? "1") }))
        ).plan()
    }
}

struct ProcedurePlanTests {
    @Test func theyStandInThePlanWhereTheyRun() throws {
        let plan = try Procedures.plan(.start)
        #expect(
            plan.steps.map(\.id.description).filter { !$0.contains("crm.") } == [
                "transform tools.load_cust", "integrate tools.load_dim_customers",
                "integrate tools.load_dim_products", "integrate tools.load_fact_sales", "publish BATCH000001",
                "refresh_mv tools.refresh_churn", "refresh_mv tools.refresh_report",
                "refresh_mv tools.refresh_gap", "finalize BATCH000001",
            ])
        var seen: Set<StepID> = []
        for step in plan.steps {
            #expect(Set(step.dependsOn).isSubset(of: seen), "\(step.id)")
            seen.insert(step.id)
        }
    }

    @Test func aGoodRunIsKept() throws {
        let first = try Procedures.plan(.start, models: Fixture.models)
        let again = try Procedures.plan(.restart, models: Fixture.models, done: first)
        #expect(again.running.isEmpty)
    }

    @Test func onlyTheOneThatFailedAndWhatNeedsItRunAgain() throws {
        let first = try Procedures.plan(.start)
        let again = try Procedures.plan(
            .restart, done: first, without: [Procedures.churn.step, Procedures.report.step])
        #expect(again.running == ["refresh_mv tools.refresh_churn", "refresh_mv tools.refresh_report"])
    }

    @Test func anotherDefinitionRunsItAndWhatMayReadIt() throws {
        let first = try Procedures.plan(.start)
        // Not needed by the fact, but a dimension.
        let again = try Procedures.plan(.restart, done: first, definitions: ["load_dim_products": "2"])
        #expect(
            again.running == [
                "integrate tools.load_dim_products", "integrate tools.load_fact_sales",
                "publish BATCH000001",
                "refresh_mv tools.refresh_churn", "refresh_mv tools.refresh_report",
                "refresh_mv tools.refresh_gap",
            ])
    }

    @Test func anotherFileRunsAllOfThem() throws {
        let first = try Procedures.plan(.start)
        let again = try Procedures.plan(.restart, manifest: Fixture.manifest(sha: "cc"), done: first)
        #expect(again.running.filter { $0.contains("tools.") }.count == Procedures.all.count)
    }

    @Test func anotherModelRunsAllOfThem() throws {
        let first = try Procedures.plan(.start, models: Fixture.models)
        var models = Fixture.models
        models[1].sql = "SELECT 1 AS x FROM {{ bronze }}.crm_prd_current"
        let again = try Procedures.plan(.restart, models: models, done: first)
        #expect(again.running.filter { $0.contains("tools.") }.count == Procedures.all.count)
    }

    @Test func whatAnotherBatchCalledIsCalledAgain() throws {
        let first = try Procedures.plan(.start)
        let again = try Procedures.plan(.restart, manifest: Fixture.manifest(2), done: first)
        let step = try #require(again.step(Procedures.transform.step))
        #expect(step.decision.runs)
    }

    @Test func reprocessAndFromForceThem() throws {
        let first = try Procedures.plan(.start)
        let forced = try Procedures.plan(.reprocess, done: first)
        #expect(forced.running.filter { $0.contains("tools.") }.count == Procedures.all.count)
        let refreshed = try Procedures.plan(.restart, done: first, from: .refreshMV)
        #expect(
            refreshed.running == [
                "refresh_mv tools.refresh_churn", "refresh_mv tools.refresh_report",
                "refresh_mv tools.refresh_gap",
            ])
    }

    @Test func aPlanWithoutProceduresIsWhatItWas() throws {
        let plain = try Fixture.plan(.start)
        let with = try Procedures.plan(.start, models: Fixture.models, procedures: [])
        #expect(plain == with)
    }

    @Test func thoseOfOnePublicationAreOneUnit() throws {
        let plan = try Procedures.plan(.start, models: Fixture.models)
        let units = Unit.units(of: plan.steps)
        let publish = try #require(units.first { $0.steps.contains { $0.id.stage == .publish } })
        #expect(
            publish.steps.map(\.id.thing) == [
                "tools.load_cust", "tools.load_dim_customers", "tools.load_dim_products",
                "tools.load_fact_sales", "BATCH000001",
            ])
        #expect(publish.dependsOn.count == 2 + 3)
        let after = try #require(units.first { $0.steps[0].id.thing == "tools.refresh_churn" })
        #expect(after.steps.count == 3)
        #expect(after.dependsOn == [StepID(.publish, "BATCH000001")])
    }
}

struct ProcedureSequenceTests {
    private func run(_ failing: Set<String>, failFast: Bool = false) -> [String] {
        let procedures = [
            Procedures.customers, Procedures.products, Procedures.sales,
            Procedures.make("refresh", .refreshMV, needs: [Procedures.sales.name]),
        ]
        var sequence = ProcedureSequence(procedures.map(Procedures.call), failFast: failFast)
        sequence.run { call in
            ProcedureOutcome(
                name: call.procedure.name,
                status: failing.contains(call.procedure.name.name) ? .failed("no") : .succeeded)
        }
        return sequence.outcomes.map { outcome in
            switch outcome.status {
            case .succeeded: "ok"
            case .failed(let message): "failed: \(message)"
            case .skipped(let reason), .rolledBack(let reason): reason
            }
        }
    }

    @Test func allSucceed() {
        #expect(run([]) == ["ok", "ok", "ok", "ok"])
    }

    @Test func whatNeedsAFailedOneIsSkippedAndTheOthersAreStillTried() {
        #expect(
            run(["load_dim_customers"]) == [
                "failed: no", "rolled back: load_dim_customers failed", "load_dim_customers failed",
                "load_dim_customers failed",
            ])
        #expect(
            run(["load_dim_customers", "load_dim_products"]).filter { $0 == "failed: no" }.count == 2)
    }

    @Test func failFastStopsAtTheFirst() {
        #expect(
            run(["load_dim_customers"], failFast: true).dropFirst().allSatisfy {
                $0 == "load_dim_customers failed, and --fail-fast stops there"
            })
    }
}
