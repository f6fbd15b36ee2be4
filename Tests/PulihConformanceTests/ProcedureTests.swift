import Foundation
import PulihModel
import PulihTesting
import PulihWarehouses
import Synchronization
import Testing

/// A PostgreSQL warehouse of its own for a test of procedures.
struct ProcedureBench {
    let url: String
    let warehouse: PostgresWarehouse
    private let server: SharedServer

    init(roles: [String: String] = [:], on server: SharedServer = PostgresServer.shared) async throws {
        self.server = server
        url = try await server.makeDatabase()
        warehouse = PostgresWarehouse(
            PostgresLocation(url: url), roles: roles, source: NoRows(),
            settings: Settings(memoryLimitBytes: 256 << 20, threads: 2, parallelSteps: 2, settleSeconds: 0))
    }

    /// Runs SQL as the administrator.
    @discardableResult
    func sql(_ text: String) async throws -> String {
        try await server.get().sql(text, database: String(url.split(separator: "/").last!))
    }

    func make(_ name: String, _ body: String, arguments: String? = nil) async throws {
        try await sql(
            """
            CREATE SCHEMA IF NOT EXISTS tools;
            CREATE PROCEDURE tools.\(name)(\(arguments ?? ProcedureBench.arguments)) LANGUAGE plpgsql AS $p$
            BEGIN
                \(body)
                is_success := true;
            END
            $p$;
            """)
    }

    static let arguments = "client_schema text, batch_id text, OUT is_success boolean, OUT error_message text"

    func session(epoch: Int = 1, _ body: (any WarehouseSession) async throws -> Void) async throws {
        let session = try await warehouse.open(for: lease(epoch: epoch))
        do {
            try await body(session)
        } catch {
            try await session.close()
            throw error
        }
        try await session.close()
    }

    /// Publishes a batch that consists of procedures only.
    func publish(
        _ procedures: [Procedure], failFast: Bool = false,
        began: @escaping @Sendable (ProcedureName) -> Void = { _ in }
    ) async throws -> [ProcedureOutcome] {
        let box = Mutex<[ProcedureOutcome]>([])
        try await session { session in
            let batch = BatchID(number: 1)
            let outcome = try await session.publish(
                Publication(
                    client: client, models: [], procedures: procedures.map(call), failFast: failFast,
                    entry: LedgerEntry(
                        batch: batch, step: StepID(.publish, batch.description), attempt: 1, fingerprint: "f",
                        at: noon), began: began))
            box.withLock { $0 = outcome.procedures }
        }
        return box.withLock { $0 }
    }

    func call(_ procedure: Procedure) -> ProcedureCall {
        let batch = BatchID(number: 1)
        return ProcedureCall(
            procedure: procedure, client: client, batch: batch, batchTime: noon,
            entry: LedgerEntry(batch: batch, step: procedure.step, attempt: 1, fingerprint: "f", at: noon))
    }

    func problem(_ name: String) async throws -> ProcedureProblem? {
        try await warehouse.checkProcedures([procedure(name)], client: client).problems.first
    }
}

private struct NoRows: BinaryCopySource {
    func writeBinaryCopy(_ relation: String, to descriptor: Int32) async throws -> Int { 0 }
}

func procedure(
    _ name: String, _ stage: Stage = .integrate, needs: [String] = [],
    publish: Procedure.PublishMode = .batch, timeout: Int? = nil
) -> Procedure {
    Procedure(
        name: ProcedureName("tools", name), stage: stage, needs: needs.map { ProcedureName("tools", $0) },
        publish: publish, timeoutSeconds: timeout, at: SourceLine(file: "pulih.yml", line: 1))
}

struct ProcedureLookupTests {
    @Test(arguments: [
        "client_schema text, OUT is_success boolean, OUT error_message text",
        "client_schema text, batch_id text, OUT is_success boolean, OUT error_message text",
        "c varchar(20), b text, p text, OUT is_success boolean, OUT error_message varchar",
        "c text, b text, INOUT is_success boolean, INOUT error_message text",
    ])
    func aProcedureOfTheContractIsFound(_ arguments: String) async throws {
        let bench = try await ProcedureBench()
        try await bench.make("load_x", "", arguments: arguments)
        let check = try await bench.warehouse.checkProcedures([procedure("load_x")], client: client)
        #expect(check.problems.isEmpty)
        #expect(check.definitions.count == 1)
        #expect(try await bench.publish([procedure("load_x")]).map(\.status) == [.succeeded])
    }

    @Test(arguments: [
        "load_x(c text, b text, OUT is_success boolean, OUT error_message text) LANGUAGE sql",
        "load_x(c text, b text) RETURNS TABLE (is_success boolean, error_message text) LANGUAGE sql",
        "load_x(c text, b text) RETURNS record LANGUAGE sql",
        "load_x(c text, b text) RETURNS tools.verdict LANGUAGE sql",
    ])
    func aFunctionThatReturnsThePairIsFound(_ head: String) async throws {
        let bench = try await ProcedureBench()
        try await bench.sql(
            """
            CREATE SCHEMA tools;
            CREATE TYPE tools.verdict AS (is_success boolean, error_message text);
            CREATE FUNCTION tools.\(head) AS $f$ SELECT c <> 'client1', 'it said ' || c || ' ' || b $f$
            """)
        #expect(try await bench.problem("load_x") == nil)
        #expect(
            try await bench.publish([procedure("load_x")]).map(\.status)
                == [.failed("it said client1 BATCH000001")])
    }

    @Test(arguments: [
        ("c text, b integer, OUT is_success boolean, OUT error_message text", "b integer"),
        ("c text, b text, OUT error_message text, OUT is_success boolean", "OUT error_message text, OUT is"),
        ("c text, b text", "found is procedure tools.load_x(IN c text, IN b text)"),
        ("c text, b text, p text, x text, OUT is_success boolean, OUT error_message text", "x text"),
    ])
    func anotherSignatureIsToldWithWhatIsWanted(_ arguments: String, _ found: String) async throws {
        let bench = try await ProcedureBench()
        try await bench.sql(
            """
            CREATE SCHEMA tools;
            CREATE PROCEDURE tools.load_x(\(arguments)) LANGUAGE plpgsql AS 'BEGIN END'
            """)
        let problem = try #require(try await bench.problem("load_x"))
        #expect(problem.message.contains(found), "\(problem.message)")
        #expect(
            problem.message.contains("wanted is procedure tools.load_x(client_schema text, batch_id text"))
    }

    @Test func whatIsMissingIsGuessed() async throws {
        let bench = try await ProcedureBench()
        try await bench.make("load_customers_v1", "")
        let problem = try #require(try await bench.problem("load_customer_v1"))
        #expect(
            problem.message
                == "there is no procedure tools.load_customer_v1 in the warehouse (did you mean tools.load_customers_v1?)"
        )
    }

    @Test func twoThatFitAreRefused() async throws {
        let bench = try await ProcedureBench()
        try await bench.make("load_x", "")
        try await bench.make(
            "load_x", "", arguments: "c text, b text, p text, OUT is_success boolean, OUT error_message text")
        #expect(try await bench.problem("load_x")?.message.contains("more than once") == true)
    }

    @Test func theClientsRoleMustBeAllowedToCall() async throws {
        let role = "etl_\(UUID().uuidString.prefix(8).lowercased())"
        let bench = try await ProcedureBench(roles: [client: role])
        try await bench.sql("CREATE ROLE \(role)")
        try await bench.make("load_x", "")
        let usage = try #require(try await bench.problem("load_x"))
        #expect(usage.message == "\(role) may not call tools.load_x")
        #expect(usage.hint == "GRANT USAGE ON SCHEMA \"tools\" TO \"\(role)\"")
        try await bench.sql("\(usage.hint); REVOKE EXECUTE ON ROUTINE tools.load_x FROM PUBLIC")
        let execute = try #require(try await bench.problem("load_x"))
        #expect(execute.hint == "GRANT EXECUTE ON ROUTINE \"tools\".\"load_x\" TO \"\(role)\"")
        try await bench.sql(execute.hint)
        #expect(try await bench.problem("load_x") == nil)
    }
}

struct ProcedureCallTests {
    @Test func itGetsClientBatchNameAndTime() async throws {
        let bench = try await ProcedureBench()
        try await bench.make(
            "load_x",
            """
            CREATE TABLE tools.seen AS SELECT client_schema, batch_id, proc_name,
                current_setting('pulih.client') AS client, current_setting('pulih.batch_id') AS batch,
                current_setting('pulih.batch_time')::timestamptz = to_timestamp(\(noon / 1_000_000)) AS is_time;
            """,
            arguments:
                "client_schema text, batch_id text, proc_name text, OUT is_success boolean, OUT error_message text"
        )
        let outcomes = try await bench.publish([procedure("load_x")])
        #expect(outcomes.map(\.status) == [.succeeded])
        #expect(
            try await bench.sql("SELECT * FROM tools.seen")
                == "client1|BATCH000001|load_x|client1|BATCH000001|t")
        #expect(
            try await bench.sql("SELECT count(*) FROM pulih_client1.ledger WHERE thing = 'tools.load_x'")
                == "1")
    }

    @Test func noticesAndWarningsAreKept() async throws {
        let bench = try await ProcedureBench()
        try await bench.make("load_x", "RAISE NOTICE '% rows', 12; RAISE WARNING 'few';")
        let outcome = try #require(try await bench.publish([procedure("load_x")]).first)
        #expect(outcome.notices == ["NOTICE: 12 rows", "WARNING: few"])
        #expect(outcome.warnings == ["WARNING: few"])
    }

    @Test(arguments: [
        ("is_success := false; error_message := 'no customers'; RETURN;", "no customers"),
        ("is_success := false; RETURN;", "it set is_success to false, without error_message"),
        ("error_message := 'odd'; RETURN;", "it left is_success NULL: odd"),
        (
            "RAISE EXCEPTION 'broken' USING DETAIL = 'row 7';",
            "broken (SQLSTATE P0001); row 7; at PL/pgSQL function"
        ),
        ("PERFORM 1 / 0;", "division by zero (SQLSTATE 22012)"),
        ("COMMIT;", "use publish: step; invalid transaction termination (SQLSTATE 2D000)"),
        ("ROLLBACK;", "use publish: step"),
    ])
    func aFailureIsToldAndEverythingIsRolledBack(_ body: String, _ message: String) async throws {
        let bench = try await ProcedureBench()
        try await bench.sql("CREATE TABLE seen (what text)")
        try await bench.make("before", "INSERT INTO seen VALUES ('before');")
        try await bench.make("load_x", "INSERT INTO seen VALUES ('x'); RAISE NOTICE 'on it'; \(body)")
        try await bench.make("after", "INSERT INTO seen VALUES ('after');")
        try await bench.make("needing", "INSERT INTO seen VALUES ('needing');")
        let outcomes = try await bench.publish([
            procedure("before"), procedure("load_x"), procedure("needing", needs: ["load_x"]),
            procedure("after"),
        ])
        #expect(outcomes[0].status == .rolledBack("rolled back: load_x failed"))
        guard case .failed(let told) = outcomes[1].status else {
            Issue.record("\(outcomes[1].status)")
            return
        }
        #expect(told.contains(message), "\(told)")
        #expect(outcomes[1].notices == ["NOTICE: on it"])
        #expect(outcomes[2].status == .skipped("load_x failed"))
        #expect(outcomes[3].status == .rolledBack("rolled back: load_x failed"))
        #expect(try await bench.sql("SELECT count(*) FROM seen") == "0")
        #expect(try await bench.sql("SELECT count(*) FROM pulih_client1.ledger") == "0")
    }

    @Test func oneThatTakesTooLongIsEnded() async throws {
        let bench = try await ProcedureBench()
        try await bench.make("slow", "PERFORM pg_sleep(60);")
        try await bench.make("load_x", "")
        let outcomes = try await bench.publish([procedure("slow", timeout: 1), procedure("load_x")])
        #expect(outcomes[0].status == .failed("it took longer than its timeout of 1 s and was ended"))
        #expect(outcomes[1].status == .rolledBack("rolled back: slow failed"))
    }

    @Test func whatOneSetsDoesNotReachTheNext() async throws {
        let bench = try await ProcedureBench()
        try await bench.make(
            "meddling",
            "SET search_path = pg_catalog; SET TimeZone = 'Asia/Jakarta'; SET DateStyle = 'German'; SET statement_timeout = 1;"
        )
        try await bench.make(
            "load_x",
            """
            PERFORM pg_sleep(0.05);
            IF current_setting('search_path') NOT LIKE '%public%' OR current_setting('TimeZone') <> 'UTC' THEN
                RAISE EXCEPTION '% %', current_setting('search_path'), current_setting('TimeZone');
            END IF;
            """)
        let outcomes = try await bench.publish([procedure("meddling"), procedure("load_x")])
        #expect(outcomes.map(\.status) == [.succeeded, .succeeded])
    }

    @Test func aRunThatIsCancelledCallsNothingAFailure() async throws {
        let bench = try await ProcedureBench()
        try await bench.make("slow", "PERFORM pg_sleep(60);")
        let (begun, tell) = AsyncStream<Void>.makeStream()
        let run = Task {
            defer { tell.finish() }
            return try await bench.publish([procedure("slow")]) { _ in tell.yield() }
        }
        for await _ in begun { run.cancel() }
        await #expect(throws: CancellationError.self) { try await run.value }
    }

    // MARK: publish: step

    @Test func oneOfAStepMayCommit() async throws {
        let bench = try await ProcedureBench()
        try await bench.sql("CREATE TABLE seen (what text)")
        try await bench.make(
            "refresh_x",
            "INSERT INTO seen VALUES ('kept'); COMMIT; INSERT INTO seen VALUES ('lost');"
                + " IF EXISTS (SELECT FROM seen WHERE what = 'stop') THEN RAISE EXCEPTION 'stopped'; END IF;")
        try await bench.sql("INSERT INTO seen VALUES ('stop')")
        let refresh = procedure("refresh_x", .refreshMV, publish: .step, timeout: 60)
        try await bench.session { session in
            let outcome = try await session.call(bench.call(refresh))
            guard case .failed(let message) = outcome.status else {
                Issue.record("\(outcome.status)")
                return
            }
            #expect(message.hasPrefix("stopped (SQLSTATE P0001)"))
            #expect(try await session.ledger().rows.isEmpty)
            try await bench.sql("DELETE FROM seen WHERE what = 'stop'")
            #expect(try await session.call(bench.call(refresh)).status == .succeeded)
            #expect(try await session.ledger().rows.map(\.step) == [refresh.step])
        }
        #expect(
            try await bench.sql("SELECT string_agg(what, ' ' ORDER BY what) FROM seen") == "kept kept lost")
    }

    @Test func aRunThatLostItsLeaseCallsNothing() async throws {
        let bench = try await ProcedureBench()
        try await bench.sql("CREATE TABLE seen (what text)")
        try await bench.make("refresh_x", "INSERT INTO seen VALUES ('x');")
        let refresh = procedure("refresh_x", .refreshMV, publish: .step)
        try await bench.session(epoch: 1) { old in
            try await bench.session(epoch: 2) { _ in }
            // First its connection is gone, then it has a new one, and only the fence is left.
            for _ in 1...2 {
                await #expect(throws: PulihError.self) { try await old.call(bench.call(refresh)) }
            }
        }
        #expect(try await bench.sql("SELECT count(*) FROM seen") == "0")
    }
}

struct ProcedureScriptTests {
    private func script(_ path: String, _ sql: String) -> ProcedureScript {
        ProcedureScript(path: "sql/procedures/\(path)", sql: sql)
    }
    private let one = """
        -- one
        CREATE OR REPLACE FUNCTION tools.one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE OR REPLACE PROCEDURE tools.load_x(
            client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
        LANGUAGE plpgsql AS $p$
        BEGIN
            is_success := tools.one() = 1;
        END
        $p$;
        """

    @Test func aScriptIsRunWhenItChanged() async throws {
        let bench = try await ProcedureBench()
        var scripts = [script("a.sql", one)]
        #expect(try await bench.warehouse.scriptChanges(scripts).map(\.kind) == [.new])
        #expect(try await bench.warehouse.deploy(scripts).map(\.kind) == [.new])
        #expect(try await bench.warehouse.scriptChanges(scripts).isEmpty)
        #expect(try await bench.warehouse.deploy(scripts).isEmpty)
        #expect(try await bench.problem("load_x") == nil)

        let old = try await bench.warehouse.checkProcedures([procedure("load_x")], client: client).definitions
        scripts[0].sql = one.replacing("tools.one() = 1", with: "tools.one() = 2")
        #expect(try await bench.warehouse.deploy(scripts).map(\.kind) == [.changed])
        let new = try await bench.warehouse.checkProcedures([procedure("load_x")], client: client).definitions
        #expect(old != new)

        #expect(try await bench.warehouse.deploy([]).map(\.kind) == [.removed])
        #expect(try await bench.warehouse.scriptChanges([]).isEmpty)
        #expect(try await bench.problem("load_x") == nil)
    }

    @Test func whatWasChangedInTheWarehouseIsMadeAgain() async throws {
        let bench = try await ProcedureBench()
        let scripts = [script("a.sql", one)]
        _ = try await bench.warehouse.deploy(scripts)
        try await bench.sql(
            "CREATE OR REPLACE FUNCTION tools.one() RETURNS integer LANGUAGE sql AS 'SELECT 2'")
        #expect(try await bench.warehouse.scriptChanges(scripts).map(\.kind) == [.overtaken("tools.one")])
        _ = try await bench.warehouse.deploy(scripts)
        #expect(try await bench.sql("SELECT tools.one()") == "1")
        try await bench.sql("DROP PROCEDURE tools.load_x")
        #expect(try await bench.warehouse.deploy(scripts).map(\.kind) == [.overtaken("tools.load_x")])
        #expect(try await bench.problem("load_x") == nil)
    }

    @Test(arguments: [
        ("SELECT 1;\n\nSELECT nothing;", "sql/procedures/b.sql:3: column \"nothing\" does not exist"),
        (
            "SELECT 1;\nCREATE PROCEDURE tools.p() LANGUAGE plpgsql AS $p$\nBEGIN\n    odd;\nEND\n$p$",
            "sql/procedures/b.sql:4: syntax error at or near \"odd\""
        ),
        (
            "SELECT 1;\nDROP FUNCTION tools.no();",
            "sql/procedures/b.sql:2: function tools.no() does not exist"
        ),
        ("SELECT 1;\nCOMMIT;", "sql/procedures/b.sql:2: COMMIT cannot stand in a script"),
        ("\\i other.sql", "sql/procedures/b.sql:1: syntax error at or near \"\\\""),
    ])
    func aMistakeIsToldWithItsLine(_ sql: String, _ message: String) async throws {
        let bench = try await ProcedureBench()
        let scripts = [script("a.sql", one), script("b.sql", "CREATE TABLE tools.half (x integer);" + sql)]
        await #expect {
            try await bench.warehouse.deploy(scripts)
        } throws: { error in
            (error as? PulihError)?.code == .configuration && "\(error)".contains(message)
        }
        #expect(try await bench.sql("SELECT to_regclass('tools.half') IS NULL") == "t")
        #expect(try await bench.warehouse.scriptChanges(scripts).map(\.path) == ["sql/procedures/b.sql"])
    }

    @Test func theNewestServerKeepsTheContractToo() async throws {
        let bench = try await ProcedureBench(on: PostgresServer.shared18)
        let scripts = [script("a.sql", one)]
        _ = try await bench.warehouse.deploy(scripts)
        #expect(try await bench.warehouse.scriptChanges(scripts).isEmpty)
        try await bench.make("committing", "COMMIT;")
        #expect(
            try await bench.publish([procedure("load_x"), procedure("committing")]).map(\.status.message) == [
                "rolled back: committing failed",
                "it ends a transaction, and 'publish: batch' calls it inside the one that publishes: use publish: step;"
                    + " invalid transaction termination (SQLSTATE 2D000); at PL/pgSQL function"
                    + " tools.committing(text,text) line 3 at COMMIT",
            ])
        try await bench.session { session in
            let step = procedure("committing", .refreshMV, publish: .step)
            let outcome = try await session.call(bench.call(step))
            #expect(outcome.status == .succeeded)
        }
        try await bench.sql("DROP PROCEDURE tools.load_x")
        #expect(try await bench.problem("load_x") != nil)
    }

    @Test func aBodyInStandardSQLIsOneStatement() async throws {
        let bench = try await ProcedureBench()
        let sql = "CREATE FUNCTION tools.two() RETURNS integer BEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND;"
        _ = try await bench.warehouse.deploy([script("a.sql", sql)])
        #expect(try await bench.sql("SELECT tools.two()") == "2")
    }

    @Test func duckDBRefusesScripts() async throws {
        let bench = try await WarehouseBench(.duckdb)
        await #expect(throws: PulihError.self) { try await bench.warehouse.deploy([script("a.sql", one)]) }
        #expect(try await bench.warehouse.deploy([]).isEmpty)
    }
}
