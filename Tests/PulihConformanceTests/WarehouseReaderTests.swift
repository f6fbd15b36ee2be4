import Foundation
import PulihModel
import Synchronization
import Testing

@Suite("Reading every warehouse", .serialized)
struct WarehouseReaderTests {
    private func reading(
        _ bench: WarehouseBench, _ body: (any WarehouseReader) async throws -> Void
    ) async throws {
        let reader = try await bench.warehouse.openToRead(client: client)
        do {
            try await body(reader)
        } catch {
            try await reader.close()
            throw error
        }
        try await reader.close()
    }

    private func series(_ adapter: WarehouseAdapter, _ count: Int) -> String {
        switch adapter {
        case .duckdb: "range(\(count))"
        // A function in FROM would be written to disk first.
        case .postgresql: "(SELECT generate_series(1, \(count)))"
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func nothingLoadedYetIsTold(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        let error = try await failure(.unreachable) {
            _ = try await bench.warehouse.openToRead(client: client)
        }
        #expect(error.summary == "nothing was loaded for client1 yet")
        #expect(error.hint.contains("pulih start client1"))
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func valuesComeInOneTextForm(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            let columns = try await reader.query(
                """
                SELECT 1 AS i, 1.50::DECIMAL(9,2) AS d, 0.1::DOUBLE PRECISION AS f, true AS b, 'x' AS t, NULL::VARCHAR AS n,
                    TIMESTAMP '2026-03-01 04:05:06.5' AS ts, TIMESTAMPTZ '2026-03-01 04:05:06+02' AS tz,
                    DATE '2026-03-01' AS day, TIME '04:05:06' AS at
                """, parameters: []
            ) { row in
                #expect(
                    row.values == [
                        "1", "1.50", "0.1", "true", "x", nil, "2026-03-01T04:05:06.5", "2026-03-01T02:05:06Z",
                        "2026-03-01", "04:05:06",
                    ])
            }
            #expect(columns.map(\.name) == ["i", "d", "f", "b", "t", "n", "ts", "tz", "day", "at"])
            #expect(
                columns.map(\.kind)
                    == [.number, .number, .number, .boolean, .text, .text, .text, .text, .text, .text])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func nestedValuesAreJSON(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            let nested =
                switch adapter {
                case .duckdb: "[1, NULL] AS a, {'k': 'v\"', 'd': DATE '2026-01-02'} AS s"
                case .postgresql:
                    "ARRAY[1, NULL] AS a,"
                        + " (SELECT r FROM (SELECT 'v\"' AS k, DATE '2026-01-02' AS d) AS r) AS s"
                }
            let columns = try await reader.query(
                "SELECT $1::INTEGER AS a, \(nested); -- done", parameters: ["7"]
            ) { row in
                #expect(row.values == ["7", "[1,null]", #"{"k":"v\"","d":"2026-01-02"}"#])
                #expect(row.columns.map(\.kind) == [.number, .json, .json])
            }
            #expect(columns.count == 3)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func otherStatementsThanSelectCanBeRead(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { try await $0.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1) }
        try await reading(bench) { reader async throws in
            for sql in [
                "EXPLAIN SELECT 1", "TABLE silver_client1.t", "VALUES (1)",
                "WITH a AS (SELECT 1 AS x) SELECT * FROM a", "(SELECT 1) UNION (SELECT 1)",
                "-- first\n/* then */ SELECT 1;", "SELECT ';' AS semicolon",
            ] { #expect(try await reader.rows(sql).count == 1, "\(sql)") }
            #expect(try await reader.rows("VALUES (1), (2)").count == 2)
            #expect(try await reader.rows("SELECT x FROM silver_client1.t WHERE x = $1", ["1"]) == [["1"]])
        }
    }

    @Test func otherStatementsOfDuckDBCanBeRead() async throws {
        let bench = try await WarehouseBench(.duckdb)
        try await bench.session { try await $0.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1) }
        try await reading(bench) { reader async throws in
            #expect(try await reader.rows("DESCRIBE silver_client1.t")[0][0] == "x")
            #expect(try await !reader.rows("SHOW ALL TABLES").isEmpty)
            #expect(try await !reader.rows("PRAGMA database_list").isEmpty)
            for sql in [
                "FROM silver_client1.t", "from silver_client1.t", "SHOW TABLES FROM silver_client1",
                "SUMMARIZE silver_client1.t", "PRAGMA table_info('silver_client1.t')",
                "EXPLAIN ANALYZE FROM silver_client1.t",
            ] { #expect(try await reader.rows(sql).count == 1, "\(sql)") }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func writingIsRefused(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { try await $0.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1) }
        try await reading(bench) { reader async throws in
            for sql in [
                "DELETE FROM silver_client1.t", "CREATE TABLE silver_client1.u (i INTEGER)",
                "DROP TABLE silver_client1.t", "-- so\nupdate \(bench.own).fence SET epoch = 9",
                "INSTALL httpfs", "LOAD 'httpfs'", "ATTACH ':memory:' AS m", "SET threads = 1",
                "EXPORT DATABASE 'x'", "CALL f()", "BEGIN", "COMMIT", "DO $$ BEGIN END $$",
            ] {
                let error = try await failure(.refused) { _ = try await reader.rows(sql) }
                #expect(error.summary.hasSuffix(": only reading statements"), "\(sql)")
            }
            let error = try await failure(.refused) { _ = try await reader.rows("copy (SELECT 1) TO 'x'") }
            #expect(error.summary == "unable to run COPY: only reading statements")
            #expect(error.leftBehind == "nothing was changed")
            _ = try await failure(.refused) {
                _ = try await reader.rows(
                    "WITH a AS (SELECT 2 AS x) INSERT INTO silver_client1.t SELECT * FROM a")
            }
            // The reader is of use afterwards.
            #expect(try await reader.rows("SELECT x FROM silver_client1.t") == [["1"]])
            let unknown = try await failure(.sql) {
                _ = try await reader.rows("SELECT * FROM silver_client1.tt")
            }
            #expect(unknown.summary.contains("tt"))
            #expect(unknown.hint.hasPrefix("check the SQL; "))
        }
    }

    @Test func filesAndSettingsAreOutOfReach() async throws {
        let bench = try await WarehouseBench(.duckdb)
        try await bench.session { _ in }
        let file = bench.folder.path("file.csv")
        try write("a\n1\n", to: file)
        try await reading(bench) { reader async throws in
            for sql in [
                "EXPLAIN ANALYZE COPY (SELECT 1) TO '\(file)'", "SELECT * FROM read_csv('\(file)')",
                "FROM '\(file)'", "SELECT * FROM glob('/*')", "PRAGMA threads=1",
                "PRAGMA temp_directory='\(bench.folder.path)'",
            ] {
                let error = try await failure(.refused) { _ = try await reader.rows(sql) }
                #expect(error.summary.contains("only reading statements"), "\(sql)")
            }
            #expect(try await reader.rows("SELECT 1") == [["1"]])
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "a\n1\n")
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func oneStatementIsExpected(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            for (sql, count) in [
                ("select 1; select 2", "2"), ("SELECT 1; DROP TABLE x;", "2"), (" -- ;", "none"),
            ] {
                let error = try await failure(.usage) { _ = try await reader.rows(sql) }
                #expect(error.summary == "one statement was expected, the text holds \(count)")
            }
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func whatDoesNotFitInMemoryIsSortedOnDisk(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            let rows = try await reader.rows(
                "SELECT max(s) FROM (SELECT s FROM (SELECT md5(i::VARCHAR) || repeat('x', 200) AS s"
                    + " FROM \(series(adapter, 1_500_000)) AS r(i)) AS a ORDER BY s OFFSET 1) AS b")
            #expect(rows.count == 1)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aQueryOfASessionChangesNothing(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1)
            _ = try await session.rows("DELETE FROM silver_client1.t")
            #expect(try await session.rows("SELECT x FROM silver_client1.t") == [["1"]])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func fingerprintsSeeContentOnly(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            func fingerprint(_ sql: String) async throws -> TableFingerprint {
                let build = model("t", sql)
                try await session.buildAndPublish([build], batch: 1)
                return try await session.fingerprint(build.model.table.live(client), leavingOut: ["MOMENT"])
            }
            func rows(_ values: String, _ columns: String = "a, b, moment") -> String {
                "SELECT * FROM (VALUES \(values)) AS r(\(columns))"
            }
            let first = try await fingerprint(rows("(1, 'x', 5), (2, NULL, 5), (2, NULL, 6)"))
            #expect(first.rows == 3)
            #expect(try await fingerprint(rows("(2, NULL, 9), (1, 'x', 7), (2, NULL, 8)")) == first)
            #expect(
                try await fingerprint(rows("(NULL, 2, 9), ('x', 1, 7), (NULL, 2, 8)", "b, a, moment"))
                    == first)
            #expect(try await fingerprint(rows("(1, 'x', 5), (2, NULL, 5)")) != first)
            #expect(try await fingerprint(rows("(1, 'x', 5), (1, 'x', 5), (2, NULL, 5)")) != first)
            #expect(try await fingerprint(rows("(1, 'x', 5), (2, '', 5), (2, NULL, 6)")) != first)
            #expect(
                try await fingerprint(rows("(1, 'x', 5)") + " WHERE false")
                    == TableFingerprint(rows: 0, hash: "0"))
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func rowsAreStreamedAndMayBeStopped(_ adapter: WarehouseAdapter) async throws {
        struct Enough: Error {}
        let bench = try await WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            let seen = Mutex(0)
            await #expect(throws: Enough.self) {
                // All rows together would not fit in memory.
                _ = try await reader.query(
                    "SELECT i, repeat('x', 1000) FROM \(series(adapter, 100_000_000)) AS r(i)",
                    parameters: []
                ) {
                    _ in
                    let count = seen.withLock { seen in
                        seen += 1
                        return seen
                    }
                    if count == 5000 { throw Enough() }
                }
            }
            #expect(seen.withLock { $0 } == 5000)
            #expect(try await reader.rows("SELECT 1") == [["1"]])
        }
    }
}
