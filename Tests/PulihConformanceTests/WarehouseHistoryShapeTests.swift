import PulihModel
import Testing

@Suite("Columns and kinds of histories in every warehouse", .serialized)
struct WarehouseHistoryShapeTests {
    static let first = HistoryBatch([(1, "a"), (2, "b")], at: 10)

    @Test(arguments: WarehouseAdapter.allCases)
    func changedColumnsAreRefused(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([Self.first.model(1)], batch: 1)
            for (sql, difference) in [
                ("SELECT 1 AS k, CAST('a' AS VARCHAR) AS w", "w is new; v is missing"),
                ("SELECT 1 AS k", "v is missing"),
            ] {
                for policy in SchemaChangePolicy.allCases {
                    let error = try await failure(.configuration) {
                        _ = try await session.build(
                            history(sql, batch: 2, at: 20, onSchemaChange: policy))
                    }
                    #expect(
                        error.summary == "unable to merge silver.h: its columns changed: \(difference)")
                }
            }
            let retyped = try await failure(.configuration) {
                _ = try await session.build(
                    history("SELECT CAST(1 AS BIGINT) AS k, CAST('a' AS VARCHAR) AS v", batch: 2, at: 20))
            }
            #expect(retyped.summary.contains("its columns changed: k is "))
            #expect(try await session.ledger().builds.isEmpty)
        }
    }

    /// The table may be brought to new columns by hand; the batch that made it makes it anew.
    @Test(arguments: WarehouseAdapter.allCases)
    func aHistoryGoesOnWithColumnsThatWereAdded(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        func wide(_ batch: Int) -> ModelBuild {
            history(
                "SELECT 1 AS k, CAST('a' AS VARCHAR) AS v, CAST('w' AS VARCHAR) AS w", batch: batch,
                at: batch * 10,
                preHooks: [
                    "ALTER TABLE IF EXISTS silver_client1.h ADD COLUMN IF NOT EXISTS w VARCHAR"
                ])
        }
        try await bench.session { session in
            try await session.buildAndPublish([Self.first.model(1)], batch: 1)
            for _ in 1...2 {
                try await session.buildAndPublish([wide(2)], batch: 2)
                #expect(try await session.versions() == ["1 a 10-20", "1 a 20- *", "2 b 10-20"])
                #expect(
                    try await session.versions(column: "w") == ["1 NULL 10-20", "1 w 20- *", "2 NULL 10-20"])
            }
            try await session.buildAndPublish([wide(1)], batch: 1)
            #expect(try await session.versions(column: "w") == ["1 w 10- *"])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func theColumnsOfAHistoryAreTaken(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let error = try await failure(.configuration) {
                _ = try await session.build(
                    history("SELECT 1 AS k, 2 AS valid_from, true AS is_current", batch: 1, at: 10))
            }
            #expect(
                error.summary
                    == "unable to build silver.h: its SELECT gives valid_from, is_current, which a history adds"
            )
            #expect(try await session.ledger().builds.isEmpty)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func wrongSQLNamesItsLine(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let error = try await failure(.sql) {
                _ = try await session.build(
                    history("SELECT 1 AS k,\n  nonsense\nFROM (SELECT 2 AS y) AS t;", batch: 1, at: 10))
            }
            #expect(error.summary.hasSuffix("(sql/silver/h.sql:6)"))
        }
    }

    /// Every column may belong to the key; then a version ends only when its key is gone.
    @Test(arguments: WarehouseAdapter.allCases)
    func aHistoryOfKeysAlone(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            for (batch, rows) in zip(1..., ["(1), (2)", "(2), (3)", "(1), (2)"]) {
                let build = history("SELECT k FROM (VALUES \(rows)) AS r(k)", batch: batch, at: batch * 10)
                try await session.buildAndPublish([build], batch: batch)
            }
            #expect(
                try await session.versions(column: "'-'") == [
                    "1 - 10-20", "1 - 30- *", "2 - 10- *", "3 - 20-30",
                ])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aModelMayBecomeAHistoryAndCeaseToBeOne(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        let kinds: [Materialization] = [
            .table, .history, .incremental, .history, .view, .history, .history, .table,
        ]
        try await bench.session { session in
            for (batch, kind) in zip(1..., kinds) {
                for _ in 1...2 {
                    let build = model(
                        "h", "SELECT 1 AS k, \(batch) AS v", kind, key: ["k"], batch: batch,
                        batchTime: noon + Int64(batch))
                    try await session.buildAndPublish([build], batch: batch)
                    let rows = try await session.column("SELECT v FROM silver_client1.h ORDER BY v")
                    #expect(rows == (batch == 7 ? ["6", "7"] : [String(batch)]), "\(kind) in batch \(batch)")
                }
            }
        }
    }

    /// A table that has the columns of a history, wherever it came from, is gone on with.
    @Test(arguments: WarehouseAdapter.allCases)
    func aTableOfVersionsIsTakenOver(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        let hour = { (offset: Int64) in "TIMESTAMPTZ '\(SQLText.timestamp(noon + offset))+00'" }
        let versions = """
            SELECT k, CAST(v AS VARCHAR) AS v, f AS valid_from, t AS valid_to, t IS NULL AS is_current
            FROM (VALUES (1, 'a', \(hour(-9)), \(hour(-5))), (1, 'b', \(hour(-5)), NULL)) AS r(k, v, f, t)
            """
        try await bench.session { session in
            try await session.buildAndPublish([model("h", versions)], batch: 1)
            for _ in 1...2 {
                try await session.buildAndPublish(
                    [HistoryBatch([(1, "c"), (2, "x")], at: 20).model(2)], batch: 2)
                #expect(
                    try await session.versions() == ["1 a -9--5", "1 b -5-20", "1 c 20- *", "2 x 20- *"])
            }
        }
    }
}
