import Foundation
import PulihModel
import Testing

@testable import PulihEngine

/// What `make fuzz` has found.
@Suite struct FuzzFindingTests {
    private func finding(_ name: String) throws -> [UInt8] {
        let tests = try #require(#filePath.range(of: "/Tests/", options: .backwards))
        return Array(
            try Data(
                contentsOf: URL(fileURLWithPath: #filePath[..<tests.upperBound] + "Fuzz/landing/\(name)")))
    }

    /// UTF-16 from whose middle a byte is missing: one record of text and surrogates without their other half. DuckDB gave up
    /// the whole file while it wrote down that the record is none.
    @Test func aRecordThatCannotEvenBeWrittenDownGoesToQuarantine() async throws {
        let bench = try Bench()
        let path = try bench.write(try finding("undecodable.csv"))
        let spec = Bench.spec(
            [.of(.text, "k"), .of(.double, "v"), .of(.boolean, "b")],
            CSVDialect(delimiter: "||", encoding: .utf16))
        let survey = try await bench.engine.survey(path: path, format: spec.format)
        let outcome = try await bench.convert(path, spec)
        #expect(survey.records == 12)
        #expect(outcome.converted + outcome.quarantined == 12)
        let last = try #require(try await bench.quarantined(path, spec).last)
        #expect(last.record == 12)
        #expect(last.rule == "encoding")
        #expect(last.reason == "there are bytes that mean nothing in utf-16")
    }

    @Test func bytesWithoutMeaningBehindAColumnThatNobodyWants() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("extra,name\n1,".utf8) + [0xff] + Array("\n2,Ann\n".utf8))
        let spec = Bench.spec([.of(.text, "name")])
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 1 && outcome.quarantined == 1)
        let record = try #require(try await bench.quarantined(path, spec).first)
        #expect(record.column == "name" && record.rule == "encoding")
    }

    /// A damaged header of three fields above records of four: DuckDB failed inside, and all its database with it.
    @Test func recordsWithMoreFieldsThanTheHeaderDoNotBreakTheReader() async throws {
        let bench = try Bench()
        let path = try bench.write(try finding("duckdb-internal-error.csv"))
        let spec = Bench.spec(
            [
                .of(.bigint, "id"), .of(.decimal(precision: 12, scale: 2), "amount"), .of(.date, "day"),
                .of(.text, "note"),
            ])
        let survey = try await bench.engine.survey(path: path, format: spec.format)
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted + outcome.quarantined == survey.records)
        // The engine is as it was.
        let good = try bench.write(Array("id,amount,day,note\n1,2.50,2026-03-01,x\n".utf8), "good.csv")
        #expect(try await bench.convert(good, spec).converted == 1)
    }
}
