import PulihModel
import PulihPostgres
import PulihTesting
import Testing

@Suite("Materialized views on PostgreSQL", .serialized)
struct PostgresMaterializedViewTests {
    static func view(_ sql: String, key: [String] = ["k"], tests: [ResolvedTest] = [], batch: Int)
        -> ModelBuild
    {
        model("mv", sql, layer: .gold, .materializedView, key: key, tests: tests, batch: batch)
    }

    static let facts = """
        SELECT format('%s %s %s %s', c.relkind, c.relacl, obj_description(c.oid),
            (SELECT string_agg(pg_get_indexdef(indexrelid), ', ' ORDER BY indexrelid) FROM pg_index WHERE indrelid = c.oid))
        FROM pg_class c WHERE oid = 'gold_client1.mv'::regclass
        """

    @Test func itIsRefreshedBesideReaders() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let sql = "SELECT k, sum(v) AS total FROM silver_client1.t GROUP BY k"
        try await bench.session { session in
            func publish(_ value: Int, _ batch: Int) async throws {
                try await session.buildAndPublish(
                    [model("t", "SELECT 1 AS k, \(value) AS v UNION ALL SELECT 2, 2", batch: batch)],
                    batch: batch)
            }
            try await publish(1, 1)
            _ = try await session.refresh(Self.view(sql, batch: 1))
            let object = try await bench.sql("SELECT 'gold_client1.mv'::regclass::oid")
            #expect(try await bench.sql("SELECT relkind FROM pg_class WHERE relname = 'mv'") == ["m"])
            let reader = try await HeldTransaction(
                bench, first: "SELECT * FROM gold_client1.mv",
                last: "SELECT total FROM gold_client1.mv ORDER BY k")
            try await publish(5, 2)
            #expect(try await session.refresh(Self.view(sql, batch: 2)).rows == 2)
            #expect(try await reader.end() == [["1"], ["2"]])
            #expect(try await session.column("SELECT total FROM gold_client1.mv ORDER BY k") == ["5", "2"])
            #expect(try await bench.sql("SELECT 'gold_client1.mv'::regclass::oid") == object)
        }
    }

    @Test func otherSQLReplacesItAndKeepsWhatPeopleGaveIt() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            _ = try await session.refresh(Self.view("SELECT 1 AS k, 2 AS v", batch: 1))
            for statement in [
                "GRANT SELECT ON gold_client1.mv TO PUBLIC",
                "COMMENT ON MATERIALIZED VIEW gold_client1.mv IS 'mine'",
                "CREATE INDEX by_v ON gold_client1.mv (v)",
            ] { try await bench.sql(statement) }
            let before = try await bench.sql(Self.facts)
            #expect(try await session.refresh(Self.view("SELECT 1 AS k, 3 AS v", batch: 2)).warnings.isEmpty)
            #expect(try await session.rows("SELECT * FROM gold_client1.mv") == [["1", "3"]])
            #expect(try await bench.sql(Self.facts) == before)
            let warnings = try await session.refresh(Self.view("SELECT 1 AS k", batch: 3)).warnings
            #expect(
                warnings.count == 1 && warnings[0].hasPrefix("an index of gold_client1.mv was not kept: "))
            #expect(try await session.rows("SELECT * FROM gold_client1.mv") == [["1"]])
        }
    }

    @Test func whatCannotBeRefreshedStaysAsItWas() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let check = test(.rowCount(min: 1, max: nil), named: "some")
        try await bench.session { session in
            try await session.buildAndPublish([model("t", "SELECT 1 AS k, 1 AS v")], batch: 1)
            let sql = "SELECT k, 10 / v AS v FROM silver_client1.t"
            _ = try await session.refresh(Self.view(sql, tests: [check], batch: 1))
            try await bench.sql("CREATE VIEW public.mine AS SELECT v FROM gold_client1.mv")
            func fails(_ code: PulihError.Code, _ rows: String, _ view: ModelBuild, _ told: String)
                async throws
            {
                try await session.buildAndPublish([model("t", rows, batch: 2)], batch: 2)
                let error = try await failure(code) { _ = try await session.refresh(view) }
                #expect(error.summary.contains(told), "\(error)")
                #expect(try await session.rows("SELECT * FROM gold_client1.mv") == [["1", "10"]])
                #expect(try await session.ledger().row(BatchID(2), StepID(.refreshMV, "gold.mv")) == nil)
            }
            let same = Self.view(sql, tests: [check], batch: 2)
            try await fails(.sql, "SELECT 1 AS k, 0 AS v", same, "division by zero")
            try await fails(.data, "SELECT 1 AS k, 1 AS v WHERE false", same, "found 0 rows")
            try await fails(
                .data, "SELECT 1 AS k, 1 AS v UNION ALL SELECT 1, 2", same, "its rows are not unique")
            try await fails(.sql, "SELECT 1 AS k, 1 AS v", Self.view("SELECT gone AS k", batch: 2), "gone")
            try await fails(
                .refused, "SELECT 1 AS k, 1 AS v", Self.view("SELECT 9 AS k", batch: 2),
                "on which view public.mine depends")
        }
    }

    @Test func aTableThatBecomesOneAndBack() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            func table(_ value: Int, _ batch: Int) -> ModelBuild {
                model("mv", "SELECT 1 AS k, \(value) AS v", layer: .gold, batch: batch)
            }
            try await session.buildAndPublish([table(1, 1)], batch: 1)
            try await bench.sql("GRANT SELECT ON gold_client1.mv TO PUBLIC")
            _ = try await session.refresh(Self.view("SELECT 1 AS k, 2 AS v", key: [], batch: 2))
            #expect(try await bench.sql("SELECT relkind FROM pg_class WHERE relname = 'mv'") == ["m"])
            _ = try await session.refresh(Self.view("SELECT 1 AS k, 2 AS v", key: [], batch: 2))
            try await session.buildAndPublish([table(3, 3)], batch: 3)
            #expect(try await session.rows("SELECT * FROM gold_client1.mv") == [["1", "3"]])
            #expect(
                try await bench.sql("SELECT has_table_privilege('public', 'gold_client1.mv', 'SELECT')") == [
                    "t"
                ])
        }
    }
}
