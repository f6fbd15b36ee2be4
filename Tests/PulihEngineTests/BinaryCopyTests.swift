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
            .hugeint, "numeric(38,0)",
            ["99999999999999999999999999999999999999", "-12345678901234567890", "0", "10000"]
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

    @Test func whatCannotBeWrittenRightIsRefused() async throws {
        let bench = try Bench()
        let null = FileHandle(forWritingAtPath: "/dev/null")!
        func failure(_ relation: String) async throws -> PulihError? {
            do {
                _ = try await bench.engine.writeBinaryCopy(relation, to: null.fileDescriptor)
                return nil
            } catch {
                return try #require(error as? PulihError)
            }
        }
        let wide = try await failure("SELECT CAST('0.9' AS DECIMAL(38,37)) AS v")
        #expect(wide?.code == .configuration)
        #expect(wide?.summary.contains("column v is DECIMAL(38,37)") == true)
        let huge = try await failure("SELECT CAST('170141183460469231731687303715884105727' AS HUGEINT) AS v")
        #expect(huge?.code == .data)
        #expect(huge?.summary.contains("170141183460469231731687303715884105727") == true)
        let zero = try await failure("SELECT 'a' || chr(0) || 'b' AS v")
        #expect(zero?.code == .data)
        #expect(zero?.summary.contains("U+0000") == true)
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

    @Test func aMissingExtensionIsNamed() async throws {
        let bench = try Bench()
        let engine = try DuckDBEngine(
            settings: .standard(cores: 2), workFolder: bench.folder + "/other",
            postgres: PostgresExtension(folder: bench.folder))
        let error = await #expect(throws: PulihError.self) {
            try await engine.writeBinaryCopy("SELECT 1", to: 2)
        }
        #expect(error?.code == .configuration)
        #expect(error?.object == bench.folder + "/" + PostgresExtension.fileName)
        #expect(error?.hint.contains("make install") == true)
    }
}

/// The outcome of work that may throw, so that it can be awaited beside other work.
extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
