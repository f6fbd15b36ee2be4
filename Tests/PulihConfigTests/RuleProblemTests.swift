import PulihConfig
import PulihModel
import Testing

@Suite struct RuleProblemTests {
    static let kinds = "rules are not_null, unique, accepted, range, pattern, row_count"
    static let rules = [
        Case("not_null: idd", "unknown column 'idd' in rule not_null (did you mean 'id'?)"),
        Case("not_null: Born", "unknown column 'Born' in rule not_null (its name in bronze is 'birth date')"),
        Case("not_null: []", "'not_null' is an empty list"),
        Case("unique: [id, id]", "column 'id' stands twice in rule unique"),
        Case("uniqe: id", "unknown rule 'uniqe' (did you mean 'unique'?)"),
        Case("{not_null: id, name: [a]}", "'name' must be a text, not a list"),
        Case("never: id", "unknown rule 'never' (\(kinds))"),
        Case("severity: warn", "the rule says not what it checks (\(kinds))"),
        Case("not_null", "a rule must be a mapping, not 'not_null' (such as - not_null: column)"),
        Case(
            "{not_null: id, unique: id}",
            "'unique' stands in one rule with 'not_null' (each is an entry of its own, with its own -)"),
        Case(
            "{not_null: id, values: [1]}",
            "unknown key 'values' (keys of rule not_null are not_null, name, severity)"),
        Case(
            "{not_null: id, severity: warning}",
            "'severity' must be fail, quarantine or warn, not 'warning' (did you mean 'warn'?)"),
        Case("{unique: id, keep: last}", "'keep' must be none, first or {newest: column}, not 'last'"),
        Case(
            "{unique: id, keep: {newest: nme}}", "unknown column 'nme' in keep (did you mean 'name'?)"),
        Case(
            "{unique: id, keep: first, severity: fail}",
            "'keep' works with severity quarantine, not with fail"),
        Case("{accepted: name}", "rule accepted has no 'values'"),
        Case("{accepted: name, values: []}", "'values' is an empty list"),
        Case("{accepted: [name, id], values: [a]}", "'accepted' takes one column"),
        Case("{range: id}", "range has neither 'min' nor 'max'"),
        Case("{range: id, min: 5, max: 4}", "'min' is greater than 'max'"),
        Case("{range: id, min: five}", "'min' of column id must be a integer, not 'five'"),
        Case(
            "{range: birth date, max: 31.12.2020}",
            "'max' of column birth date must be a date, not '31.12.2020'"),
        Case("{range: birth date, min: 2020-01-02, max: 2020-01-01}", "'min' is greater than 'max'"),
        Case("{range: name, min: a}", "range is for numbers, dates and times, and column name is text"),
        Case("{pattern: name}", "rule pattern has no 'matches'"),
        Case("{pattern: name, matches: 'a)'}", "the expression 'a)' has a ')' without its '('"),
        Case("{pattern: name, matches: '[a'}", "the expression '[a' has a '[' that is not closed"),
        Case("{pattern: name, matches: 'a\\'}", "the expression 'a\\' ends in a single \\"),
        Case(
            "{pattern: name, matches: '(?=a)b'}",
            "the expression '(?=a)b' looks ahead or behind, which RE2 cannot"),
        Case(
            "{pattern: name, matches: '(a)\\1'}",
            "the expression '(a)\\1' has the back-reference \\1, which RE2 lacks"),
        Case("row_count: {}", "row_count has no bound"),
        Case("row_count:", "row_count has no bound"),
        Case("row_count: {min_percent: 120, max_percent: 80}", "'min_percent' is greater than 'max_percent'"),
        Case("row_count: {min: 2, max: 1}", "'min' is greater than 'max'"),
        Case("row_count: {min: 0.5}", "'min' must be a whole number of 0 or more, not '0.5'"),
        Case("row_count: {max_percent: lots}", "'max_percent' must be a number of 0 or more, not 'lots'"),
        Case(
            "{row_count: {min: 1}, severity: quarantine}",
            "'row_count' is about no record and cannot quarantine one"),
    ]

    @Test(arguments: rules) func ruleProblem(_ example: Case) throws {
        let yaml = Workspace.yaml(
            file: "rules:\n  - \(example.text)",
            columns: "id: integer\nname: text\nBorn: {type: date, name: birth date}")
        #expect(try Workspace(yaml: yaml).problems() == ["pulih.yml:12: \(example.problem)"])
    }

    @Test func rulesOfOneNameAreToldApart() throws {
        let yaml = Workspace.yaml(file: "rules:\n  - unique: id\n  - {unique: id, severity: warn}")
        #expect(
            try Workspace(yaml: yaml).problems() == [
                "pulih.yml:13: a rule named 'unique(id)' stands in line 12 already (give one of them a 'name')"
            ])
    }

    @Test(arguments: [
        "[]()]", "[^]]", #"\(\["#, "[[:digit:]]{2}", #"\Q((\E"#, "(?P<n>a)|(?:b)", #"[\]\\]"#, "a{2,}?", "",
    ])
    func goodExpressionsPass(_ expression: String) throws {
        let yaml = Workspace.yaml(file: "rules:\n  - {pattern: name, matches: '\(expression)'}")
        #expect(try Workspace(yaml: yaml).problems() == [])
    }

    @Test func aRowCountIsNeverQuarantine() throws {
        let yaml = Workspace.yaml(file: "rules:\n  - row_count: {min: 1}\n  - unique: id")
        let file = try #require(try Workspace(yaml: yaml).load().sources.first?.files.first)
        #expect(file.rules.map { $0.severity(default: .quarantine) } == [.fail, .quarantine])
        #expect(file.rules.map { $0.severity(default: .warn) } == [.warn, .warn])
    }
}
