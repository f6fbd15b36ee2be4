import Foundation
import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

private let twoColumns = [ColumnSpec.of(.integer, "id"), ColumnSpec.of(.text, "name")]

@Suite struct ConvertTests {
    /// One line per loaded record: `ordinal:id,name`.
    private func shown(_ rows: [[String?]]) -> [String] {
        rows.map { "\($0.last!!):" + $0.dropLast().map { $0 ?? "NULL" }.joined(separator: ",") }
    }

    @Test func ordinalsAndPlacesSurviveRejectsBlankLinesAndLineBreaks() async throws {
        let bench = try Bench()
        let text = "id,name\n1,a\n\n2,\"b\nb\"\nx,c\n3\n4,d,e\n5,\"f\"g\n6,h\n"
        let path = try bench.write(Array(text.utf8))
        let spec = Bench.spec(twoColumns)
        let survey = try await bench.engine.survey(path: path, format: spec.format)
        #expect(survey.records == 7)
        #expect(survey.blankLines == 1)
        #expect(survey.header == ["id", "name"])
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 3)
        #expect(outcome.quarantined == 4)
        #expect(outcome.received == ["id", "name"])
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a", "2:2,b\nb", "7:6,h"])
        let found = try await bench.quarantined(path, spec)
        #expect(
            found.map {
                "\($0.record) \($0.line) \($0.byteOffset) \($0.column) \($0.value ?? "-") \($0.rule) \($0.reason)"
            } == [
                "3 6 21 id x type 'x' is no integer",
                "4 7 25  - structure the record has 1, not 2 fields",
                "5 8 27  - structure the record has 3, not 2 fields",
                "6 9 33  - structure there is text between a closing quote and the next delimiter",
            ])
        #expect(found.map(\.rawText) == ["x,c", "3", "4,d,e", "5,\"f\"g"])
        #expect(outcome.examples == found)
        #expect(try listFolder(bench.folder + "/work").isEmpty)
    }

    @Test func aRecordStandsOncePerReason() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("a,b\nx,y\n1,2\n".utf8))
        let spec = Bench.spec([.of(.integer, "a"), .of(.date, "b")])
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.quarantined == 2)
        #expect(
            try await bench.quarantined(path, spec).map { "\($0.record)\($0.column)" } == ["1a", "1b", "2b"])
    }

    @Test func aFileCutInsideQuotesLosesItsLastRecordOnly() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n1,a\n2,\"b\n3,c".utf8))
        let spec = Bench.spec(twoColumns)
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 1)
        #expect(outcome.quarantined == 1)
        #expect(
            outcome.examples[0].reason == """
                the file ends inside quotes that begin at line 3: 2 lines are in this record; \
                a quote is missing or the file is cut
                """)
        #expect(outcome.examples[0].rawText == "2,\"b\n3,c")
    }

    @Test func aStrayQuoteNamesTheLinesThatItTakes() async throws {
        let bench = try Bench()
        let lines = (1...6000).map { $0 == 1001 ? "1001,\"b" : "\($0),a" }
        let spec = Bench.spec(twoColumns)
        let path = try bench.write(Array(("id,name\n" + lines.joined(separator: "\n") + "\n").utf8))
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 1000)
        #expect(
            outcome.examples[0].reason == """
                the file ends inside quotes that begin at line 1002: 5,000 lines are in this record; \
                a quote is missing or the file is cut
                """)
        // The record begins before the quote that is not closed.
        let other = try bench.write(Array("id,name\n\"1\n\n\",\"a".utf8), "other.csv")
        #expect(
            try await bench.convert(other, spec).examples[0].reason.contains(
                "begin at line 4: 3 lines are in this record"))
    }

    @Test(arguments: [
        (ColumnType.text, 150, 64), (.text, 400, 128), (.integer, 600, 128), (.integer, 800, 192),
    ])
    func wideFilesFitIntoLittleMemory(type: ColumnType, count: Int, megabytes: Int) async throws {
        let bench = try Bench(memoryLimitBytes: megabytes << 20)
        let names = (0..<count).map { "c\($0)" }
        let lines = (0..<300).map { row in
            names.indices.map { type == .text ? "v\(row % 50)" : String(row * $0) }.joined(separator: ",")
        }
        let path = try bench.write(
            Array(([names.joined(separator: ",")] + lines).joined(separator: "\n").utf8))
        let spec = Bench.spec(names.map { .of(type, $0) })
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 300)
        #expect(try await bench.check(path, spec).remaining == 300)
    }

    @Test func manyWideRecordsFitIntoLittleMemory() async throws {
        let bench = try Bench(memoryLimitBytes: 128 << 20)
        let names = (0..<150).map { "c\($0)" }
        let lines = (0..<50).map { row in names.map { _ in "v\(row)" }.joined(separator: ",") + "\n" }
        let text =
            names.joined(separator: ",") + "\n" + String(repeating: lines.joined(), count: 1200)
        let path = try bench.write(Array(text.utf8))
        let outcome = try await bench.convert(path, Bench.spec(names.map { .of(.text, $0) }))
        #expect(outcome.converted == 60_000)
    }

    @Test func narrowFilesKeepTheFastestOptions() {
        #expect(ParquetWidth(texts: 16).options == [])
        #expect(ParquetWidth(texts: 8, others: 32).options == [])
        #expect(
            ParquetWidth(texts: 160).options == [
                "STRING_DICTIONARY_PAGE_SIZE_LIMIT 104857", "ROW_GROUP_SIZE 12288",
            ])
        #expect(ParquetWidth(texts: 0, others: 640).options == ["ROW_GROUP_SIZE 12288"])
        #expect(
            ParquetWidth(texts: 5000).options == [
                "STRING_DICTIONARY_PAGE_SIZE_LIMIT 16384", "ROW_GROUP_SIZE 2048",
            ])
    }

    @Test func tooLittleMemoryIsNamed() async throws {
        let bench = try Bench(memoryLimitBytes: 64 << 20)
        let names = (0..<3000).map { "c\($0)" }
        let path = try bench.write(
            Array((names.joined(separator: ",") + "\n" + names.joined(separator: ",") + "\n").utf8))
        let failure = await #expect(throws: PulihError.self) {
            try await bench.convert(path, Bench.spec(names.map { .of(.text, $0) }))
        }
        #expect(failure?.code == .storage)
        #expect(failure?.summary.contains("within the memory limit") == true)
        #expect(failure?.hint == "raise memory_limit in pulih.yml")
    }

    @Test func damagedParquetSendsBackToConvert() async throws {
        let bench = try Bench()
        let spec = Bench.spec(twoColumns)
        let path = try bench.write(Array("id,name\n1,a\n".utf8))
        _ = try await bench.convert(path, spec)
        let parquet = bench.file(path, spec).parquetPath
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: parquet)))
        for bytes in [[], Array(whole.dropLast(20)), Array(whole.prefix(6))] as [[UInt8]] {
            try DurableFile.write(bytes, to: parquet)
            for work in [
                { _ = try await bench.check(path, spec) }, { _ = try await bench.loaded(path, spec) },
            ]
                as [() async throws -> Void]
            {
                let failure = await #expect(throws: PulihError.self) { try await work() }
                #expect(failure?.code == .damaged)
                #expect(failure?.hint == "run the convert stage again: --from convert")
            }
        }
    }

    @Test func headersAreMatchedByNameThenRegardlessOfCase() async throws {
        let bench = try Bench()
        let spec = Bench.spec(twoColumns + [.of(.date, "later")])
        let path = try bench.write(Array("\u{FEFF}more, NAME ,id\nz,a,1\n".utf8))
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.received == ["more", " NAME ", "id"])
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a,NULL"])
    }

    @Test func nothingThatIsConfiguredWasReceived() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("p,q\n1,2\n3\n".utf8))
        let spec = Bench.spec(twoColumns)
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.received == ["p", "q"])
        #expect(outcome.converted == 1)
        #expect(outcome.quarantined == 1)
        #expect(try await shown(bench.loaded(path, spec)) == ["1:NULL,NULL"])
    }

    @Test(arguments: ["", "id,name", "id,name\n", "\u{FEFF}", "\n\n", "\u{FEFF}\n", "\r\n\r\n"])
    func filesWithoutRecords(text: String) async throws {
        let bench = try Bench()
        let path = try bench.write(Array(text.utf8))
        let spec = Bench.spec(twoColumns)
        let survey = try await bench.engine.survey(path: path, format: spec.format)
        #expect(survey.records == 0)
        #expect(survey.isEmpty == (text == "" || text == "\u{FEFF}"))
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 0)
        #expect(try await bench.loaded(path, spec).isEmpty)
        #expect(try await bench.check(path, spec).remaining == 0)
    }

    @Test func filesWithoutHeaderGoByPosition() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("1;'a;b'\n2;''''\nbad\n".utf8))
        let spec = Bench.spec(
            twoColumns, CSVDialect(delimiter: ";", quote: "'", escape: "'", hasHeader: false))
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.received == ["id", "name"])
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a;b", "2:2,'"])
        #expect(outcome.quarantined == 1)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func everyLineEnd(end: String) async throws {
        let bench = try Bench()
        let lines = ["id,name", "1,a", "", "2,\"x\r\ny\nz\rw\"", "q,b", "3,c"]
        let path = try bench.write(Array(lines.joined(separator: end).utf8))
        let spec = Bench.spec(twoColumns)
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.quarantined == 1)
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a", "2:2,x\r\ny\nz\rw", "4:3,c"])
    }

    @Test func mixedLineEndsAndLinesBeforeTheHeader() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("Report \"x\n\r\nid,name\r\n1,a\n2,b\r3,c\r\n4\n".utf8))
        let spec = Bench.spec(twoColumns, CSVDialect(skipLines: 2))
        let outcome = try await bench.convert(path, spec)
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a", "2:2,b", "3:3,c"])
        #expect(
            outcome.examples.map { "\($0.record) \($0.line) \($0.byteOffset) \($0.rawText)" } == ["4 7 34 4"])
    }

    @Test func longDelimitersEscapesAndNoQuotes() async throws {
        let bench = try Bench()
        var path = try bench.write(Array("id||name\n1||a|b\n2||\"x\\\"||\\\\\"\n".utf8), "a.csv")
        var spec = Bench.spec(twoColumns, CSVDialect(delimiter: "||", escape: "\\"))
        _ = try await bench.convert(path, spec)
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a|b", "2:2,x\"||\\"])
        path = try bench.write(Array("id\tname\n1\t\"a\n2\tb\"\n".utf8), "b.csv")
        spec = Bench.spec(twoColumns, CSVDialect(delimiter: "\t", quote: nil, escape: nil))
        _ = try await bench.convert(path, spec)
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,\"a", "2:2,b\""])
    }

    @Test func awkwardFileNames() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n1,a\nx,b\n".utf8), "it's a[1]*?{}.csv")
        let spec = Bench.spec(twoColumns)
        _ = try bench.write(Array("id,name\n9,z\n".utf8), "it's a[1]xy{}.csv")
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 1)
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a"])
    }

    @Test func skippedRecordsAreCountedByReasonEvenIfTheyCannotBeSplit() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n1,a\n#,note\nbad\nEOF\n2,b\n".utf8))
        let spec = Bench.spec(
            twoColumns,
            skips: [
                SkipRule(reason: "trailer", column: "id", matches: "EOF"),
                SkipRule(reason: "note", column: "id", matches: "#"),
            ])
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.skipped == ["trailer": 1, "note": 1])
        #expect(outcome.converted == 2)
        #expect(outcome.quarantined == 1)
        #expect(try await shown(bench.loaded(path, spec)) == ["1:1,a", "5:2,b"])
    }

    @Test func manyRejectsKeepTheirOrdinals() async throws {
        let bench = try Bench()
        var lines = ["id,name"]
        for number in 1...5000 {
            lines.append(number % 3 == 0 ? "\(number)" : number % 7 == 0 ? "x\(number),y" : "\(number),n")
        }
        let path = try bench.write(Array(lines.joined(separator: "\n").utf8))
        let spec = Bench.spec(twoColumns)
        let outcome = try await bench.convert(path, spec)
        let rows = try await bench.loaded(path, spec)
        #expect(rows.allSatisfy { $0[0] == $0[2] })
        #expect(rows.count == outcome.converted)
        let quarantined = try await bench.quarantined(path, spec)
        #expect(
            quarantined.allSatisfy {
                $0.rawText.hasPrefix("\($0.record)") || $0.rawText.hasPrefix("x\($0.record)")
            })
        #expect(outcome.quarantined == 5000 / 3 + 5000 / 7 - 5000 / 21)
        #expect(outcome.converted + outcome.quarantined == 5000)
    }

    @Test func convertingAgainReplacesAndCleansUp() async throws {
        let bench = try Bench()
        let spec = Bench.spec(twoColumns)
        var path = try bench.write(Array("id,name\nx,a\n".utf8))
        _ = try await bench.convert(path, spec)
        #expect(try FileIdentity.ifPresent(bench.file(path, spec).convertRejectedPath) != nil)
        path = try bench.write(Array("id,name\n7,a\n".utf8))
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.quarantined == 0)
        #expect(try FileIdentity.ifPresent(bench.file(path, spec).convertRejectedPath) == nil)
        #expect(try await bench.loaded(path, spec) == [["7", "a", "1"]])
    }

    @Test func longRecords() async throws {
        let bench = try Bench()
        let long = String(repeating: "y", count: 5_000_000)
        let path = try bench.write(Array("id,name\n2,\(long)\nx,\(long)\n3,c\n4,\(long)\0\n".utf8))
        let spec = Bench.spec(twoColumns)
        let outcome = try await bench.convert(path, spec)
        let rows = try await bench.loaded(path, spec)
        #expect(rows.map { $0[1]!.utf8.count } == [5_000_000, 1])
        #expect(outcome.examples[0].rawText.hasSuffix("… (cut: the record has 5000002 bytes)"))
        // What is wrong lies beyond the part that is kept.
        #expect(
            outcome.examples[1].reason == "a value is not of its column's type, or is a text with U+0000")
    }

    @Test func rawRecordsByOrdinal() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n1,a\n\n2,\"b\nc\"\n3,d".utf8))
        let records = try await bench.engine.rawRecords(
            path: path, format: RecordFormat(), ordinals: [3, 1, 9, 0, 2])
        #expect(
            records == [
                RawRecord(record: 1, line: 2, byteOffset: 8, text: "1,a"),
                RawRecord(record: 2, line: 4, byteOffset: 13, text: "2,\"b\nc\""),
                RawRecord(record: 3, line: 6, byteOffset: 21, text: "3,d"),
            ])
    }
}
