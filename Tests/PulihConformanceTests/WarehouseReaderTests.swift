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

    @Test(arguments: WarehouseAdapter.allCases)
    func nothingLoadedYetIsTold(_ adapter: WarehouseAdapter) async throws {
        let bench = try WarehouseBench(adapter)
        let error = try await failure(.unreachable) {
            _ = try await bench.warehouse.openToRead(client: client)
        }
        #expect(error.summary == "nothing was loaded for client1 yet")
        #expect(error.hint.contains("pulih start client1"))
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func valuesComeInOneTextForm(_ adapter: WarehouseAdapter) async throws {
        let bench = try WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            let columns = try await reader.query(
                """
                SELECT 1 AS i, 1.50::DECIMAL(9,2) AS d, 0.1::DOUBLE AS f, true AS b, 'x' AS t, NULL::VARCHAR AS n,
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
        let bench = try WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            let columns = try await reader.query(
                "SELECT ?::INTEGER AS a, [1, NULL] AS a, {'k': 'v\"', 'd': DATE '2026-01-02'} AS s; -- done",
                parameters: ["7"]
            ) { row in
                #expect(row.values == ["7", "[1,null]", #"{"k":"v\"","d":"2026-01-02"}"#])
                #expect(row.columns.map(\.kind) == [.number, .json, .json])
            }
            #expect(columns.count == 3)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func otherStatementsThanSelectCanBeRead(_ adapter: WarehouseAdapter) async throws {
        let bench = try WarehouseBench(adapter)
        try await bench.session { try await $0.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1) }
        try await reading(bench) { reader async throws in
            #expect(try await reader.rows("EXPLAIN SELECT 1").count == 1)
            #expect(try await reader.rows("DESCRIBE silver_client1.t")[0][0] == "x")
            #expect(try await !reader.rows("SHOW ALL TABLES").isEmpty)
            #expect(try await !reader.rows("PRAGMA database_list").isEmpty)
            #expect(try await reader.rows("VALUES (1), (2)").count == 2)
            #expect(try await reader.rows("SELECT x FROM silver_client1.t WHERE x = ?", ["1"]) == [["1"]])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func writingIsRefused(_ adapter: WarehouseAdapter) async throws {
        let bench = try WarehouseBench(adapter)
        try await bench.session { try await $0.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1) }
        try await reading(bench) { reader async throws in
            for sql in [
                "DELETE FROM silver_client1.t", "CREATE TABLE silver_client1.u (i INTEGER)",
                "DROP TABLE silver_client1.t", "UPDATE pulih.fence SET epoch = 9",
            ] {
                let error = try await failure(.refused) { _ = try await reader.rows(sql) }
                #expect(
                    error.summary
                        == "unable to run the query: the warehouse is open for reading, the statement writes")
            }
            // The reader is of use afterwards.
            #expect(try await reader.rows("SELECT x FROM silver_client1.t") == [["1"]])
            let error = try await failure(.sql) {
                _ = try await reader.rows("SELECT * FROM silver_client1.tt")
            }
            #expect(error.summary.contains("Did you mean"))
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aQueryOfASessionChangesNothing(_ adapter: WarehouseAdapter) async throws {
        let bench = try WarehouseBench(adapter)
        try await bench.session { session in
            try await session.buildAndPublish([model("t", "SELECT 1 AS x")], batch: 1)
            _ = try await session.rows("DELETE FROM silver_client1.t")
            #expect(try await session.rows("SELECT x FROM silver_client1.t") == [["1"]])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func fingerprintsSeeContentOnly(_ adapter: WarehouseAdapter) async throws {
        let bench = try WarehouseBench(adapter)
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
        let bench = try WarehouseBench(adapter)
        try await bench.session { _ in }
        try await reading(bench) { reader async throws in
            let seen = Mutex(0)
            await #expect(throws: Enough.self) {
                // All rows together would not fit in memory.
                _ = try await reader.query(
                    "SELECT i, repeat('x', 1000) FROM range(100000000) AS r(i)", parameters: []
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
