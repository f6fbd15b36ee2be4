import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

@Suite struct RuleTests {
    private let columns = [
        ColumnSpec.of(.integer, "id"), .of(.text, "code"), .of(.decimal(precision: 8, scale: 2), "amount"),
        .of(.date, "day"), .of(.hugeint, "big"),
    ]
    private let at = SourceLine(file: "pulih.yml", line: 9)

    private func rule(_ name: String, _ check: RowRule.Check, _ severity: Severity? = nil) -> RowRule {
        RowRule(name: name, check: check, severity: severity, at: at)
    }

    private func run(
        _ text: String, _ rules: [RowRule], severity: Severity = .fail
    ) async throws -> (outcome: RowCheckOutcome, bench: Bench, path: String, spec: FileSpec) {
        let bench = try Bench()
        let path = try bench.write(Array(("id,code,amount,day,big\n" + text).utf8))
        let spec = Bench.spec(columns, rules: rules)
        _ = try await bench.convert(path, spec)
        return (try await bench.check(path, spec, severity: severity), bench, path, spec)
    }

    private let rows = """
        1,AW1,5.00,2024-01-01,1
        2,AW2,-1.00,2024-01-02,2
        ,AW3,7.50,,3
        4,B,99.99,2024-01-05,4
        2,AW2,1.00,2024-01-09,5
        2,,3.00,2024-01-03,170141183460469231731687303715884105727

        """

    @Test func messagesNameKeysValuesAndRecords() async throws {
        let (outcome, _, _, _) = try await run(
            rows,
            [
                rule("unique(id)", .unique(["id"], keep: .none)),
                rule("not_null(id)", .notNull(["id"]), .warn),
                rule("accepted(code)", .accepted(column: "code", values: ["AW1", "AW2", "AW3"])),
                rule("range(amount)", .range(column: "amount", min: "0", max: "50.505")),
                rule("pattern(code)", .pattern(column: "code", expression: "AW[0-9]")),
                rule("range(day)", .range(column: "day", min: nil, max: "2024-01-31")),
                rule("unique(id, code)", .unique(["id", "code"], keep: .none)),
                rule("range(big)", .range(column: "big", min: nil, max: "9")),
            ])
        #expect(
            outcome.findings.map(\.message) == [
                "unique(id): id = 2 in records 2, 5, 6",
                "not_null(id): id is empty in record 3",
                "accepted(code): code is 'B', none of AW1, AW2, AW3 in record 4",
                "range(amount): amount is '-1.00', not between 0 and 50.505 in records 2, 4",
                "pattern(code): code is 'B', which does not match AW[0-9] in record 4",
                "unique(id, code): id = 2, code = AW2 in records 2, 5",
                "range(big): big is '170141183460469231731687303715884105727', above 9 in record 6",
            ])
        #expect(outcome.findings.map(\.records) == [3, 1, 1, 2, 1, 2, 1])
        #expect(outcome.findings.map(\.severity) == [.fail, .warn, .fail, .fail, .fail, .fail, .fail])
        #expect(
            outcome.findings[1].examples.map { "\($0.record) \($0.line) \($0.rawText)" } == [
                "3 4 ,AW3,7.50,,3"
            ])
        #expect(outcome.quarantined == 0)
        #expect(outcome.remaining == 6)
    }

    @Test func quarantineTakesAllRowsOfAKeyOrLeavesOne() async throws {
        for (keep, kept) in [
            (RowRule.Keep.none, ["1", "4"]), (.first, ["1", "2", "4"]),
            (.newest(column: "day"), ["1", "4", "5"]),
            (.newest(column: "code"), ["1", "4", "5"]),
        ] {
            let (outcome, bench, path, spec) = try await run(
                rows,
                [rule("unique(id)", .unique(["id"], keep: keep)), rule("not_null(id)", .notNull(["id"]))],
                severity: .quarantine)
            #expect(try await bench.loaded(path, spec).map { $0.last!! } == kept)
            #expect(outcome.remaining == kept.count)
            #expect(outcome.quarantined == 6 - kept.count)
            #expect(outcome.findings[0].message == "unique(id): id = 2 in records 2, 5, 6")
            let quarantined = try await bench.quarantined(path, spec)
            #expect(quarantined.first { $0.rule == "unique(id)" }?.reason == "id = 2 is in records 2, 5, 6")
            #expect(quarantined.first { $0.rule == "not_null(id)" }?.stage == .validateRow)
            #expect(Set(quarantined.map(\.record)).count == outcome.quarantined)
        }
    }

    @Test func ordinalsAreThoseOfTheRawFile() async throws {
        let (outcome, bench, path, spec) = try await run(
            "bad\n\nx,A,1,2024-01-01,1\n1,A,1,2024-01-01,1\n1,B,1,2024-01-01,1\n",
            [rule("unique(id)", .unique(["id"], keep: .first), .quarantine)])
        #expect(outcome.findings[0].message == "unique(id): id = 1 in records 3, 4")
        #expect(try await bench.loaded(path, spec).map { $0.last!! } == ["3"])
        #expect(
            try await bench.quarantined(path, spec).map { "\($0.record) \($0.line) \($0.rule)" } == [
                "1 2 structure", "2 4 type", "4 6 unique(id)",
            ])
    }

    @Test func manyKeysAndRecordsAreCountedNotListed() async throws {
        let text = (1...40).map { "\($0 % 4),A,1,2024-01-01,1\n" }.joined()
        let (outcome, _, _, _) = try await run(
            text,
            [
                rule("u", .unique(["id"], keep: .none)),
                rule("p", .pattern(column: "code", expression: "B"), .warn),
            ])
        #expect(
            outcome.findings[0].message == "u: id = 1 in records 1, 5, 9, 13, 17 and 5 more (and 3 more keys)"
        )
        #expect(
            outcome.findings[1].message
                == "p: code is 'A', which does not match B in records 1, 2, 3 (40 in all)")
        #expect(outcome.findings[1].examples.count == 5)
    }

    @Test func nothingFoundRemovesAnOldQuarantine() async throws {
        let bench = try Bench()
        let check = RowRule.Check.notNull(["id"])
        var path = try bench.write(Array("id,code,amount,day,big\n,A,1,,\n1,B,1,,\n".utf8))
        let spec = Bench.spec(columns, rules: [rule("n", check, .quarantine)])
        _ = try await bench.convert(path, spec)
        #expect(try await bench.check(path, spec).remaining == 1)
        path = try bench.write(Array("id,code,amount,day,big\n2,A,1,,\n1,B,1,,\n".utf8))
        _ = try await bench.convert(path, spec)
        let outcome = try await bench.check(path, spec)
        #expect(outcome == RowCheckOutcome(findings: [], quarantined: 0, remaining: 2))
        #expect(try FileIdentity.ifPresent(bench.file(path, spec).rowRejectedPath) == nil)
    }

    @Test func rowCounts() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,code,amount,day,big\n1,A,1,,\n".utf8))
        let check = RowRule.Check.rowCount(minPercent: 50, maxPercent: 200, min: 1, max: 1000)
        let spec = Bench.spec(columns, rules: [rule("row_count", check)])
        _ = try await bench.convert(path, spec)
        func message(_ records: Int, _ last: Int?) async throws -> String? {
            let outcome = try await bench.check(
                path, spec, severity: .quarantine, records: records, last: last)
            #expect(outcome.findings.allSatisfy { $0.severity == .fail && $0.records == 0 })
            return outcome.findings.first?.message
        }
        #expect(try await message(100, 100) == nil)
        #expect(try await message(100, nil) == nil)
        #expect(
            try await message(49, 100)
                == "row_count: 49 records, 49 % of the 100 of the last good batch; at least 50 % are expected"
        )
        #expect(
            try await message(1000, 300)
                == "row_count: 1000 records, 333.3 % of the 300 of the last good batch; at most 200 % are expected"
        )
        #expect(try await message(0, nil) == "row_count: 0 records, at least 1 are expected")
        #expect(try await message(1001, nil) == "row_count: 1001 records, at most 1000 are expected")
    }

    @Test func missingOptionalColumnsAreNull() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id\n1\n".utf8))
        let spec = Bench.spec(columns, rules: [rule("not_null(code)", .notNull(["code"]))])
        _ = try await bench.convert(path, spec)
        #expect(
            try await bench.check(path, spec).findings.map(\.message) == [
                "not_null(code): code is empty in record 1"
            ])
    }

    @Test func rulesThatMakeNoSenseAreConfigurationErrors() async throws {
        for (check, problem) in [
            (
                RowRule.Check.range(column: "id", min: "a", max: nil),
                "'a' is no value of id, which is integer"
            ),
            (
                .range(column: "amount", min: "1,5", max: nil),
                "'1,5' is no value of amount, which is decimal(8,2)"
            ),
            (
                .range(column: "day", min: "31/01/2024", max: nil),
                "'31/01/2024' is no value of day, which is date"
            ),
            (.accepted(column: "day", values: ["soon"]), "'soon' is no value of day, which is date"),
            (.notNull(["nope"]), "s.f has no column nope"),
        ] {
            let error = await #expect(throws: PulihError.self) { _ = try await run(rows, [rule("r", check)]) }
            #expect(error?.code == .configuration)
            #expect(error?.summary == "rule r (pulih.yml:9): \(problem)")
        }
        let error = await #expect(throws: PulihError.self) {
            _ = try await run(rows, [rule("r", .pattern(column: "code", expression: "A("))])
        }
        #expect(error?.code == .configuration)
        #expect(error?.summary.contains("'A(' is no RE2 expression") == true)
    }
}
