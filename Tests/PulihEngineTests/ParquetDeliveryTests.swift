import PulihDuckDB
import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

@Suite struct ParquetDeliveryTests {
    private func write(_ select: String, _ bench: Bench) throws -> String {
        let path = "\(bench.folder)/f.parquet"
        try DuckDBDatabase(path: nil).withSession { session in
            _ = try session.execute("SET TimeZone = 'Asia/Jakarta'")
            _ = try session.execute("COPY (\(select)) TO '\(path)' (FORMAT parquet)")
        }
        return path
    }

    private func spec(_ columns: [ColumnSpec], nulls: [String] = []) -> FileSpec {
        var spec = Bench.spec(columns + [RecordPlace.column])
        let schema = ParquetSchema(columns.map { .init($0.source, $0.type) })
        spec.format = RecordFormat(.parquet(schema), CSVDialect(nulls: nulls))
        return spec
    }

    @Test func valuesAreExact() async throws {
        let bench = try Bench()
        let path = try write(
            """
            SELECT * FROM (VALUES
              (1::BIGINT, 12345678901234567890.123::DECIMAL(38, 3), 0.1::DOUBLE, TRUE, DATE '2024-02-29',
               TIMESTAMP '2024-03-05 13:45:00.123456', TIMESTAMPTZ '2024-03-05 13:45:00+07', TIME '08:09:10',
               'a "b"' || chr(10) || ',', {'x': 1, 'y': [1, NULL]}, [1.50::DECIMAL(4, 2)]),
              (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL),
              (3, 0, -1.5e300, FALSE, DATE '1999-12-31', NULL, NULL, NULL, NULL, NULL, [])
            ) t(id, d, f, b, day, t, tz, clock, s, o, l)
            """, bench)
        let spec = spec([
            .of(.integer, "id"), .of(.decimal(precision: 38, scale: 3), "d"), .of(.double, "f"),
            .of(.boolean, "b"),
            .of(.date, "day"), .of(.timestamp, "t"), .of(.timestamptz, "tz"), .of(.time, "clock"),
            .of(.text, "s"),
            .of(.json, "o"), .of(.text, "l"),
        ])
        #expect(
            try await bench.outcome(path, spec) == [
                #"1: 1|12345678901234567890.123|0.1|true|2024-02-29|2024-03-05 13:45:00.123456|2024-03-05 06:45:00+00|08:09:10|a "b""#
                    + "\n,|" + #"{"x":1,"y":[1,null]}|[1.5]|row 1"#,
                "2: 2|NULL|NULL|NULL|NULL|NULL|NULL|NULL||NULL|NULL|row 2",
                "3: 3|0.000|-1.5e+300|false|1999-12-31|NULL|NULL|NULL|NULL|NULL|[]|row 3",
            ])
    }

    @Test func theSchemaIsCompared() async throws {
        let bench = try Bench()
        let path = try write("SELECT 'x' AS ID, 1.5::DOUBLE AS amount, 3 AS more", bench)
        let typed = spec([.of(.integer, "id"), .of(.date, "amount")])
        #expect(
            try await bench.refusal(path, typed)
                == "f.parquet: column ID is VARCHAR and configured as integer; column amount is DOUBLE and configured as date"
        )
        let named = spec([.of(.text, "id"), .of(.text, "gone")])
        #expect(
            try await bench.engine.survey(path: path, format: named.format).header == [
                "ID", "amount", "more", "dwh_source_place",
            ])
        let range = spec([.of(.smallint, "n")])
        let large = try write("SELECT unnest([1, 70000]) AS n", bench)
        #expect(
            try await bench.outcome(large, range) == [
                "1: 1|row 1", "2 row 2 type n: '70000' is out of range for smallint",
            ])
    }

    /// No writer makes such a file: its footer is changed by hand.
    @Test func aFooterThatCountsOtherwiseIsRefused() async throws {
        let bench = try Bench()
        let path = try write("SELECT i AS id FROM range(100) t(i)", bench)
        var bytes = try FileReader.readAll(path, limit: 1 << 24)
        // In Thrift's compact protocol `num_rows`, 100 as a zigzag varint, stands before the list of row groups.
        let marks = bytes.indices.dropLast(4).filter {
            Array(bytes[$0..<$0 + 4]) == [0x16, 0xC8, 0x01, 0x19]
        }
        try #require(marks.count == 1)
        bytes[marks[0] + 1] = 0xCA
        let other = try bench.write(bytes, "other.parquet")
        #expect(
            try await bench.refusal(other, spec([.of(.bigint, "id")]))
                == "other.parquet says that it has 101 rows, and 100 were read")
    }

    @Test func rowsAreCountedAndDamageIsSeen() async throws {
        let bench = try Bench()
        let path = try write("SELECT i AS id, 'name ' || i AS name FROM range(100000) t(i)", bench)
        let spec = spec([.of(.bigint, "id"), .of(.text, "name")])
        let found = try await bench.outcome(path, spec)
        #expect(found.count == 100_000)
        #expect(found.last == "100000: 99999|name 99999|row 100000")
        let bytes = try FileReader.readAll(path, limit: 1 << 24)
        for damaged in [
            Array(bytes.dropLast(20)), Array(bytes.dropFirst(20)), Array("no Parquet at all".utf8),
        ] {
            let other = try bench.write(damaged, "damaged.parquet")
            #expect(
                try await bench.refusal(other, spec).hasPrefix("damaged.parquet is no sound Parquet file: "))
        }
        var flipped = bytes
        for index in 1000..<1400 { flipped[index] ^= 0x5A }
        let other = try bench.write(flipped, "flipped.parquet")
        // What has no checksum cannot be proven; it must not crash.
        _ = try await bench.refusal(other, spec)
        let empty = try bench.write([], "empty.parquet")
        #expect(try await bench.engine.survey(path: empty, format: spec.format).isEmpty)
    }
}
