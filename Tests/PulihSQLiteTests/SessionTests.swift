import PulihSQLite
import Testing

@Suite struct SessionTests {
    let folder: TemporaryFolder
    let database: SQLiteDatabase

    init() async throws {
        folder = try TemporaryFolder()
        database = try await SQLiteDatabase(path: folder.path("a.db"), create: true)
        try await database.run { session in
            try session.execute(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, x REAL, b BLOB)")
            try session.execute(
                "CREATE TABLE child (t_id INTEGER REFERENCES t (id), n INTEGER CHECK (n > 0))")
        }
    }

    @Test(arguments: [
        SQLiteValue.null, .int(.max), .int(.min), .double(1.5), .double(.infinity), .text(""),
        .text("grün\u{0}x"),
        .text("'; DROP TABLE t; --"), .blob([]), .blob([0, 255, 0]),
    ])
    func valuesComeBackAsTheyWent(value: SQLiteValue) async throws {
        let row = try await database.run { try $0.first("SELECT ? AS v", [value]) }
        #expect(try row?.value("v") == value)
    }

    @Test func literalsAndOptionalsMakeValues() {
        let values: [SQLiteValue] = [1, "a", 1.5, nil]
        #expect(values == [.int(1), .text("a"), .double(1.5), .null])
        #expect(SQLiteValue(Optional<Int>.none) == .null)
        #expect(SQLiteValue(true) == .int(1))
        #expect(SQLiteValue(Optional("x")) == .text("x"))
    }

    @Test func countsWhatAStatementChanged() async throws {
        try await database.run { session throws in
            let sql = "INSERT INTO t (name) VALUES (?), (?)"
            #expect(try session.execute(sql, ["a", "b"]) == 2)
            #expect(try session.lastInsertRowid == 2)
            #expect(try session.execute("UPDATE t SET x = 1 WHERE name = ?", ["none"]) == 0)
            #expect(try session.execute("CREATE TABLE other (a)") == 0)
            #expect(try session.execute("DELETE FROM t") == 2)
        }
    }

    @Test func rowsGiveTypedValuesOrSayWhyNot() async throws {
        let row = try await database.run {
            try $0.first(
                "SELECT 1 AS i, 'a' AS t, 1.5 AS d, NULL AS n, x'01' AS b, 2 AS two, 3 AS twice, 4 AS twice")
        }
        let some = try #require(row)
        #expect(try some.int("i") == 1)
        #expect(try some.double("i") == 1)
        #expect(try some.bool("i"))
        #expect(try some.text("t") == "a")
        #expect(try some.double("d") == 1.5)
        #expect(try some.blob("b") == [1])
        #expect(try some.isNull("n"))
        #expect(try some.optionalInt("n") == nil)
        #expect(try some.optionalText("n") == nil)
        #expect(try some.optionalText("t") == "a")

        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return "nothing was thrown"
            } catch {
                #expect((error as? SQLiteFailure)?.code == .mismatch)
                return (error as? SQLiteFailure)?.message ?? ""
            }
        }
        #expect(message { _ = try some.int("n") } == "column n holds NULL, not an integer")
        #expect(message { _ = try some.int("t") } == "column t holds text, not an integer")
        #expect(message { _ = try some.int("d") } == "column d holds a floating-point number, not an integer")
        #expect(message { _ = try some.text("i") } == "column i holds an integer, not text")
        #expect(message { _ = try some.bool("two") } == "column two holds 2, not 0 or 1")
        #expect(message { _ = try some.blob("t") } == "column t holds text, not a blob")
        #expect(message { _ = try some.int("twice") } == "several columns are named twice")
        #expect(
            message { _ = try some.int("j") }
                == "there is no column j; there are i, t, d, n, b, two, twice, twice")
    }

    @Test func textThatIsNotUTF8IsTold() async throws {
        await #expect {
            try await database.run { try $0.query("SELECT CAST(x'61FF' AS TEXT) AS v") }
        } throws: {
            ($0 as? SQLiteFailure)?.message == "column v holds text that is not UTF-8"
        }
    }

    @Test func forEachStreamsAndStopsWhenTheBodyThrows() async throws {
        struct Enough: Error {}
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        let seen = try await database.run { session in
            var seen: Int64 = 0
            #expect(throws: Enough.self) {
                try session.forEach(sql) { row in
                    seen = try row.int("i")
                    if seen == 1_000 { throw Enough() }
                }
            }
            return seen
        }
        #expect(seen == 1_000)
    }

    @Test func theSameStatementMayRunInsideItself() async throws {
        let pairs = try await database.run { session in
            let sql = "SELECT value AS v FROM json_each(?)"
            var pairs: [String] = []
            try session.forEach(sql, ["[1,2]"]) { outer in
                try session.forEach(sql, ["[3,4]"]) { inner in
                    pairs.append("\(try outer.int("v"))\(try inner.int("v"))")
                }
            }
            return pairs
        }
        #expect(pairs == ["13", "14", "23", "24"])
    }

    @Test func columnsFollowAChangedTable() async throws {
        try await database.run { session in
            _ = try session.query("SELECT * FROM child")
            try session.execute("INSERT INTO child (n) VALUES (1)")
            #expect(try session.query("SELECT * FROM child")[0].columnNames == ["t_id", "n"])
            try session.execute("ALTER TABLE child ADD COLUMN more TEXT DEFAULT 'm'")
            #expect(try session.first("SELECT * FROM child")?.text("more") == "m")
        }
    }

    @Test func manyDifferentStatementsDoNotPileUp() async throws {
        try await database.run { session throws in
            for number in 0..<500 {
                #expect(try session.first("SELECT \(number) AS v")?.int("v") == Int64(number))
            }
        }
        try await database.close()
    }

    static let refused: [(String, [SQLiteValue], SQLiteFailure.Code, String)] = [
        ("SELECT * FROM nowhere", [], SQLiteFailure.Code.sql, "no such table: nowhere"),
        ("SELEC 1", [], .sql, "near \"SELEC\": syntax error"),
        ("", [], .misuse, "there is no statement"),
        ("-- only a comment", [], .misuse, "there is no statement"),
        (
            "SELECT 1; SELECT 2", [], .misuse,
            "there is more than one statement; only scripts may hold several"
        ),
        (
            "SELECT 1; nonsense", [], .misuse,
            "there is more than one statement; only scripts may hold several"
        ),
        ("SELECT ?, ?", [1], .misuse, "2 parameters are wanted, 1 were given"),
        ("SELECT 1", [1], .misuse, "0 parameters are wanted, 1 were given"),
        ("SELECT ?", [.double(.nan)], .misuse, "parameter 1 is not a number (NaN)"),
        (
            "INSERT INTO t (id, name) VALUES (1, NULL)", [], .notNullViolation,
            "NOT NULL constraint failed: t.name"
        ),
        (
            "INSERT INTO t (name) VALUES ('a'), ('a')", [], .uniqueViolation,
            "UNIQUE constraint failed: t.name"
        ),
        ("INSERT INTO child (t_id) VALUES (99)", [], .foreignKeyViolation, "FOREIGN KEY constraint failed"),
        ("INSERT INTO child (n) VALUES (0)", [], .checkViolation, "CHECK constraint failed: n > 0"),
    ]

    @Test(arguments: refused)
    func refusals(sql: String, parameters: [SQLiteValue], code: SQLiteFailure.Code, message: String)
        async throws
    {
        await #expect {
            try await database.run { try $0.execute(sql, parameters) }
        } throws: { error in
            let failure = error as? SQLiteFailure
            return failure?.code == code && failure?.message == message && failure?.sql == sql
        }
    }

    @Test func aStatementMayEndInBlanksAndComments() async throws {
        let row = try await database.run { try $0.first("SELECT 1 AS v; -- done\n /* really */ ;\n") }
        #expect(try row?.int("v") == 1)
    }

    @Test func failuresShowTheStatementAndNoValues() async throws {
        await #expect {
            try await database.run { session in
                for _ in 0..<2 { try session.execute("INSERT INTO t (name)\n  VALUES (?)", ["secret"]) }
            }
        } throws: {
            "\($0)"
                == "SQLite: UNIQUE constraint failed: t.name (code 2067) in: INSERT INTO t (name) VALUES (?)"
        }
    }

    @Test func scriptsRunSeveralStatements() async throws {
        try await database.run { session in
            try session.executeScript(
                "CREATE TABLE s (a); INSERT INTO s VALUES (1); INSERT INTO s VALUES (2);")
            #expect(try session.first("SELECT count(*) AS n FROM s")?.int("n") == 2)
            #expect(throws: SQLiteFailure.self) {
                try session.executeScript("INSERT INTO s VALUES (3); nonsense;")
            }
        }
    }

    @Test func anyNameCanBeQuoted() async throws {
        let name = "a \"b\"; DROP TABLE t"
        try await database.run { session in
            try session.execute("CREATE TABLE \(SQLiteIdentifier.quoted(name)) (a)")
            let row = try session.first(
                "SELECT count(*) AS n FROM sqlite_schema WHERE name = ?", [.text(name)])
            #expect(try row?.int("n") == 1)
        }
    }
}
