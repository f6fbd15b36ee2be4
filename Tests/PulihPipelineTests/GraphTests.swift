import PulihModel
import Testing

@testable import PulihPipeline

struct GraphTests {
    @Test func dimensionsComeBeforeFacts() throws {
        let models = [
            Fixture.model(.gold, "fact_sales", "SELECT 1"), Fixture.model(.gold, "dim_products", "SELECT 1"),
            Fixture.model(.silver, "s", "SELECT 1"),
        ]
        let order = try Fixture.graph(models).order.map(\.description)
        #expect(order == ["silver.s", "gold.dim_products", "gold.fact_sales"])
    }

    @Test func aCircleIsRefusedAndNamed() throws {
        let models = [
            Fixture.model(.silver, "a", "SELECT * FROM {{ silver }}.b"),
            Fixture.model(.silver, "b", "SELECT * FROM {{ silver }}.a"),
        ]
        #expect { try Fixture.graph(models) } throws: { error in
            "\(error)".contains("in a circle: silver.a -> silver.b -> silver.a")
        }
    }

    @Test func aReferenceThatLeadsNowhereGuesses() throws {
        let models = [Fixture.model(.silver, "a", "SELECT * FROM {{ bronze }}.crm_cst_current")]
        #expect { try Fixture.graph(models) } throws: { error in
            "\(error)".contains("sql/silver/a.sql:1: silver.a reads bronze.crm_cst_current")
                && "\(error)".contains("did you mean bronze.crm_cust")
        }
    }

    @Test func silverMayNotReadGold() throws {
        let models = [
            Fixture.model(.silver, "a", "SELECT * FROM {{ gold }}.b"), Fixture.model(.gold, "b", "SELECT 1"),
        ]
        #expect(throws: PulihError.self) { try Fixture.graph(models) }
    }

    @Test func aTableMayNotReadAMaterializedView() throws {
        let models = [
            Fixture.model(.gold, "a", "SELECT * FROM {{ gold }}.b"),
            Fixture.model(.gold, "b", "SELECT 1", .materializedView),
        ]
        #expect(throws: PulihError.self) { try Fixture.graph(models) }
    }
}

struct FileMatcherTests {
    @Test(arguments: [
        ("cust*.csv", "CUST_1.csv", true), ("cust?.csv", "cust12.csv", false),
        ("c[a-c]t.csv", "cbt.csv", true),
        ("c[!a-c]t.csv", "cbt.csv", false), ("*", "x", true), ("a*b*c", "aXbYc", true), ("a*b", "ab", true),
        ("a[", "a[", true), ("*.csv", "x.txt", false),
    ])
    func globs(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Glob.matches(pattern, name) == matches)
    }

    @Test func theLongestPatternWins() {
        let specs = [
            Fixture.file("cust", pattern: "cust*.csv"), Fixture.file("cust_eu", pattern: "cust_eu*.csv"),
        ]
        let matcher = FileMatcher(specs: specs)
        #expect(matcher.match("cust_eu_1.csv") == .one(specs[1]))
        #expect(matcher.match("cust_us.csv.gz") == .one(specs[0]))
    }

    @Test func theNearestIsNamed() {
        let specs = [Fixture.file("cust"), Fixture.file("sales")]
        #expect(FileMatcher(specs: specs).match("salse.txt") == .none(nearest: specs[1]))
    }

    @Test func namesOrderAsPeopleDo() {
        #expect(["p10", "p2", "p1"].sorted(by: NaturalOrder.precedes) == ["p1", "p2", "p10"])
    }

    @Test func namesSplitAtTheSuffix() {
        #expect(BatchFiles.nameParts("a.b.csv.gz") == ("a.b", ".csv.gz"))
        #expect(BatchFiles.nameParts("noext") == ("noext", ""))
        #expect(BatchFiles.nameParts(".hidden") == (".hidden", ""))
    }
}

struct MappingCheckTests {
    @Test func aRenamedColumnIsGuessed() {
        let check = MappingCheck(spec: Fixture.file("cust"), received: ["id", "cst_gendr"])
        #expect(check.missing == ["cst_gndr"])
        #expect(
            check.problem
                == "column cst_gndr is missing; cst_gendr, which is not configured, is probably its new name")
    }

    @Test func anExtraColumnFailsOrWarns() {
        let received = ["ID", "cst_gndr", "note", "surprise"]
        #expect(
            MappingCheck(spec: Fixture.file("cust"), received: received).problem
                == "column surprise is not configured")
        let tolerant = MappingCheck(spec: Fixture.file("cust", drift: .ignoreExtra), received: received)
        #expect(tolerant.problem == nil)
        #expect(tolerant.hasWarnings)
    }

    @Test func anOptionalColumnMayBeMissing() {
        let check = MappingCheck(spec: Fixture.file("cust"), received: ["id", "cst_gndr"])
        #expect(check.problem == nil)
        #expect(check.absent == ["note"])
    }
}

struct SchedulerTests {
    private func units(_ plan: Plan) -> [Unit] {
        Unit.units(of: plan.steps.filter { $0.id.stage != .finalize })
    }

    private func execute(_ plan: Plan, failing: String?, failFast: Bool = false) async -> [String: Status] {
        let record: @Sendable (PlannedStep, Status, String) -> StepRecord = { step, status, reason in
            StepRecord(
                client: "c", batch: BatchID(number: 1), step: step.id, attempt: 1, status: status,
                reason: reason,
                fingerprint: "", startedAt: 0)
        }
        let scheduler = Scheduler(
            limit: 2, failFast: failFast,
            run: { unit in
                unit.steps.map { record($0, $0.id.description == failing ? .failed : .success, "") }
            },
            skip: { unit, reason in unit.steps.map { record($0, .skipped, reason) } })
        let ended = await scheduler.execute(units(plan))
        return Dictionary(ended.map { ($0.step.description, $0.status) }, uniquingKeysWith: { $1 })
    }

    /// Lets those who came in go on when so many are there.
    private actor Meeting {
        private let size: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private(set) var most = 0
        private var inside = 0

        init(of size: Int) { self.size = size }

        func enter() async {
            inside += 1
            most = max(most, inside)
            await withCheckedContinuation { arrived in
                waiting.append(arrived)
                guard waiting.count == size else { return }
                for waiting in waiting { waiting.resume() }
                waiting = []
            }
            inside -= 1
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [(true, 6), (false, 2)])
    func smallUnitsRunMoreAtOnce(_ isSmall: Bool, _ atOnce: Int) async throws {
        let plan = try Fixture.plan(.start)
        let step = try #require(plan.steps.first)
        let meeting = Meeting(of: atOnce)
        let scheduler = Scheduler(
            limit: 2, smallLimit: 6, failFast: false,
            run: { _ in
                await meeting.enter()
                return []
            }, skip: { _, _ in [] })
        let unit = Unit(steps: [step], dependsOn: [], isSmall: isSmall)
        _ = await scheduler.execute([Unit](repeating: unit, count: atOnce * 2))
        #expect(await meeting.most == atOnce)
    }

    @Test func everythingRunsOnce() async throws {
        let plan = try Fixture.plan(.start)
        let ended = await execute(plan, failing: nil)
        #expect(ended.count == plan.steps.count - 1)
        #expect(ended.values.allSatisfy { $0 == .success })
    }

    @Test func onlyWhatDependsOnAFailureIsSkipped() async throws {
        let ended = await execute(try Fixture.plan(.start), failing: "transform silver.customers")
        #expect(ended["transform silver.products"] == .success)
        #expect(ended["integrate gold.facts"] == .skipped)
        #expect(ended["publish BATCH000001"] == .skipped)
        #expect(ended["refresh_mv gold.summary"] == .skipped)
    }

    @Test func failFastSkipsTheRest() async throws {
        let ended = await execute(
            try Fixture.plan(.start), failing: "load_bronze crm.cust/cust_BATCH000001.csv", failFast: true)
        #expect(ended.values.filter { $0 == .skipped }.count >= 4)
        #expect(ended.count == (try Fixture.plan(.start).steps.count) - 1)
    }
}

struct ManifestTests {
    @Test func unknownMembersSurvive() throws {
        var manifest = Fixture.manifest()
        manifest.unknown = [JSONMember("added_by_somebody", .string("x"))]
        manifest.files[0].unknown = [JSONMember("note", .int(3))]
        let text = manifest.json.pretty
        let read = try Manifest(json: JSONValue.parse(Array(text.utf8)), path: "m.json")
        #expect(read == manifest)
    }

    @Test func aMissingMemberIsNamed() throws {
        let json = try JSONValue.parse(Array(#"{"client_schema": "c", "client_id": 1}"#.utf8))
        #expect { try Manifest(json: json, path: "m.json") } throws: { error in
            "\(error)".contains("m.json is damaged: batch_id is missing")
        }
    }
}
