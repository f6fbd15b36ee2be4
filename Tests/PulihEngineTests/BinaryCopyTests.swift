import Foundation
import PulihDuckDB
import PulihModel
import PulihPostgres
import PulihSystem
import PulihTesting
import Testing

@testable import PulihEngine

@Suite struct BinaryCopyTests {
    /// Texts as PostgreSQL writes them, of every type a column may have.
    private static let values: [(type: ColumnType, postgres: String, texts: [String])] = [
        (.smallint, "smallint", ["-32768", "32767", "0"]),
        (.integer, "integer", ["-2147483648", "2147483647"]),
        (.bigint, "bigint", ["-9223372036854775808", "9223372036854775807"]),
        (
            .hugeint, "numeric(39,0)",
            [
                "170141183460469231731687303715884105727", "-170141183460469231731687303715884105728", "0",
                "10000",
            ]
        ),
        (.decimal(precision: 4, scale: 4), "numeric(4,4)", ["0.0001", "0.9999", "-0.1000", "0.0000"]),
        (.decimal(precision: 9, scale: 9), "numeric(9,9)", ["0.999999999", "-0.000000001", "0.100000000"]),
        (.decimal(precision: 9, scale: 2), "numeric(9,2)", ["0.01", "-9999999.99", "10000.10", "0.00"]),
        (.decimal(precision: 18, scale: 17), "numeric(18,17)", ["9.99999999999999999", "-0.1"]),
        (.decimal(precision: 18, scale: 18), "numeric(18,18)", ["0.999999999999999999"]),
        (.decimal(precision: 18, scale: 0), "numeric(18,0)", ["999999999999999999", "-100000000"]),
        (
            .decimal(precision: 38, scale: 36), "numeric(38,36)",
            ["99.999999999999999999999999999999999999", "-0.000000000000000000000000000000000001"]
        ),
        (.decimal(precision: 38, scale: 10), "numeric(38,10)", ["1234567890123456789012345678.0123456789"]),
        (.double, "double precision", ["1.7976931348623157e+308", "5e-324", "-0.1", "0"]),
        (.boolean, "boolean", ["true", "false"]),
        (.date, "date", ["0001-01-01", "9999-12-31", "1999-12-31", "2000-02-29"]),
        (
            .timestamp, "timestamp",
            ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "1999-12-31 23:59:59.5"]
        ),
        (
            .timestamptz, "timestamptz",
            ["0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00", "2024-06-01 05:00:00+00"]
        ),
        (.time, "time", ["00:00:00", "23:59:59.999999"]),
        (.text, "text", ["", "ä€😀", "tab\tbreak\n", String(repeating: "long ", count: 40_000)]),
        (
            .uuid, "uuid",
            ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
        ),
        (.json, "json", ["{\"a\": [1, null]}", "\"x\""]),
    ]

    private func connect() async throws -> PostgresConnection {
        try await .open(
            PostgresSettings(
                conninfo: try await PostgresServer.shared.makeDatabase(), applicationName: "engine tests"))
    }

    /// Through a pipe into the table, as a warehouse does it.
    private func load(
        _ relation: String, into table: String, _ engine: DuckDBEngine, _ connection: PostgresConnection
    ) async throws {
        let pipe = Pipe()
        async let written = Result {
            defer { try? pipe.fileHandleForWriting.close() }
            return try await engine.writeBinaryCopy(
                relation, to: pipe.fileHandleForWriting.fileDescriptor)
        }
        let reading = pipe.fileHandleForReading.fileDescriptor
        let loaded = try await connection.run { session in
            try session.copyIn("COPY \(table) FROM STDIN (FORMAT binary)") { try $0.pump(from: reading) }
        }
        #expect(try await written.get() == loaded)
    }

    private func read(_ count: Int, from pipe: Pipe) async throws {
        let handle = pipe.fileHandleForReading
        try await BlockingWork.run { _ = try handle.read(upToCount: count) }
    }

    @Test func everyTypeArrivesAsItWas() async throws {
        let bench = try Bench()
        let connection = try await connect()
        for (type, postgres, texts) in Self.values {
            let rows = texts.map { "(\(SQLText.literal($0)))" } + ["(NULL)"]
            let relation =
                "SELECT CAST(v AS \(type.duckDBName)) AS v FROM (VALUES \(rows.joined(separator: ", "))) AS t(v)"
            try await connection.run { session in
                try session.execute("CREATE TABLE t (n serial, v \(postgres))")
            }
            // The ordinal comes from the order of the rows.
            try await load(relation, into: "t (v)", bench.engine, connection)
            let arrived = try await connection.run { session in
                let rows = try session.query("SELECT v::text FROM t ORDER BY n").rows
                try session.execute("DROP TABLE t")
                return rows.map { $0[0] }
            }
            let expected = texts.map { text in
                // Zeros up to the scale.
                guard case .decimal(_, let scale) = type, let point = text.firstIndex(of: ".") else {
                    return PostgresValue.text(text)
                }
                let missing = scale - text[point...].count + 1
                return .text(text + String(repeating: "0", count: missing))
            }
            #expect(arrived == expected + [.null], "\(type)")
        }
    }

    /// Every precision and scale, with numbers of every length, against DuckDB's own text of them.
    @Test func everyDecimalArrivesAsItWas() async throws {
        let bench = try Bench()
        let connection = try await connect()
        let reader = try DuckDBDatabase(path: nil).connect()
        var random = SeededGenerator(seed: 3)
        for precision in 1...38 {
            var rows = [String(repeating: "9", count: precision), "0", "1"]
            for length in 1...precision {
                rows.append(
                    (0..<length).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined())
                // A one with zeros behind it.
                rows.append("1" + String(repeating: "0", count: length - 1))
            }
            rows += rows.map { "-" + $0 }
            let scales = 0...precision
            let values = rows.map { row in
                let texts = scales.map { "'\(Self.shifted(row, $0))'" }
                return "(\(texts.joined(separator: ", ")))"
            }
            let names = scales.map { "s\($0)" }
            let casts = scales.map { "CAST(s\($0) AS DECIMAL(\(precision),\($0))) AS s\($0)" }
            let relation = """
                SELECT \(casts.joined(separator: ", ")) \
                FROM (VALUES \(values.joined(separator: ", "))) AS t(\(names.joined(separator: ", ")))
                """
            let columns = scales.map { "s\($0) numeric(\(precision),\($0))" }.joined(separator: ", ")
            try await connection.run { try $0.execute("CREATE TABLE d (n serial, \(columns))") }
            try await load(relation, into: "d (\(names.joined(separator: ", ")))", bench.engine, connection)
            let arrived = try await connection.run { session in
                let rows = try session.query("SELECT \(names.joined(separator: ", ")) FROM d ORDER BY n").rows
                try session.execute("DROP TABLE d")
                return rows.map(\.texts)
            }
            let expected = try await reader.run { session in
                try session.query(relation).rows.map { $0.map { $0.text.map(Self.withLeadingZero) } }
            }
            #expect(arrived == expected, "\(precision)")
        }
    }

    /// The digits with so many of them behind the point.
    private static func shifted(_ number: String, _ scale: Int) -> String {
        let sign = number.hasPrefix("-") ? "-" : ""
        var digits = String(number.drop { $0 == "-" })
        digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        return sign + digits
    }

    /// DuckDB writes .5 where all digits are decimal places.
    private static func withLeadingZero(_ text: String) -> String {
        if text.hasPrefix(".") { return "0" + text }
        return text.hasPrefix("-.") ? "-0" + text.dropFirst() : text
    }

    /// Rows that fill the buffer in every way: many, wide, and texts longer than it.
    @Test func rowsOfEveryWidth() async throws {
        let bench = try Bench()
        let connection = try await connect()
        let texts = """
            SELECT range AS v, repeat('ab', (range * 7919 % 3000)::INTEGER) AS t, \
            CASE WHEN range % 3 > 0 THEN repeat('x', (range % 30)::INTEGER) END AS u, \
            repeat('long', CASE WHEN range % 500 = 0 THEN 100_000 ELSE 0 END) AS w FROM range(2000)
            """
        try await connection.run { try $0.execute("CREATE TABLE w (v bigint, t text, u text, w text)") }
        try await load(texts, into: "w", bench.engine, connection)
        let sums = "SELECT count(*), sum(v), sum(length(t)), sum(length(u)), count(u), sum(length(w))"
        let arrived = try await connection.run { try $0.query("\(sums) FROM w").rows[0].texts }
        let expected = try await DuckDBDatabase(path: nil).connect().run { session in
            try session.query("\(sums) FROM (\(texts))").rows[0].map(\.text)
        }
        #expect(arrived == expected)

        let columns = (0..<1500).map { "c\($0)" }
        let wide =
            "SELECT \(columns.map { "(range % 7)::SMALLINT AS \($0)" }.joined(separator: ", ")) FROM range(3000)"
        let definitions = columns.map { "\($0) smallint" }.joined(separator: ", ")
        try await connection.run { try $0.execute("CREATE TABLE m (\(definitions))") }
        try await load(wide, into: "m", bench.engine, connection)
        let wideSum = try await connection.run {
            try $0.query("SELECT count(*), sum(c0), sum(c1499) FROM m").rows[0].texts
        }
        #expect(wideSum == ["3000", "8994", "8994"])
        try await load("SELECT 1::SMALLINT WHERE false", into: "m (c0)", bench.engine, connection)
    }

    @Test func whatPostgreSQLHasNotIsRefused() async throws {
        let bench = try Bench()
        let null = FileHandle(forWritingAtPath: "/dev/null")!
        let error = await #expect(throws: PulihError.self) {
            try await bench.engine.writeBinaryCopy("SELECT INTERVAL 1 DAY AS v", to: null.fileDescriptor)
        }
        #expect(error?.summary.contains("column v is of type INTERVAL, which PostgreSQL has not") == true)
        // What fails on the way says why, though rows were handed over before.
        let late = await #expect(throws: PulihError.self) {
            try await bench.engine.writeBinaryCopy(
                "SELECT CAST(CASE WHEN range = 900_000 THEN 'x' ELSE '1' END AS INTEGER) AS v FROM range(1_000_000)",
                to: null.fileDescriptor)
        }
        #expect(late?.summary.contains("Could not convert string 'x'") == true)
    }

    /// A reader that goes away: an error, and the engine works on.
    @Test func aReaderThatClosesEndsTheWriting() async throws {
        let bench = try Bench()
        let pipe = Pipe()
        async let written = Result {
            try await bench.engine.writeBinaryCopy(
                "SELECT range AS v FROM range(10_000_000)", to: pipe.fileHandleForWriting.fileDescriptor)
        }
        try await read(100_000, from: pipe)
        try pipe.fileHandleForReading.close()
        let outcome = await written
        let error = #expect(throws: PulihError.self) { try outcome.get() }
        #expect(error?.code == .storage)
        #expect(error?.summary.contains("the reader closed the pipe") == true)
        let file = bench.folder + "/rows"
        let handle = try #require(
            FileManager.default.createFile(atPath: file, contents: nil)
                ? FileHandle(forWritingAtPath: file) : nil)
        #expect(try await bench.engine.writeBinaryCopy("SELECT 1", to: handle.fileDescriptor) == 1)
        // Signature, header, one row of one int4, the end.
        #expect(try FileReader.readAll(file, limit: 100).count == 11 + 8 + 2 + 8 + 2)
    }

    /// Cancelling does not wait for a reader that does not read.
    @Test func cancellingEndsAWritingThatNobodyReads() async throws {
        let bench = try Bench()
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let task = Task {
            try await bench.engine.writeBinaryCopy(
                "SELECT range AS v FROM range(10_000_000)", to: descriptor)
        }
        // Something was written: the statement runs, and is blocked as soon as the pipe is full.
        try await read(1, from: pipe)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func severalWriteSideBySide() async throws {
        let bench = try Bench()
        let connection = try await connect()
        try await connection.run { try $0.execute("CREATE TABLE t (v bigint)") }
        let url = try await connection.run { try $0.query("SELECT current_database()").rows[0][0] }
        guard case .text(let database) = url else { return }
        let server = try await PostgresServer.shared.get()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    let own = try await PostgresConnection.open(
                        PostgresSettings(
                            conninfo: server.url(database: database), applicationName: "engine tests"))
                    let relation = "SELECT range AS v FROM range(\(part * 50_000), \((part + 1) * 50_000))"
                    try await load(relation, into: "t", bench.engine, own)
                    await own.close()
                }
            }
            try await group.waitForAll()
        }
        let sum = try await connection.run {
            try $0.query("SELECT count(*), count(DISTINCT v), max(v) FROM t").rows[0]
        }
        #expect(sum.texts == ["200000", "200000", "199999"])
    }
}

/// The outcome of work that may throw, so that it can be awaited beside other work.
extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
