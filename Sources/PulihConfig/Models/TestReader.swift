import PulihModel
import PulihYAML

/// Reads `tests:` of a model.
struct TestReader {
    private static let kinds: KeyValuePairs = [
        "not_null": [], "unique": [], "accepted": ["values"], "relationship": ["to", "field"], "row_count": [],
        "sql": [],
    ]

    let source: YAMLSource

    /// Each with the other table that it names.
    func read(_ nodes: [YAMLNode]) -> [(test: ModelTest, other: PlacedReference?)] {
        var queries = 0
        let tests = nodes.compactMap { test($0, &queries) }
        source.checkUnique(tests.map { ($0.test.name, $0.test.at) }, "test")
        return tests
    }

    /// - Parameter queries: tests of kind `sql` so far, to number them.
    private func test(_ node: YAMLNode, _ queries: inout Int) -> (test: ModelTest, other: PlacedReference?)? {
        guard let item = CheckItem(node, "test", kinds: Self.kinds, in: source) else { return nil }
        var name = item.name()
        var other: PlacedReference?
        let check: ModelTest.Check
        switch item.kind {
        case "row_count": check = rowCount(item)
        case "sql":
            queries += 1
            if !item.section.has("name") { name = "sql(\(queries))" }
            check = .sql(query(item))
        case "not_null", "unique":
            let columns = item.section.requiredTexts(item.kind)
            name = item.name(columns)
            check = item.kind == "unique" ? .unique(columns.map(\.text)) : .notNull(columns.map(\.text))
        default:
            let columns = item.column()
            let column = columns.first?.text ?? ""
            name = item.name(columns)
            if item.kind == "accepted" {
                check = .accepted(column: column, values: item.acceptedValues())
            } else {
                (check, other) = relationship(item, column)
            }
        }
        let severity = item.section.word("severity", of: [Severity.fail, .warn]) ?? .fail
        return (ModelTest(name: name, check: check, severity: severity, at: source.at(node)), other)
    }

    private func relationship(_ item: CheckItem, _ column: String) -> (ModelTest.Check, PlacedReference?) {
        let section = item.section
        if !section.has("to") { section.reportMissing("to", hint: "the other table, such as gold.dim_customers") }
        let field = section.requiredText("field", hint: "the other table's column") ?? ""
        var other = section["to"].flatMap { source.table($0) }
        other?.field = field
        return (.relationship(column: column, to: other?.table ?? LayerTable(.gold, ""), field: field), other)
    }

    private func query(_ item: CheckItem) -> String {
        let statements = SQLStatement.split(item.section.requiredText("sql") ?? "")
        if statements.count != 1 {
            item.section.report("sql", "the test must be one SELECT, which returns the rows that should not be")
        }
        return statements.first?.text ?? ""
    }

    private func rowCount(_ item: CheckItem) -> ModelTest.Check {
        guard let node = item.section["row_count"],
            let section = Section(node, "row_count", keys: ["min", "max"], in: source)
        else {
            if item.section["row_count"] == nil { item.section.report("row_count", "row_count has no bound") }
            return .rowCount(min: nil, max: nil)
        }
        let bounds = ["min", "max"].map { section.int($0, in: 0...Int.max) }
        if !section.has("min"), !section.has("max") { section.report("min", "row_count has no bound") }
        section.checkBounds(bounds[0], bounds[1])
        return .rowCount(min: bounds[0], max: bounds[1])
    }
}
