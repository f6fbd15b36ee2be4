import PulihModel
import PulihPostgres
import PulihTesting
import Testing

@Suite("Columns, views and what depends on them on PostgreSQL", .serialized)
struct PostgresColumnTests {
    static func table(_ sql: String, batch: Int) -> ModelBuild {
        model("t", sql, tests: PostgresPublicationTests.keyed, batch: batch)
    }

    static func view(_ sql: String, _ name: String = "seen", batch: Int) -> ModelBuild {
        model(name, sql, layer: .gold, .view, batch: batch)
    }

    @Test func columnsComeGoAndChange() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish(
                [Self.table("SELECT 1 AS k, 'a' AS v, 5 AS n UNION ALL SELECT 2, 'b', 6", batch: 1)], batch: 1
            )
            for statement in [
                "CREATE INDEX by_n ON silver_client1.t (n)",
                "ALTER TABLE silver_client1.t ALTER n SET NOT NULL",
                "ALTER TABLE silver_client1.t ADD CONSTRAINT positive CHECK (n > 0)",
                "COMMENT ON COLUMN silver_client1.t.n IS 'number'",
                "GRANT SELECT (n) ON silver_client1.t TO PUBLIC",
                "CREATE INDEX by_v ON silver_client1.t (v)",
            ] { try await bench.sql(statement) }
            let object = try await bench.sql("SELECT 'silver_client1.t'::regclass::oid")
            // v goes, n gets another type, w comes.
            try await session.buildAndPublish(
                [Self.table("SELECT 1 AS k, 5.5 AS n, 'x' AS w UNION ALL SELECT 3, 7.5, 'y'", batch: 2)],
                batch: 2)
            #expect(
                try await session.rows("SELECT k, n, w FROM silver_client1.t ORDER BY k")
                    == [["1", "5.5", "x"], ["3", "7.5", "y"]])
            let columns = try #require(try await session.tables().first).columns
            #expect(Set(columns.map { "\($0.name) \($0.type)" }) == ["k integer", "n numeric", "w text"])
            #expect(try await bench.sql("SELECT 'silver_client1.t'::regclass::oid") == object)
            #expect(
                try await bench.sql("SELECT indexname FROM pg_indexes WHERE tablename = 't'") == ["by_n"])
            #expect(
                try await bench.sql("SELECT conname FROM pg_constraint WHERE conname = 'positive'") == [
                    "positive"
                ])
            #expect(
                try await bench.sql(
                    """
                    SELECT format('%s %s %s', attnotnull, col_description(attrelid, attnum), attacl) FROM pg_attribute
                    WHERE attrelid = 'silver_client1.t'::regclass AND attname = 'n'
                    """) == ["t number {=r/pulih}"])
        }
    }

    /// Whoever began to read before a column got another type does not find the table empty.
    @Test func aRetypedColumnLeavesOlderSnapshotsTheirRows() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish([Self.table("SELECT 1 AS k, 5 AS n", batch: 1)], batch: 1)
            let reader = try await HeldTransaction(
                bench, first: "SELECT 1", last: "SELECT k FROM silver_client1.t")
            try await session.buildAndPublish([Self.table("SELECT 1 AS k, 'x' AS n", batch: 2)], batch: 2)
            #expect(try await reader.end() == [["1"]])
        }
    }

    @Test(arguments: ["VIEW", "MATERIALIZED VIEW"])
    func whatDependsOnAColumnIsNamed(_ kind: String) async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish([Self.table("SELECT 1 AS k, 5 AS n", batch: 1)], batch: 1)
            try await bench.sql("CREATE \(kind) public.mine AS SELECT n FROM silver_client1.t")
            for sql in ["SELECT 2 AS k", "SELECT 2 AS k, 'x' AS n"] {
                let build = Self.table(sql, batch: 2)
                _ = try await session.build(build)
                let error = try await failure(.refused) {
                    _ = try await session.publish(publication([build], batch: 2))
                }
                #expect(
                    error.summary
                        == "unable to publish: silver.t gives n no more or with another type, on which"
                        + " \(kind.lowercased()) public.mine depends")
                #expect(error.leftBehind == "nothing was published")
            }
            #expect(try await session.rows("SELECT * FROM silver_client1.t") == [["1", "5"]])
            // What only reads other columns is no hindrance.
            try await session.buildAndPublish(
                [Self.table("SELECT 3 AS k, 6 AS n, 'new' AS w", batch: 3)], batch: 3)
            #expect(try await session.rows("SELECT k, n, w FROM silver_client1.t") == [["3", "6", "new"]])
        }
    }

    @Test func aForeignKeyInTheWayIsNamed() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish([Self.table("SELECT 1 AS k, 5 AS n", batch: 1)], batch: 1)
            try await bench.sql("ALTER TABLE silver_client1.t ADD PRIMARY KEY (k)")
            try await bench.sql("CREATE TABLE public.orders (k integer REFERENCES silver_client1.t)")
            let build = model("t", "SELECT 5 AS n", batch: 2)
            _ = try await session.build(build)
            let error = try await failure(.refused) {
                _ = try await session.publish(publication([build], batch: 2))
            }
            #expect(error.summary.contains("orders_k_fkey on table orders depends on"))
            #expect(try await session.rows("SELECT * FROM silver_client1.t") == [["1", "5"]])
        }
    }

    /// Views that are models follow, with what people gave them.
    @Test func viewsOfThePublicationGiveWay() async throws {
        let bench = try await WarehouseBench(.postgresql)
        func models(_ table: String, _ view: String, batch: Int) -> [ModelBuild] {
            [
                Self.table(table, batch: batch),
                Self.view("SELECT \(view) FROM silver_client1.t", batch: batch),
                Self.view("SELECT count(*) AS n FROM gold_client1.seen", "top", batch: batch),
            ]
        }
        try await bench.session { session in
            func publish(_ builds: [ModelBuild], _ batch: Int) async throws {
                try await session.dropBuilds()
                // Only tables: views that read live names are built where they will be read.
                for build in builds.prefix(1) { _ = try await session.build(build) }
                for var build in builds.dropFirst() {
                    build.buildSQL = "SELECT 1 AS one"
                    _ = try await session.build(build)
                }
                _ = try await session.publish(publication(builds, batch: batch))
            }
            try await publish(models("SELECT 1 AS k, 5 AS n", "k, n", batch: 1), 1)
            try await bench.sql("GRANT SELECT ON gold_client1.seen, gold_client1.top TO PUBLIC")
            try await bench.sql("COMMENT ON VIEW gold_client1.seen IS 'mine'")
            try await bench.sql("COMMENT ON COLUMN gold_client1.seen.k IS 'key'")
            try await publish(models("SELECT 1 AS k, 'x' AS w", "w, k", batch: 2), 2)
            #expect(try await session.rows("SELECT * FROM gold_client1.seen") == [["x", "1"]])
            #expect(try await session.rows("SELECT * FROM gold_client1.top") == [["1"]])
            #expect(
                try await bench.sql(
                    """
                    SELECT format('%s %s %s', relname, obj_description(oid),
                        has_table_privilege('public', oid, 'SELECT'))
                    FROM pg_class WHERE relname IN ('seen', 'top') ORDER BY relname
                    """) == ["seen mine t", "top  t"])
            #expect(
                try await bench.sql("SELECT col_description('gold_client1.seen'::regclass, 2)") == ["key"])
        }
    }

    @Test func aViewIsReplacedOnlyWhenItReadsDifferently() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let version = "SELECT xmin FROM pg_class WHERE oid = 'gold_client1.seen'::regclass"
        try await bench.session { session in
            func publish(_ sql: String, _ batch: Int) async throws {
                try await session.buildAndPublish([Self.view(sql, batch: batch)], batch: batch)
            }
            try await publish("SELECT 1 AS x, 'a' AS y", 1)
            try await bench.sql("ALTER VIEW gold_client1.seen SET (security_invoker = true)")
            let first = try await bench.sql(version)
            try await publish("SELECT 1 AS x,\n    'a' AS y -- the same", 2)
            #expect(try await bench.sql(version) == first)
            try await publish("SELECT 2 AS x, 'a' AS y, 3 AS z", 3)
            #expect(try await session.rows("SELECT * FROM gold_client1.seen") == [["2", "a", "3"]])
            #expect(
                try await bench.sql("SELECT reloptions FROM pg_class WHERE relname = 'seen'")
                    == ["{security_invoker=true}"])
            try await bench.sql("CREATE VIEW public.mine AS SELECT x FROM gold_client1.seen")
            let narrower = Self.view("SELECT 2 AS x", batch: 4)
            _ = try await session.build(narrower)
            let error = try await failure(.refused) {
                _ = try await session.publish(publication([narrower], batch: 4))
            }
            #expect(error.summary.hasSuffix("on which view public.mine depends"))
            #expect(try await session.rows("SELECT * FROM gold_client1.seen") == [["2", "a", "3"]])
            try await bench.sql("DROP VIEW public.mine")
            _ = try await session.publish(publication([narrower], batch: 4))
            #expect(try await session.rows("SELECT * FROM gold_client1.seen") == [["2"]])
        }
    }

    /// What follows a semicolon does not run.
    @Test func oneStatementIsOneStatement() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            for kind in [Materialization.table, .view, .incremental] {
                let build = model(
                    "t", "SELECT 1 AS k; CREATE TABLE gold_client1.sneaked ()", kind, key: ["k"])
                let error = try await failure(.sql) { _ = try await session.build(build) }
                #expect(error.summary.contains("one SELECT was expected"))
            }
            #expect(try await session.tables().isEmpty)
        }
    }
}
