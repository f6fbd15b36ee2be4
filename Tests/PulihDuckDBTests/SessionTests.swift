import PulihDuckDB
import Testing

@Suite struct SessionTests {
    @Test func countsChangedRowsOverAllStatements() async throws {
        try await withMemory { session throws in
            #expect(try session.execute("CREATE TABLE t AS SELECT * FROM range(5) r(a)") == 5)
            #expect(
                try session.execute("INSERT INTO t SELECT 1; UPDATE t SET a = a + 1; DELETE FROM t") == 13)
            #expect(try session.execute("SELECT 1") == 0)
            #expect(try session.execute("INSERT INTO t VALUES (?), (?)", [1, 2]) == 2)
        }
    }

    @Test(arguments: [
        ("SELEC 1", DuckDBFailure.Kind.parser), ("SELECT * FROM nowhere", .catalog),
        ("SELECT nothing", .binder),
        ("SELECT 'x'::INTEGER", .conversion), ("INSERT INTO k VALUES (1)", .constraint),
        ("SELECT error('boom')", .invalidInput), ("COMMIT", .transaction),
        ("SELECT 200::UTINYINT * 2::UTINYINT", .outOfRange),
        ("SELECT * FROM 'missing.csv'", .io), ("", .invalidInput), ("-- nothing", .invalidInput),
    ])
    func failuresHaveKindsAndLeaveTheConnectionUsable(_ sql: String, _ kind: DuckDBFailure.Kind) async throws
    {
        try await withMemory { session throws in
            try session.execute("CREATE TABLE k (i INTEGER PRIMARY KEY); INSERT INTO k VALUES (1)")
            let executed = #expect(throws: DuckDBFailure.self) { try session.execute(sql) }
            #expect(executed?.kind == kind, "\(executed?.message ?? "")")
            #expect(executed?.sql == sql)
            let queried = #expect(throws: DuckDBFailure.self) { try session.query(sql) }
            #expect(queried?.kind == kind)
            #expect(try session.scalar("SELECT count(*) FROM k") == 1)
        }
    }

    @Test func failuresNeverShowBoundValues() async throws {
        try await withMemory { session throws in
            let failure = #expect(throws: DuckDBFailure.self) {
                try session.query("SELECT ? FROM nowhere", [.text("secret")])
            }
            #expect(failure?.description.contains("SELECT ? FROM nowhere") == true)
            #expect(failure?.description.contains("secret") == false)
        }
    }

    @Test func parametersMustFit() async throws {
        try await withMemory { session throws in
            let missing = #expect(throws: DuckDBFailure.self) { try session.query("SELECT ?, ?", [1]) }
            #expect(missing?.message == "Invalid Input Error: the statement takes 2 values, 1 were given")
            let many = #expect(throws: DuckDBFailure.self) { try session.execute("SELECT ?; SELECT 1", [1]) }
            #expect(many?.message == "Invalid Input Error: one statement was expected, the text holds 2")
        }
    }

    @Test func outOfMemoryIsAFailureLikeAnyOther() async throws {
        try await withMemory(options: ["memory_limit": "20MB", "temp_directory": ""]) { session throws in
            let failure = #expect(throws: DuckDBFailure.self) {
                try session.execute(
                    "CREATE TABLE t AS SELECT hash(range) AS a, md5(range::VARCHAR) AS b FROM range(5000000)")
            }
            #expect(failure?.kind == .outOfMemory)
            #expect(try session.scalar("SELECT 1") == 1)
        }
    }

    @Test func queriesOfSeveralStatementsReturnTheLast() async throws {
        let table = try await withMemory { session throws in
            try session.query("CREATE TABLE t AS SELECT 'x' AS b, 1 AS a; PIVOT t ON b USING sum(a)")
        }
        #expect(table.rows == [[.hugeint(1)]])
        #expect(table.index(of: "x") == 0)
    }

    @Test func preparedStatementsRunManyTimes() async throws {
        try await withMemory { session throws in
            try session.execute("CREATE TABLE t (a INTEGER, b VARCHAR)")
            let insert = "INSERT INTO t VALUES (?, ?)"
            for number in 0..<100 {
                #expect(try session.executePlanned(insert, [.int(Int64(number)), "x"]) == 1)
            }
            #expect(throws: DuckDBFailure.self) {
                try session.executePlanned(insert, [.text("not a number"), "x"])
            }
            #expect(try session.executePlanned(insert, [100, nil]) == 1)
            let select = "SELECT b FROM t WHERE a = ?"
            #expect(try session.queryPlanned(select, [7]).rows == [["x"]])
            #expect(try session.queryPlanned(select, [100]).rows == [[nil]])
            #expect(try session.queryPlanned(select, [101]).rows == [])
        }
    }

    @Test func streamsAMillionRows() async throws {
        let (rows, sum) = try await withMemory { session throws in
            var rows = 0
            var sum = 0
            var names: [String] = []
            try session.forEachRow(
                "SELECT range AS n, 'row ' || range AS t FROM range(?)", [1_000_000],
                columns: { names = $0.map(\.name) }
            ) { row in
                rows += 1
                sum += row[0].int ?? 0
            }
            #expect(names == ["n", "t"])
            return (rows, sum)
        }
        #expect(rows == 1_000_000)
        #expect(sum == 499_999_500_000)
    }

    @Test func streamingReportsAFailureInTheMiddle() async throws {
        try await withMemory { session throws in
            var rows = 0
            let failure = #expect(throws: DuckDBFailure.self) {
                try session.forEachRow(
                    "SELECT CASE WHEN range = 900000 THEN error('row 900000') ELSE range END FROM range(1000000)"
                ) { _ in rows += 1 }
            }
            #expect(failure?.message == "Invalid Input Error: row 900000")
            #expect(rows < 900_000)
            #expect(try session.scalar("SELECT 1") == 1)
        }
    }

    @Test func noStatementMayCutAStreamShort() async throws {
        try await withMemory { session throws in
            var rows = 0
            let failure = #expect(throws: DuckDBFailure.self) {
                try session.forEachRow("SELECT * FROM range(100000)") { _ in
                    rows += 1
                    try session.execute("SELECT 1")
                }
            }
            #expect(rows == 1)
            #expect(failure?.message.contains("handing over the rows of another statement") == true)
            #expect(try session.scalar("SELECT 1") == 1)
        }
    }

    @Test func appendsInBulk() async throws {
        try await withMemory { session throws in
            try session.execute("CREATE SCHEMA s; CREATE TABLE s.t (a INTEGER, b DECIMAL(10,2), c DATE)")
            let count = try session.append(table: "t", schema: "s") { addRow in
                for number in 0..<300_000 {
                    try addRow([.int(Int64(number)), .decimal("1.25"), .text("2024-02-29")])
                }
            }
            #expect(count == 300_000)
            let sums = try session.query("SELECT count(*), sum(a), sum(b), min(c) FROM s.t").rows
            #expect(sums == [[300_000, .hugeint(44_999_850_000), .decimal("375000.00"), .date(days: 19782)]])
        }
    }

    @Test(
        arguments: [
            (
                [[1, "x"], [5_000_000_000, "y"]],
                "out of range for the destination type INT32\nin row 2, column 1"
            ),
            ([[1, "x"], [2]], "row 2 has 1 values, the table has 2 columns"),
            ([[1, "x"], [1, "y"]], "Constraint Error: "), ([[1, nil]], "NOT NULL constraint failed"),
            ([[1, "x"], [.text("z"), "y"]], "Could not convert string"),
        ] as [([[DuckDBValue]], String)])
    func appendingIsAllOrNothing(_ rows: [[DuckDBValue]], _ message: String) async throws {
        try await withMemory { session throws in
            try session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR NOT NULL)")
            let failure = #expect(throws: DuckDBFailure.self) { try session.append(table: "t", rows: rows) }
            #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
            #expect(try session.scalar("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func appendingNeedsTheTable() async throws {
        try await withMemory { session throws in
            let failure = #expect(throws: DuckDBFailure.self) {
                try session.append(table: "nowhere", rows: [[1]])
            }
            #expect(failure?.kind == .catalog)
            #expect(failure?.message.contains("nowhere") == true)
        }
    }
}
