import Foundation
import PulihModel
import Testing

@testable import PulihEngine

/// What PostgreSQL could not store never comes so far, whatever the warehouse is.
@Suite struct StorableTests {
    private let columns = [ColumnSpec.of(.integer, "id"), ColumnSpec.of(.text, "name"), .of(.text, "more")]

    @Test func aTextWithTheZeroCharacterIsQuarantined() async throws {
        let bench = try Bench()
        let path = try bench.write(
            Array("id,name,more\n1,a\0b,x\n2,plain,\"q\0\"\n3,\0,\0\n4\0,c,d\n5,e,\n".utf8))
        let outcome = try await bench.convert(path, Bench.spec(columns))
        #expect(outcome.converted == 1)
        #expect(outcome.quarantined == 4)
        let found = try await bench.quarantined(path, Bench.spec(columns))
        #expect(
            found.map { "\($0.record) \($0.rule) \($0.column) \($0.value ?? "") \($0.rawText)" } == [
                "1 character name a␀b 1,a␀b,x", "2 character more q␀ 2,plain,\"q␀\"",
                "3 character more ␀ 3,␀,␀", "3 character name ␀ 3,␀,␀", "4 type id 4␀ 4␀,c,d",
            ])
        #expect(found[0].reason == "character 2 is U+0000, which a text column cannot hold")
        #expect(try await bench.loaded(path, Bench.spec(columns)) == [["5", "e", nil, "5"]])
    }

    @Test func itCountsInConfiguredColumnsOnly() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name,more\n1,a,x\0\n".utf8))
        let outcome = try await bench.convert(path, Bench.spec(Array(columns.prefix(2))))
        #expect(outcome.converted == 1)
    }

    @Test func itIsFoundInEveryEncodingAndInLargeFiles() async throws {
        let bench = try Bench()
        let text = "id,name,more\n1,a,b\n2,c\0,d\n"
        var spec = Bench.spec(columns, CSVDialect(encoding: .utf16LE))
        var path = try bench.write(text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, "u16.csv")
        var outcome = try await bench.convert(path, spec)
        #expect(outcome.examples.map { "\($0.record) \($0.rule)" } == ["2 character"])

        var lines = "id,name,more\n"
        for number in 1...100_000 { lines += "\(number),some text\(number == 77_777 ? "\0" : ""),more\n" }
        spec.dialect.encoding = .utf8
        path = try bench.write(Array(lines.utf8), "large.csv")
        outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 99_999)
        #expect(outcome.examples.map { "\($0.record) \($0.column)" } == ["77777 name"])
    }

    @Test(arguments: [false, true])
    func textsThatAreTreated(trim: Bool) async throws {
        let bench = try Bench()
        var column = ColumnSpec.of(.text)
        column.trim = trim
        column.nulls = ["", "NULL"]
        let values = try await bench.values(of: [" \0 ", "\0", "a", "", "NULL"], column)
        #expect(values[0]?.hasSuffix("is U+0000, which a text column cannot hold") == true)
        #expect(values[1]?.hasPrefix("! character 1 is") == true)
        #expect(values[2...] == ["a", nil, nil])
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0x80], [0xC3], [0xE2, 0x82], [0xFE],
        ] as [[UInt8]])
    func bytesThatAreNoUTF8(bytes: [UInt8]) async throws {
        let bench = try Bench()
        for padding in ["", String(repeating: "x", count: 30)] {
            let path = try bench.write(
                Array("id,name,more\n1,\(padding)".utf8) + bytes + Array("\(padding),b\n2,c,d\n".utf8))
            let outcome = try await bench.convert(path, Bench.spec(columns))
            #expect(outcome.examples.map { "\($0.record) \($0.rule) \($0.column)" } == ["1 encoding name"])
            #expect(outcome.converted == 1)
        }
    }

    @Test(arguments: [false, true])
    func pointsInTimeThatAreNone(isLarge: Bool) async throws {
        let bench = try Bench()
        let dates = [
            "infinity", "-infinity", "epoch", "0000-01-01", "10000-01-01", "0001-01-01 (BC)", "5874898-01-01",
        ]
        for type in [ColumnType.date, .timestamp, .timestamptz] {
            for value in try await bench.values(of: dates, .of(type), isLarge: isLarge) {
                #expect(value?.hasPrefix("! ") == true, "\(type)")
            }
            for value in try await bench.values(
                of: ["0001-01-01", "9999-12-31"], .of(type), isLarge: isLarge)
            {
                #expect(value?.hasPrefix("! ") == false, "\(type)")
            }
        }
        let numbers = try await bench.values(
            of: ["infinity", "-inf", "NaN", "1e309", "-1e309"], .of(.double), isLarge: isLarge)
        #expect(numbers.allSatisfy { $0?.hasPrefix("! ") == true })
        let times = try await bench.values(of: ["24:00:00", "23:59:60"], .of(.time), isLarge: isLarge)
        #expect(times.allSatisfy { $0?.hasPrefix("! ") == true })
    }
}
