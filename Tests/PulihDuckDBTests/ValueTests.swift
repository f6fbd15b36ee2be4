import PulihDuckDB
import Testing

@Suite struct ValueTests {
    /// A type, a literal of it that is also its text, and the value it must become.
    struct Sample: Sendable, CustomTestStringConvertible {
        let type: String
        let literal: String
        let value: DuckDBValue
        var testDescription: String { "\(type) \(literal)" }

        init(_ type: String, _ literal: String, _ value: DuckDBValue) {
            self.type = type
            self.literal = literal
            self.value = value
        }
    }

    static let nines = String(repeating: "9", count: 38)
    static let samples: [Sample] = [
        Sample("BOOLEAN", "true", true),
        Sample("BOOLEAN", "false", false),
        Sample("TINYINT", "-128", -128),
        Sample("SMALLINT", "-32768", -32768),
        Sample("INTEGER", "-2147483648", -2_147_483_648),
        Sample("BIGINT", "-9223372036854775808", .int(.min)),
        Sample("BIGINT", "9223372036854775807", .int(.max)),
        Sample("UTINYINT", "255", 255),
        Sample("USMALLINT", "65535", 65535),
        Sample("UINTEGER", "4294967295", 4_294_967_295),
        Sample("UBIGINT", "18446744073709551615", .hugeint(Int128(UInt64.max))),
        Sample("HUGEINT", "-170141183460469231731687303715884105728", .hugeint(.min)),
        Sample("HUGEINT", "170141183460469231731687303715884105727", .hugeint(.max)),
        Sample("HUGEINT", "-1", .hugeint(-1)),
        Sample(
            "UHUGEINT", "340282366920938463463374607431768211455",
            .other("340282366920938463463374607431768211455")),
        Sample("FLOAT", "0.5", .double(0.5)),
        Sample("DOUBLE", "0.1", .double(0.1)),
        Sample("DOUBLE", "inf", .double(.infinity)),
        Sample("VARCHAR", "", ""),
        Sample("VARCHAR", "exactly12byt", "exactly12byt"),
        Sample("VARCHAR", "thirteen byte", "thirteen byte"),
        Sample("VARCHAR", "Jalan Änggrek № 5, 印度尼西亚 🌴", "Jalan Änggrek № 5, 印度尼西亚 🌴"),
        Sample("JSON", #"{"a": [1, null]}"#, #"{"a": [1, null]}"#),
        Sample("ENUM('low', 'high')", "high", "high"),
        Sample("BLOB", #"\x00\xFF\x41"#, .blob([0, 255, 65])),
        Sample("DATE", "1970-01-01", .date(days: 0)),
        Sample("DATE", "2024-02-29", .date(days: 19782)),
        Sample("DATE", "1899-12-31", .date(days: -25568)),
        Sample("DATE", "0001-01-01", .date(days: -719_162)),
        Sample("DATE", "0044-03-15 (BC)", .date(days: -735_160)),
        Sample("DATE", "infinity", .date(days: .max)),
        Sample("DATE", "-infinity", .date(days: -.max)),
        Sample("TIME", "23:59:59.000001", .time(microseconds: 86_399_000_001)),
        Sample("TIMESTAMP", "2024-01-15 10:30:00.5", .timestamp(microseconds: 1_705_314_600_500_000)),
        Sample("TIMESTAMP", "1969-12-31 23:59:59.999999", .timestamp(microseconds: -1)),
        Sample("TIMESTAMP", "infinity", .timestamp(microseconds: .max)),
        Sample("TIMESTAMP_S", "2024-01-15 10:30:00", .timestamp(microseconds: 1_705_314_600_000_000)),
        Sample("TIMESTAMP_MS", "2024-01-15 10:30:00.25", .timestamp(microseconds: 1_705_314_600_250_000)),
        Sample("TIMESTAMP_NS", "2024-01-15 10:30:00.123456789", .other("2024-01-15 10:30:00.123456789")),
        Sample("TIMESTAMPTZ", "2024-01-15 10:30:00+00", .timestampTZ(microseconds: 1_705_314_600_000_000)),
        Sample("DECIMAL(4,1)", "-0.1", .decimal("-0.1")),
        Sample("DECIMAL(9,2)", "1234567.89", .decimal("1234567.89")),
        Sample("DECIMAL(18,0)", "999999999999999999", .decimal("999999999999999999")),
        Sample("DECIMAL(38,0)", nines, .decimal(nines)),
        Sample("DECIMAL(38,38)", "-0." + nines, .decimal("-0." + nines)),
        Sample("UUID", "00000000-0000-0000-0000-000000000001", .uuid("00000000-0000-0000-0000-000000000001")),
        Sample("UUID", "f47ac10b-58cc-4372-a567-0e02b2c3d479", .uuid("f47ac10b-58cc-4372-a567-0e02b2c3d479")),
        Sample("INTERVAL", "1 year 2 months 3 days 04:05:06.7", .other("1 year 2 months 3 days 04:05:06.7")),
        Sample("INTERVAL", "-00:00:01", .other("-00:00:01")),
    ]

    @Test(arguments: samples)
    func readsBindsAndAppends(_ sample: Sample) async throws {
        try await withMemory { session throws in
            try session.execute("SET TimeZone = 'UTC'")
            try session.execute("CREATE TABLE t (v \(sample.type))")
            try session.execute("INSERT INTO t VALUES (CAST(? AS \(sample.type)))", [.text(sample.literal)])
            let read = try session.scalar("SELECT v FROM t")
            #expect(read == sample.value)
            #expect(read.text == sample.literal)
            // DuckDB agrees on the text, but writes printable bytes of blobs as they are, and no zero before
            // a point when the scale takes all digits.
            if !["BLOB", "DECIMAL(38,38)"].contains(sample.type) {
                #expect(try session.scalar("SELECT CAST(v AS VARCHAR) FROM t").string == sample.literal)
            }
            try session.execute("DELETE FROM t")
            try session.execute("INSERT INTO t VALUES (?)", [sample.value])
            #expect(try session.scalar("SELECT v FROM t") == sample.value)
            try session.execute("DELETE FROM t")
            try session.append(table: "t", rows: [[sample.value]])
            #expect(try session.scalar("SELECT v FROM t") == sample.value)
        }
    }

    @Test func everyTypeHasNull() async throws {
        try await withMemory { session throws in
            for type in Set(Self.samples.map(\.type)) {
                try session.execute("CREATE OR REPLACE TABLE t (n INTEGER, v \(type))")
                try session.execute("INSERT INTO t VALUES (1, NULL)")
                try session.execute("INSERT INTO t VALUES (?, ?)", [2, nil])
                try session.append(table: "t", rows: [[3, nil]])
                let table = try session.query("SELECT v, v IS NULL FROM t ORDER BY n")
                #expect(table.rows == [[nil, true], [nil, true], [nil, true]], "\(type)")
            }
            #expect(try session.scalar("SELECT NULL") == .null)
            #expect(DuckDBValue.null.text == nil)
        }
    }

    @Test func textKeepsNulCharacters() async throws {
        try await withMemory { session throws in
            let value = DuckDBValue.text("a\0b and a long tail")
            #expect(try session.scalar("SELECT ?", [value]) == value)
            #expect(try session.scalar("SELECT strlen(?)", [value]) == 19)
            try session.execute("CREATE TABLE t (v VARCHAR)")
            try session.append(table: "t", rows: [[value]])
            #expect(try session.scalar("SELECT v FROM t") == value)
        }
    }

    @Test func columnsHaveNamesAndTypes() async throws {
        let columns = try await withMemory { session throws in
            try session.query("SELECT 1 AS a, 1.50 AS \"b c\", '{}'::JSON AS j, now() AS z, sum(1) AS s")
                .columns
        }
        #expect(columns.map(\.name) == ["a", "b c", "j", "z", "s"])
        #expect(
            columns.map(\.type) == ["INTEGER", "DECIMAL(3,2)", "JSON", "TIMESTAMP WITH TIME ZONE", "HUGEINT"])
    }

    @Test(arguments: [
        "[1, 2]", "{'a': 1}", "MAP {'a': 1}", "'101'::BIT", "'12:00:00+07'::TIMETZ", "1::BIGNUM",
    ])
    func refusesTypesThatItCannotShow(_ literal: String) async throws {
        try await withMemory { session throws in
            let failure = #expect(throws: DuckDBFailure.self) { try session.query("SELECT \(literal) AS c") }
            #expect(failure?.kind == .notImplemented)
            #expect(failure?.message.contains("column c is of type") == true)
            #expect(try session.scalar("SELECT CAST(\(literal) AS VARCHAR)").string != nil)
        }
    }

    @Test func integersOfEitherWidthAreIntegers() {
        #expect(DuckDBValue.hugeint(7).int == 7)
        #expect(DuckDBValue.hugeint(.max).int == nil)
        #expect(DuckDBValue.text("7").int == nil)
    }

    @Test(arguments: ["", "-", ".", "1e5", "1.2.3", "1,5", " 1", String(repeating: "9", count: 39)])
    func refusesWhatIsNoDecimal(_ text: String) async throws {
        try await withMemory { session throws in
            let failure = #expect(throws: DuckDBFailure.self) {
                try session.query("SELECT ?, ?", [1, .decimal(text)])
            }
            #expect(failure?.message == "Invalid Input Error: parameter 2 is no valid DECIMAL")
        }
    }
}
