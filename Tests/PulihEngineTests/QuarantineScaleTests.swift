import Foundation
import PulihModel
import Testing

@testable import PulihEngine

/// Many records that cannot be taken: every count exact, a bounded part of them kept.
@Suite struct QuarantineScaleTests {
    private let columns = [ColumnSpec.of(.integer, "id"), ColumnSpec.of(.text, "name")]

    private func spec(keep: Int, rules: [RowRule] = []) -> FileSpec {
        var spec = Bench.spec(columns, rules: rules)
        spec.limits.keep = keep
        return spec
    }

    @Test func keepsAllOfFew() {
        var sample = QuarantineSample(keep: 10, of: 10)
        #expect((1...12).filter { _ in sample.takesNext() } == Array(1...12))
    }

    @Test(arguments: [(1, 2), (1, 100), (2, 100), (10, 11), (10, 1_000), (99, 100), (7, 1_001)])
    func keepsTheFirstAndAnEvenSampleOfMany(keep: Int, total: Int) {
        var sample = QuarantineSample(keep: keep, of: total)
        let kept = (1...total).filter { _ in sample.takesNext() }
        let first = (keep + 1) / 2
        #expect(kept.count <= keep)
        #expect(Array(kept.prefix(first)) == Array(1...first))
        let others = Array(kept.dropFirst(first))
        #expect(Set(zip(others, others.dropFirst()).map { $1 - $0 }).count <= 1)
        // What is left out at the end is shorter than a step.
        if let last = others.last, others.count > 1 { #expect(total - last < others[1] - others[0]) }
    }

    /// Bad types, wrong numbers of fields and damaged quotes, mixed.
    @Test(arguments: [1, 7, 100, 5_000])
    func countsOfConvertAreExactWhateverIsKept(keep: Int) async throws {
        let bench = try Bench()
        let lines = (1...3_000).map { number in
            switch number % 10 {
            case 1, 2, 3, 4: "x\(number),a"
            case 5: "\(number)"
            case 6: "\(number),\"a\"b"
            default: "\(number),a"
            }
        }
        let path = try bench.write(Array(("id,name\n" + lines.joined(separator: "\n") + "\n").utf8))
        let spec = spec(keep: keep)
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 1_200)
        #expect(outcome.quarantined == 1_800)
        let all = (1...3_000).filter { (1...6).contains($0 % 10) }
        let found = try await bench.quarantined(path, spec)
        let kept = Set(found.map(\.record))
        #expect(outcome.kept == kept.count)
        #expect(kept.count <= min(keep, 1_800))
        #expect(kept.count * 2 >= min(keep, 1_800))
        #expect(kept.isSubset(of: Set(all)))
        #expect(kept.contains(all[0]))
        #expect(found.allSatisfy { !$0.rawText.isEmpty && !$0.reason.isEmpty })
        let counts = try await bench.engine.quarantineCounts(paths: [
            bench.file(path, spec).convertRejectedPath, "/absent.parquet",
        ])
        #expect(counts == QuarantineCounts(records: 1_800, kept: kept.count))
        #expect(outcome.examples.first?.record == all[0])
        // What is loaded does not depend on what is kept.
        let ordinals = try await bench.loaded(path, spec).map { Int($0.last!!)! }
        #expect(ordinals == (1...3_000).filter { [7, 8, 9, 0].contains($0 % 10) })
    }

    @Test(arguments: [1, 40, 5_000])
    func recordsOfARuleAreLeftOutWhetherKeptOrNot(keep: Int) async throws {
        let bench = try Bench()
        let lines = (1...1_000).map { "\($0 % 4 == 0 ? "" : "\($0)"),\($0 % 6 == 0 ? "" : "a")" }
        let path = try bench.write(Array(("id,name\n" + lines.joined(separator: "\n") + "\n").utf8))
        let at = SourceLine(file: "pulih.yml", line: 1)
        let rules = [
            RowRule(name: "id", check: .notNull(["id"]), severity: .quarantine, at: at),
            RowRule(name: "name", check: .notNull(["name"]), severity: .quarantine, at: at),
        ]
        let spec = spec(keep: keep, rules: rules)
        _ = try await bench.convert(path, spec)
        let outcome = try await bench.check(path, spec, records: 1_000)
        let bad = (1...1_000).filter { $0 % 4 == 0 || $0 % 6 == 0 }
        #expect(outcome.quarantined == bad.count)
        #expect(outcome.remaining == 1_000 - bad.count)
        #expect(outcome.kept <= min(keep, bad.count))
        #expect(outcome.findings.map(\.records) == [250, 166])
        #expect(outcome.findings.allSatisfy { $0.examples.count == 5 })
        let ordinals = try await bench.loaded(path, spec).map { Int($0.last!!)! }
        #expect(ordinals == (1...1_000).filter { !bad.contains($0) })
        let counts = try await bench.engine.quarantineCounts(paths: [bench.file(path, spec).rowRejectedPath])
        #expect(counts == QuarantineCounts(records: bad.count, kept: outcome.kept))
    }

    /// Many records with another number of fields are left out of what DuckDB reads, which would keep each in memory.
    @Test func veryManyWithOtherFieldsAreCountedAsFewAre() async throws {
        let bench = try Bench()
        let long = String(repeating: "x", count: 70_000)
        func line(_ number: Int) -> String {
            switch number % 10 {
            case 1, 2, 3: "\(number)"
            case 4: "\(number),a,b"
            case 5: "\(number),a,"
            case 6: number == 50_006 ? "\(number),\(long),b" : "\(number),\"a,\nb\""
            case 7: "x\(number),a"
            default: "\(number),a"
            }
        }
        func convert(_ count: Int, _ name: String) async throws -> (ConvertOutcome, [QuarantineRecord]) {
            let text = "id,name\n" + (1...count).map { line($0) + "\n" }.joined()
            let path = try bench.write(Array(text.utf8), name)
            let spec = spec(keep: 50)
            let outcome = try await bench.convert(path, spec)
            return (outcome, try await bench.quarantined(path, spec))
        }
        let (many, found) = try await convert(100_000, "many.csv")
        #expect(many.converted == 49_999)
        #expect(many.quarantined == 50_001)
        let (few, known) = try await convert(1_000, "few.csv")
        #expect(few.quarantined == 500)
        #expect(found.prefix(25) == known.prefix(25))
        #expect(Set(found.map(\.reason)).isSuperset(of: ["the record has 1, not 2 fields"]))
    }

    // MARK: types

    @Test func aChangedTypeIsNamedWithExamples() async throws {
        let bench = try Bench()
        let lines = (1...40).map { "\($0),\($0 <= 10 ? "2026-01-02" : "31/12/2026"),1.5" }
        let path = try bench.write(Array(("id,day,price\n" + lines.joined(separator: "\n") + "\n").utf8))
        let spec = Bench.spec([
            .of(.integer, "id"), .of(.date, "day"), .of(.decimal(precision: 9, scale: 2), "price"),
        ])
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.drifts.count == 1)
        #expect(
            outcome.drifts.first?.told(of: 40) == """
                column day is date, but 30 of 40 values are now dates as 31/12/2024: '31/12/2026' (line 12), \
                '31/12/2026' (line 13), '31/12/2026' (line 14)
                """)
        #expect(outcome.drifts.first?.proposal == "{type: date, format: \"%d/%m/%Y\"}")
    }

    @Test(arguments: [
        ("12,50", "numbers with a decimal comma"), ("1.234,5", "numbers with a decimal comma"),
        ("1,234.5", "numbers with commas between thousands"), ("20261231", "dates as 20241231"),
        ("00123", "digits with leading zeros, or too many for a number"), ("north", "texts"),
        ("1.5", "numbers with a decimal point"), ("2026-11-20 10:00:00", "timestamps"),
    ])
    func whatValuesLookLikeIsSaid(value: String, words: String) async throws {
        let bench = try Bench()
        let lines = (1...10).map { _ in "\"\(value)\",a" }
        let path = try bench.write(Array(("id,name\n" + lines.joined(separator: "\n") + "\n").utf8))
        var spec = Bench.spec([.of(.boolean, "id"), .of(.text, "name")])
        spec.limits.keep = 6
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.drifts.map(\.now) == [words])
        // Six are kept; they tell of all ten.
        #expect(outcome.drifts.map(\.records) == [10])
    }

    @Test func fewBadValuesAreNoChangeOfType() async throws {
        let bench = try Bench()
        let lines = (1...100).map { $0 % 10 == 0 ? "sixty,a" : "\($0),a" }
        let path = try bench.write(Array(("id,name\n" + lines.joined(separator: "\n") + "\n").utf8))
        #expect(try await bench.convert(path, spec(keep: 100)).drifts.isEmpty)
    }
}
