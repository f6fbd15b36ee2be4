import PulihCatalog
import PulihModel
import PulihPostgres
import PulihTesting
import Testing

@Suite("PostgreSQL's catalog")
struct PostgresCatalogTests {
    /// SQLSTATE of the statement's failure; nil when there is none.
    private func state(_ bench: CatalogBench, _ sql: String) async throws -> String? {
        do {
            try await bench.execute(sql)
            return nil
        } catch let failure as PostgresFailure {
            return failure.sqlState
        }
    }

    @Test func everyTableViewAndColumnIsExplained() async throws {
        let bench = try await CatalogBench(.postgresql)
        try await bench.open().close()
        let silent = """
            FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'tools'
            JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
            WHERE relkind IN ('r', 'v')
            """
        #expect(
            try await bench.rows(
                """
                SELECT relname, attname \(silent)
                    AND (obj_description(pg_class.oid, 'pg_class') IS NULL OR col_description(attrelid, attnum) IS NULL)
                """) == [])
        let count = try await bench.rows("SELECT count(*) > 200, count(DISTINCT relname) \(silent)")
        #expect(count == [["t", "31"]])
        #expect(try await bench.rows("SELECT obj_description('tools'::regnamespace) IS NOT NULL") == [["t"]])
    }

    @Test func itHasTheTablesAndColumnsOfSQLite() async throws {
        let server = try await CatalogBench(.postgresql)
        let file = try await CatalogBench(.sqlite)
        try await server.open().close()
        try await file.open().close()
        let there = try await server.rows(
            """
            SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END
            FROM information_schema.columns WHERE table_schema = 'tools'
                AND table_name NOT IN (SELECT table_name FROM information_schema.views)
            ORDER BY table_name COLLATE "C", ordinal_position
            """)
        let here = try await file.rows(
            """
            SELECT t.name || '.' || c.name || CASE WHEN c."notnull" = 0 AND c.pk = 0 THEN '?' ELSE '' END
            FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid
            """)
        #expect(there == here)
    }

    @Test func constraintsRefuseNonsense() async throws {
        let bench = try await CatalogBench(.postgresql)
        let catalog = try await bench.openWithClient()
        try await catalog.recordClaim(batchRecord(1), files: [fileRecord(1)])
        try await catalog.record([stepRecord(.convert)])
        for (wrong, state) in [
            ("UPDATE step_log SET status = 'DONE'", "23514"),
            ("UPDATE step_log SET stage = 'guess'", "23514"),
            ("UPDATE step_log SET details = 'no json'", "22P02"),
            ("UPDATE step_log SET batch_id = 'BATCH000002'", "23503"),
            ("UPDATE step_log SET started_at = NULL", "23502"),
            ("UPDATE batch SET batch_number = 0", "23514"),
            ("UPDATE batch SET mode = 'maybe'", "23514"),
            ("DELETE FROM batch", "23503"),
            ("DELETE FROM client_reference", "23503"),
            ("UPDATE client_reference SET severity = 'loud'", "23514"),
            ("UPDATE client_reference SET last_batch_id = -1", "23514"),
            ("UPDATE file_audit_log SET loaded_rows = -1", "23514"),
            ("UPDATE file_audit_log SET load_status = 'success'", "23514"),
            ("UPDATE file_audit_log SET batch_number = 7", "23503"),
            ("INSERT INTO batch SELECT * FROM batch", "23505"),
            ("INSERT INTO integration_dependencies VALUES ('client1', 'tools.a', 'tools.a')", "23514"),
            ("INSERT INTO integration_dependencies VALUES ('client9', 'tools.a', 'tools.b')", "23503"),
            ("INSERT INTO run_hooks VALUES ('on_noon', '[]')", "23514"),
            (
                "INSERT INTO backup VALUES ('b', 't', 'incremental', NULL, 1, '', 'SUCCESS', now(), NULL, NULL, '')",
                "23514"
            ),
        ] {
            #expect(try await self.state(bench, wrong) == state, "\(wrong)")
        }
        #expect(try await catalog.steps(client: client, batch: BatchID(1)) == [stepRecord(.convert)])
    }

    /// 5,000 batches of ten clients, with two files and four steps each.
    private static let manyRows = """
        INSERT INTO client_reference SELECT 'c' || c, c, 'fail', '[]' FROM generate_series(0, 9) AS c;
        INSERT INTO batch
        SELECT 'c' || n % 10, 'BATCH' || lpad(n::text, 6, '0'), n, CASE n % 100 WHEN 0 THEN 'FAILED' ELSE 'SUCCESS' END,
            'start', now() - n * interval '1 hour', now() - n * interval '1 hour', NULL, 1, ''
        FROM generate_series(1, 5000) AS n;
        INSERT INTO file_audit_log
        SELECT client_schema, batch_id, batch_number, f, 's', 'f' || f, 'o', 'p' || f, 'q', 1, 1, md5(batch_id || f),
            1, 0, 1, 0, '{}', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS'
        FROM batch, generate_series(1, 2) AS f;
        INSERT INTO step_log (client_schema, batch_id, stage, thing, attempt, status, reason, fingerprint, started_at,
            details)
        SELECT client_schema, batch_id, 'convert', 't' || t, 1, status, '', '', started_at, 'null'
        FROM batch, generate_series(1, 4) AS t;
        INSERT INTO load_error_log
        SELECT client_schema, batch_id, stage, thing, attempt, started_at, '', '', '', '' FROM step_log;
        INSERT INTO etl_audit_log
        SELECT sequence::text, started_at, client_schema, batch_id, 'p', status, 1, 1, '' FROM step_log;
        ANALYZE
        """

    @Test func questionsFindTheirIndexes() async throws {
        let bench = try await CatalogBench(.postgresql)
        try await bench.open().close()
        try await bench.execute(Self.manyRows)
        for (question, index) in [
            (
                "SELECT * FROM batch WHERE client_schema = 'c1' ORDER BY batch_number DESC LIMIT 5",
                "batch_pkey"
            ),
            ("SELECT * FROM batch WHERE status = 'FAILED'", "batch_by_status"),
            ("SELECT * FROM batch ORDER BY batch_time DESC LIMIT 9", "batch_by_time"),
            ("SELECT * FROM file_audit_log WHERE client_schema = 'c1' AND sha256 = 'a'", "file_by_content"),
            (
                "SELECT * FROM step_log WHERE client_schema = 'c1' AND batch_id = 'BATCH000011'",
                "step_log_client_schema_batch_id_stage_thing_attempt_key"
            ),
            (
                "SELECT * FROM job_execution_log WHERE status = 'FAILED' AND started_at > now() - interval '1 day'",
                "step_failed"
            ),
            ("SELECT * FROM etl_audit_log ORDER BY timestamp DESC LIMIT 9", "audit_by_time"),
            ("SELECT * FROM load_error_log WHERE failed_at > now() - interval '1 day'", "load_error_by_time"),
        ] {
            let plan = try await bench.rows("EXPLAIN \(question)").compactMap { $0[0] }
            #expect(plan.contains { $0.contains(" \(index) ") }, "\(question): \(plan)")
        }
    }

    @Test func aMissingRightIsToldAndRightsToRowsAreEnough() async throws {
        let bench = try await CatalogBench(.postgresql)
        let user = "clerk_\(bench.url.suffix(12))"
        func open(readOnly: Bool) async throws -> any Catalog {
            let url = bench.url.replacing("pulih@", with: "\(user)@")
            return try await PostgresCatalog.open(PostgresLocation(url: url), readOnly: readOnly)
        }
        try await bench.execute("CREATE ROLE \(user) LOGIN")
        let error = try await failure(.configuration) { _ = try await open(readOnly: false) }
        #expect(error.summary.contains("permission denied for database"))
        #expect(error.summary.hasSuffix("(SQLSTATE 42501)"))
        #expect(error.hint.contains("docs/postgresql.md"))
        #expect(try await bench.rows("SELECT to_regnamespace('tools')::text") == [[nil]])

        let owner = try await bench.openWithClient()
        try await bench.execute(
            """
            GRANT USAGE ON SCHEMA tools TO \(user);
            GRANT SELECT ON ALL TABLES IN SCHEMA tools TO \(user)
            """)
        let reader = try await open(readOnly: true)
        #expect(try await reader.configurationRows() == [reference()])
        let clerk = try await open(readOnly: false)
        let refused = try await failure(.configuration) {
            try await clerk.recordClaim(batchRecord(1), files: [])
        }
        #expect(refused.summary.contains("permission denied for table"))
        #expect(refused.leftBehind == "nothing of this change was written")
        try await bench.execute(
            "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tools TO \(user)")
        try await clerk.recordClaim(batchRecord(1), files: [fileRecord(1)])
        try await clerk.record([stepRecord(.convert)])
        try await clerk.apply([.change(from: reference(), to: reference(severity: "warn"))], at: noon)
        #expect(try await owner.files(client: client, batch: BatchID(1)) == [fileRecord(1)])
    }

    @Test func aSchemaThatIsSomebodyElsesIsLeftAlone() async throws {
        let bench = try await CatalogBench(.postgresql)
        try await bench.withPostgres { session in
            try session.execute("CREATE SCHEMA tools; CREATE TABLE tools.batch (mine int)")
        }
        let error = try await failure(.refused) { _ = try await bench.open() }
        #expect(error.summary.contains("\"batch\" already exists"))
        #expect(try await bench.rows("SELECT to_regclass('tools.schema_version')::text") == [[nil]])
        // Beside other things it finds room.
        try await bench.withPostgres { try $0.execute("ALTER TABLE tools.batch RENAME TO mine") }
        try await bench.open().close()
    }

    @Test func aConnectionThatWasCutIsMadeAnew() async throws {
        let bench = try await CatalogBench(.postgresql)
        let catalog = try await bench.openWithBatch()
        for attempt in 1...3 {
            _ = try await catalog.steps(client: client, batch: BatchID(1))
            let cut = try await bench.rows(
                """
                SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'pulih catalog'
                """)
            #expect(cut == [["2"]])
            try await catalog.record([stepRecord(.convert, attempt: attempt)])
            #expect(try await catalog.steps(client: client, batch: BatchID(1)).count == attempt)
        }
    }

    @Test func aServerThatIsDownIsToldAndFoundAgain() async throws {
        let server = try await PostgresServer()
        let location = PostgresLocation(url: server.url())
        let catalog = try await PostgresCatalog.open(location, readOnly: false)
        try await catalog.apply([.add(reference())], at: noon)
        try await server.kill()
        let lost = try await failure(.unreachable) {
            try await catalog.recordClaim(batchRecord(1), files: [])
        }
        #expect(lost.isTransient)
        #expect(lost.leftBehind == "nothing of this change was written")
        let down = try await failure(.unreachable) {
            _ = try await PostgresCatalog.open(location, readOnly: true)
        }
        #expect(down.code.exitCode == .unreachable)
        #expect(down.summary.contains("Connection refused"))
        #expect(!down.hint.isEmpty)
        try await server.start()
        try await catalog.recordClaim(batchRecord(1), files: [fileRecord(1)])
        #expect(try await catalog.lastBatchNumber(client: client) == 1)
        try await catalog.close()
        try await server.stop()
    }

    @Test func aDatabaseThatOnlyReadsIsTold() async throws {
        let bench = try await CatalogBench(.postgresql)
        try await bench.openWithClient().close()
        try await bench.execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on',"
                + " current_database()); END $$")
        let catalog = try await bench.open()
        let error = try await failure(.refused) { try await catalog.recordClaim(batchRecord(1), files: []) }
        #expect(error.summary.hasSuffix("(SQLSTATE 25006)"))
        #expect(error.hint.contains("primary"))
        #expect(try await catalog.configurationRows() == [reference()])
    }

    @Test func twoThatApplyAtOnceDoNotMixVersions() async throws {
        let bench = try await CatalogBench(.postgresql)
        try await bench.open().close()
        let row = ConfigurationRow(
            table: "schema_registry",
            key: [
                .init("client_schema", .text(client)), .init("source_system", .text("crm")),
                .init("logical_source_file", .text("f")),
            ], values: [.init("columns", .text("[1]"))])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...8 {
                group.addTask {
                    let catalog = try await bench.open()
                    try await catalog.apply([.add(row)], at: noon)
                    try await catalog.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try await bench.rows("SELECT max(version) FROM schema_registry") == [["8"]])
    }

    @Test func leasesExpireByTheServersClock() async throws {
        let bench = try await CatalogBench(.postgresql)
        let catalog = try await bench.open()
        func claim(_ at: Int64) async throws -> Int {
            try await catalog.claimLease(
                client: client, owner: owner(), doing: "start", at: at, expiry: 60_000_000, above: 0,
                isDead: { _ in false }
            ).epoch
        }
        #expect(try await claim(0) == 1)
        _ = try await failure(.busy) { _ = try await claim(noon * 2) }
        let fresh = "SELECT now() - since < interval '1 minute' AND heartbeat = since FROM run_lease"
        #expect(try await bench.rows(fresh) == [["t"]])
        _ = try await bench.pass(seconds: 61)
        #expect(try await claim(0) == 2)
    }

    /// Whether a commit that broke off counts nobody knows, so it must be told and not done again.
    @Test func aCommitThatBrokeOffIsNotRepeated() async throws {
        let bench = try await CatalogBench(.postgresql)
        let catalog = try await bench.openWithBatch()
        try await bench.execute(
            """
            CREATE SEQUENCE tries;
            CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM nextval('tools.tries'), pg_terminate_backend(pg_backend_pid()), pg_sleep(60);
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER cut AFTER UPDATE ON batch DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION cut()
            """)
        let error = try await failure(.unreachable) {
            try await catalog.updateBatch(batchRecord(1, status: .success))
        }
        #expect(error.leftBehind == "whether it was committed is not known; nothing half is there")
        #expect(error.isTransient)
        #expect(try await bench.rows("SELECT last_value FROM tries") == [["1"]])
        try await bench.execute("DROP TRIGGER cut ON batch")
        try await catalog.updateBatch(batchRecord(1, status: .success))
        #expect(try await catalog.batch(client: client, BatchID(1))?.status == .success)
    }
}
