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
}
