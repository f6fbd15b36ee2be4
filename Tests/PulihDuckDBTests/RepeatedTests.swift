import PulihDuckDB
import Testing

/// Statements that are kept, and files that say what was written into them.
@Suite struct RepeatedTests {
    @Test func aPlannedStatementSeesWhatChangedSince() async throws {
        let insert = "INSERT INTO t (a) SELECT ?"
        let read = "SELECT * FROM t WHERE a = ?"
        try await withMemory { session throws in
            try session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
            #expect(try session.executePlanned(insert, [1]) == 1)
            #expect(try session.queryPlanned(read, [1]).rows == [[1]])
            try session.execute("ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7")
            #expect(try session.executePlanned(insert, [2]) == 1)
            #expect(try session.queryPlanned(read, [2]).rows == [[2, 7]])
            try session.execute("DROP TABLE t")
            #expect(throws: DuckDBFailure.self) { try session.executePlanned(insert, [3]) }
            try session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
            #expect(try session.executePlanned(insert, [3]) == 1)
        }
    }

    @Test func aPlannedStatementIsUsableAfterItFailedAndWasRolledBack() async throws {
        let connection = try DuckDBDatabase(path: nil).connect()
        @Sendable func insert(_ values: [DuckDBValue]) async throws {
            try await connection.transaction { session in
                for value in values { try session.executePlanned("INSERT INTO t SELECT ?", [value]) }
            }
        }
        _ = try await connection.run { try $0.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)") }
        try await insert([1])
        let failure = await #expect(throws: DuckDBFailure.self) { try await insert([2, 1]) }
        #expect(failure?.kind == .constraint)
        try await insert([2])
        let count = try await connection.run {
            try $0.queryPlanned("SELECT count(*) FROM t WHERE a > ?", [0])
        }
        #expect(count.rows == [[2]])
    }

    @Test(arguments: [false, true], [0, 3, 300_000])
    func aCopySaysWhatItWrote(isLong: Bool, rows: Int) async throws {
        try await withFolder { folder in
            try await withMemory { session throws in
                let select =
                    "SELECT range AS id, CASE WHEN range % 3 = 0 THEN 'x' END AS \"a \"\"b\"\"\" FROM range(\(rows))"
                let copied = try session.copy(
                    "COPY (\(select)) TO '\(folder)/copy.parquet' (FORMAT parquet, ROW_GROUP_SIZE 100000, RETURN_STATS)",
                    isLong: isLong)
                #expect(copied.rows == rows)
                guard rows > 0 else { return }
                #expect(copied.nulls == ["\"id\"": 0, "\"a \"\"b\"\"\"": rows / 3 * 2])
            }
        }
    }
}
