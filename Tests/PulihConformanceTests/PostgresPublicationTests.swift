import PulihModel
import PulihPostgres
import PulihTesting
import Testing

@Suite("Publications on PostgreSQL", .serialized)
struct PostgresPublicationTests {
    static let keyed = [
        test(.notNull(["k"]), named: "k is there"), test(.unique(["k"]), named: "k is unique"),
    ]

    /// Rows (k, v) of a table.
    static func table(
        _ rows: [(Int, String)], batch: Int, keyed: Bool = true, postHooks: [String] = []
    ) -> ModelBuild {
        let values = rows.map { "(\($0.0), '\($0.1)')" }.joined(separator: ", ")
        return model(
            "t", "SELECT * FROM (VALUES \(values)) AS r(k, v)", tests: keyed ? Self.keyed : [], batch: batch,
            postHooks: postHooks)
    }

    @Test(arguments: [true, false])
    func whatPeopleGaveATableStays(_ keyed: Bool) async throws {
        let bench = try await WarehouseBench(.postgresql)
        let role = "analyst_\(keyed)"
        let facts = """
            SELECT format('%s|%s|%s|%s|%s', c.oid, c.relacl, obj_description(c.oid), col_description(c.oid, 2),
                (SELECT string_agg(pg_get_indexdef(indexrelid), ', ') FROM pg_index WHERE indrelid = c.oid))
            FROM pg_class c WHERE oid = 'silver_client1.t'::regclass
            """
        try await bench.sql("DROP ROLE IF EXISTS \(role)")
        try await bench.sql("CREATE ROLE \(role)")
        try await bench.session { session in
            let first = Self.table([(1, "a"), (2, "b"), (3, "c")], batch: 1, keyed: keyed)
            try await session.buildAndPublish([first], batch: 1)
            for statement in [
                "GRANT SELECT ON silver_client1.t TO \(role)", "CREATE INDEX by_v ON silver_client1.t (v)",
                "COMMENT ON TABLE silver_client1.t IS 'mine'",
                "COMMENT ON COLUMN silver_client1.t.v IS 'value'",
                "ALTER TABLE silver_client1.t ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY",
                "ALTER TABLE silver_client1.t ADD COLUMN seen timestamptz DEFAULT now()",
                "CREATE VIEW public.mine AS SELECT id, k, v FROM silver_client1.t",
            ] { try await bench.sql(statement) }
            let before = try await bench.sql(facts)
            let second = Self.table([(1, "a"), (2, "changed"), (4, "new")], batch: 2, keyed: keyed)
            try await session.buildAndPublish([second], batch: 2)
            #expect(try await bench.sql(facts) == before)
            let ids = try await session.rows("SELECT k, v, id FROM public.mine ORDER BY k")
            #expect(ids.map { $0[1] } == ["a", "changed", "new"])
            #expect(ids[0][2] == "1")
            if keyed { #expect(ids[1][2] == "2") }
            #expect(
                try await session.column("SELECT count(*) FROM silver_client1.t WHERE seen IS NULL") == ["0"])
        }
    }

    /// The live rows are the built ones, however both look: keys that come and go, rows several times, values that
    /// are equal but not the same, rows that somebody changed by hand.
    @Test(arguments: 1...8)
    func theLiveRowsAreTheBuiltOnes(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        // By a tested key, by a declared one, by whole rows, by a declared key that is none.
        let (isTested, isDeclared, isKeyed) = (seed % 4 == 0, seed % 2 == 1, seed % 4 < 2)
        let values = ["1.0", "1.00", "NULL", "-0.5", "2"]
        let texts = ["'a'", "'A'", "'ä'", "''", "NULL"]
        func rows() -> String {
            let count = Int.random(in: 0...30, using: &random)
            var keys = Array(1...40).shuffled(using: &random).prefix(count).map { $0 }
            if !isKeyed { keys = keys.map { $0 % 3 } }
            let rows = keys.map { key in
                "(\(key), CAST(\(values.randomElement(using: &random)!) AS numeric),"
                    + " CAST(\(texts.randomElement(using: &random)!) AS text))"
            }
            return rows.isEmpty
                ? "SELECT 1 AS k, CAST(1 AS numeric) AS n, CAST('' AS text) AS s WHERE false"
                : "SELECT * FROM (VALUES \(rows.joined(separator: ", "))) AS r(k, n, s)"
        }
        let stored = "SELECT t::text FROM silver_client1.t AS t ORDER BY t::text COLLATE \"C\""
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            for batch in 1...8 {
                let sql = rows()
                if batch > 1, Bool.random(using: &random) {
                    // Keys twice, and rows that Pulih did not write.
                    try await bench.sql("INSERT INTO silver_client1.t SELECT * FROM silver_client1.t LIMIT 2")
                    try await bench.sql("INSERT INTO silver_client1.t VALUES (NULL, 7, 'by hand')")
                }
                let build = model(
                    "t", sql, key: isDeclared ? ["k"] : [], tests: isTested ? Self.keyed : [], batch: batch)
                try await session.buildAndPublish([build], batch: batch)
                let expected = try await bench.sql(
                    "SELECT t::text FROM (\(sql)) AS t ORDER BY t::text COLLATE \"C\"")
                #expect(try await bench.sql(stored) == expected, "seed \(seed), batch \(batch)")
            }
        }
    }

    @Test(arguments: [true, false])
    func onlyWhatDiffersIsWritten(_ keyed: Bool) async throws {
        let bench = try await WarehouseBench(.postgresql)
        let places = "SELECT k, ctid FROM silver_client1.t WHERE k <> 500 ORDER BY k"
        func rows(_ changed: String) -> String {
            "SELECT k, CASE WHEN k = 500 THEN '\(changed)' ELSE 'v' || k END AS v FROM generate_series(1, 1000) AS k"
        }
        try await bench.session { session in
            func publish(_ changed: String, _ batch: Int) async throws {
                let build = model("t", rows(changed), tests: keyed ? Self.keyed : [], batch: batch)
                try await session.buildAndPublish([build], batch: batch)
            }
            try await publish("a", 1)
            let before = try await session.rows(places)
            try await publish("b", 2)
            #expect(try await session.rows(places) == before)
            #expect(try await session.column("SELECT v FROM silver_client1.t WHERE k = 500") == ["b"])
        }
    }

    /// Values that change places under a unique index cannot be changed one after the other.
    @Test func uniqueIndexesOfOtherColumnsAreNoHindrance() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish(
                [Self.table([(1, "a"), (2, "b"), (3, "c")], batch: 1)], batch: 1)
            try await bench.sql("CREATE UNIQUE INDEX ON silver_client1.t (v)")
            try await session.buildAndPublish(
                [Self.table([(1, "b"), (2, "a"), (4, "c")], batch: 2)], batch: 2)
            #expect(
                try await session.rows("SELECT k, v FROM silver_client1.t ORDER BY k")
                    == [["1", "b"], ["2", "a"], ["4", "c"]])
        }
    }

    @Test func whatNewTablesAreGrantedAFirstPublicationIs() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.sql("DROP ROLE IF EXISTS every_reader")
        try await bench.sql("CREATE ROLE every_reader")
        try await bench.session { session in
            try await bench.sql(
                "ALTER DEFAULT PRIVILEGES IN SCHEMA silver_client1 GRANT SELECT ON TABLES TO every_reader")
            let inc = WarehouseIncrementalTests.delta([(1, 1)], batch: 1)
            try await session.buildAndPublish([Self.table([(1, "a")], batch: 1), inc], batch: 1)
            for table in ["t", "inc"] {
                #expect(
                    try await bench.sql(
                        "SELECT has_table_privilege('every_reader', 'silver_client1.\(table)', 'SELECT')")
                        == ["t"])
            }
        }
        try await bench.sql("DROP OWNED BY every_reader")
        try await bench.sql("DROP ROLE every_reader")
    }

    /// In the transaction that publishes bronze shows the batch already.
    @Test func hooksSeeTheBatch() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(1, "a"), (2, "b")], into: table, batch: 1))
            let build = Self.table(
                [(1, "a")], batch: 1,
                postHooks: [
                    "CREATE TABLE gold_client1.seen AS SELECT count(*) AS n FROM bronze_client1.crm_cust_current"
                ])
            try await session.buildAndPublish([build], batch: 1)
            #expect(try await session.column("SELECT n FROM gold_client1.seen") == ["2"])
        }
    }

    @Test func whoHoldsTheTableIsNamed() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish([Self.table([(1, "a")], batch: 1)], batch: 1)
            let holder = try await HeldTransaction(
                bench, "maintenance", .readCommitted, first: "LOCK TABLE silver_client1.t IN SHARE MODE")
            let next = Self.table([(1, "b")], batch: 2)
            _ = try await session.build(next)
            let error = try await failure(.busy) {
                _ = try await session.publish(publication([next], batch: 2))
            }
            #expect(error.isTransient)
            #expect(error.summary.contains("maintenance") && error.summary.contains("silver_client1.t"))
            #expect(error.leftBehind == "nothing was published")
            _ = try await holder.end()
            _ = try await session.publish(publication([next], batch: 2))
            #expect(try await session.column("SELECT v FROM silver_client1.t") == ["b"])
        }
    }

    /// A writer beside Pulih is overtaken or overtakes: no row is half of one and half of the other.
    @Test(arguments: [true, false])
    func aWriterBesideItIsNoHindrance(_ keyed: Bool) async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish(
                [Self.table([(1, "a"), (2, "b"), (3, "c")], batch: 1, keyed: keyed)], batch: 1)
            let writer = try await HeldTransaction(
                bench, "writer", .readCommitted, first: "UPDATE silver_client1.t SET v = 'x' WHERE k = 2")
            let next = Self.table([(1, "a"), (2, "c"), (3, "c")], batch: 2, keyed: keyed)
            _ = try await session.build(next)
            async let publishing = session.publish(publication([next], batch: 2))
            // The publication waits for the row.
            while try await bench.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == ["0"] {
                try await Task.sleep(for: .milliseconds(5))
            }
            _ = try await writer.end()
            _ = try await publishing
            #expect(try await session.column("SELECT v FROM silver_client1.t ORDER BY k") == ["a", "c", "c"])
        }
    }
}
