import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

@Suite struct CorrectionTests {
    private let spec = Bench.spec([.of(.integer, "id"), .of(.text, "name")])

    private func lines(_ corrections: [(Int, String)]) -> [UInt8] {
        Array(
            corrections.map {
                JSONValue.object([.init("record", .number($0.0)), .init("text", .string($0.1))]).compact
                    + "\n"
            }
            .joined().utf8)
    }

    @Test func correctedRecordsTakeTheirPlace() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n1,a\nx,b\n3\n\n4,\"d\"e\n5,f\n6,g\nEOF,\n".utf8))
        let spec = Bench.spec(
            spec.columns, skips: [SkipRule(reason: "end", column: "id", matches: "EOF|end")])
        #expect(try await bench.convert(path, spec).quarantined == 3)
        let corrections = try bench.write(
            lines([
                (2, "2,b"), (3, "3,\"line\nbreak\"\n"), (4, "y,z"), (5, "5,F"), (6, "end,x"), (1, "1,a\n7,h"),
            ]), "c.ndjson")
        let outcome = try await bench.convert(path, spec, corrections: corrections)
        #expect(
            try await bench.loaded(path, spec) == [
                ["2", "b", "2"], ["3", "line\nbreak", "3"], ["5", "F", "5"],
            ])
        #expect(outcome.corrected == 3)
        #expect(outcome.converted == 3)
        #expect(outcome.skipped == ["end": 2])
        #expect(outcome.quarantined == 2)
        #expect(
            outcome.examples.map { "\($0.record) \($0.line) \($0.byteOffset) \($0.reason) \($0.rawText)" }
                == [
                    "1 2 8 the corrected text is 2 lines, not one record: quote line breaks 1,a\n7,h",
                    "4 6 19 'y' is no integer y,z",
                ])
    }

    @Test func withoutStructuralRejectsToo() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n1,a\nx,b\n3,c\n".utf8))
        let corrections = try bench.write(lines([(2, "2,\"b\"")]), "c.ndjson")
        let outcome = try await bench.convert(path, spec, corrections: corrections)
        #expect(outcome.converted == 3)
        #expect(outcome.corrected == 1)
        #expect(outcome.quarantined == 0)
        #expect(try await bench.loaded(path, spec).map { $0[2] } == ["1", "2", "3"])
    }

    @Test func rowRulesSeeCorrectedRecordsAndShowTheirText() async throws {
        let bench = try Bench()
        let rule = RowRule(
            name: "r", check: .range(column: "id", min: nil, max: "5"), severity: .quarantine, at: spec.at)
        let spec = Bench.spec(spec.columns, rules: [rule])
        let path = try bench.write(Array("id,name\n1,a\nx,b\n".utf8))
        let corrections = try bench.write(lines([(2, "9,b")]), "c.ndjson")
        _ = try await bench.convert(path, spec, corrections: corrections)
        let outcome = try await bench.check(path, spec)
        #expect(outcome.quarantined == 1)
        #expect(outcome.remaining == 1)
        #expect(try await bench.quarantined(path, spec).map(\.rawText) == ["9,b"])
    }

    @Test func correctionsOfNoRecordAreRefused() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n1,a\n".utf8))
        let corrections = try bench.write(lines([(7, "2,b")]), "c.ndjson")
        let error = await #expect(throws: PulihError.self) {
            try await bench.convert(path, spec, corrections: corrections)
        }
        #expect(error?.summary == "record 7 was corrected, but f.csv has no such record")
        let broken = try bench.write(Array("{\"record\": 1}\n".utf8), "d.ndjson")
        let damaged = await #expect(throws: PulihError.self) {
            try await bench.convert(path, spec, corrections: broken)
        }
        #expect(damaged?.code == .damaged)
    }

    @Test func exportedFilesAreReadByName() async throws {
        let bench = try Bench()
        let text = "record,file,reason,raw_text\n3,a.csv,bad,\"1,\"\"x\"\"\"\n12,b.csv,,\"two\nlines\"\n"
        var path = try bench.write(Array(text.utf8), "export.csv")
        #expect(
            try await bench.engine.corrections(path: path) == [
                Correction(file: "a.csv", record: 3, text: "1,\"x\""),
                Correction(file: "b.csv", record: 12, text: "two\nlines"),
            ])
        for (text, problem) in [
            ("file,record\na,1\n", "1: the column raw_text is missing"),
            ("file,record,raw_text\na,1,x\nb,y,z\n", "3: 'y' is no number of a record"),
            ("file,record,raw_text\na,1\n", "2: it has only 2 fields"), ("", "1: the file is empty"),
        ] {
            path = try bench.write(Array(text.utf8), "export.csv")
            let error = await #expect(throws: PulihError.self) {
                try await bench.engine.corrections(path: path)
            }
            #expect(error?.summary == "\(path):\(problem)")
        }
    }
}
