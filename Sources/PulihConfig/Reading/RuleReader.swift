import PulihModel
import PulihYAML

/// Reads `rules:` of a file.
struct RuleReader {
    private static let kinds: KeyValuePairs = [
        "not_null": [], "unique": ["keep"], "accepted": ["values"], "range": ["min", "max"], "pattern": ["matches"],
        "row_count": [],
    ]

    let source: YAMLSource
    let columns: ColumnNames

    func read(_ nodes: [YAMLNode]) -> [RowRule] {
        let rules = nodes.compactMap(rule)
        source.checkUnique(rules.map { ($0.name, $0.at) }, "rule")
        return rules
    }

    private func rule(_ node: YAMLNode) -> RowRule? {
        guard let item = CheckItem(node, "rule", kinds: Self.kinds, in: source) else { return nil }
        let severity: Severity? = item.section.word("severity")
        if item.kind == "row_count" {
            if severity == .quarantine {
                item.section.report("severity", "'row_count' is about no record and cannot quarantine one")
            }
            return RowRule(name: item.name(), check: rowCount(item), severity: severity, at: source.at(node))
        }
        let takesMany = item.kind == "not_null" || item.kind == "unique"
        let named = takesMany ? item.section.requiredTexts(item.kind) : item.column()
        columns.check(named, in: item.section.what)
        let check: RowRule.Check
        switch item.kind {
        case "not_null": check = .notNull(named.map(\.text))
        case "unique": check = .unique(named.map(\.text), keep: keep(item, severity))
        case "accepted": check = .accepted(column: named.first?.text ?? "", values: item.acceptedValues())
        case "range": check = range(item, named.first?.text ?? "")
        default:
            let expression = item.section.requiredText("matches") ?? ""
            item.section.checkExpression("matches", expression)
            check = .pattern(column: named.first?.text ?? "", expression: expression)
        }
        return RowRule(name: item.name(named), check: check, severity: severity, at: source.at(node))
    }

    private func keep(_ item: CheckItem, _ severity: Severity?) -> RowRule.Keep {
        guard let node = item.section["keep"] else {
            if item.section.has("keep") { item.section.report("keep", "'keep' must be none, first or {newest: column}") }
            return .none
        }
        let keep: RowRule.Keep
        if node.text == "none" {
            return .none
        } else if node.text == "first" {
            keep = .first
        } else if node.pairs?.map(\.name) == ["newest"],
            let section = Section(node, "keep", keys: ["newest"], in: source)
        {
            let newest = section.requiredTexts("newest")
            columns.check(newest, in: "keep")
            if newest.count > 1 { section.report("newest", "'newest' takes one column") }
            keep = .newest(column: newest.first?.text ?? "")
        } else {
            item.section.report("keep", "'keep' must be none, first or {newest: column}, not \(node.shown)")
            return .none
        }
        if let severity, severity != .quarantine {
            item.section.report("keep", "'keep' works with severity quarantine, not with \(severity.rawValue)")
        }
        return keep
    }

    private func range(_ item: CheckItem, _ column: String) -> RowRule.Check {
        let section = item.section
        let bounds = ["min", "max"].map { section.text($0) }
        if !section.has("min"), !section.has("max") { section.report("range", "range has neither 'min' nor 'max'") }
        if let type = columns.type(column) {
            if let value = RangeValue.reader(type) {
                for (key, bound) in zip(["min", "max"], bounds) {
                    if let bound, value(bound) == nil {
                        section.report(key, "'\(key)' of column \(column) must be a \(type), not '\(bound)'")
                    }
                }
                section.checkBounds(bounds[0].flatMap(value), bounds[1].flatMap(value))
            } else {
                section.report("range", "range is for numbers, dates and times, and column \(column) is \(type)")
            }
        }
        return .range(column: column, min: bounds[0], max: bounds[1])
    }

    private func rowCount(_ item: CheckItem) -> RowRule.Check {
        let keys = ["min_percent", "max_percent", "min", "max"]
        guard let node = item.section["row_count"],
            let section = Section(node, "row_count", keys: keys, in: source)
        else {
            if item.section["row_count"] == nil { item.section.report("row_count", "row_count has no bound") }
            return .rowCount(minPercent: nil, maxPercent: nil, min: nil, max: nil)
        }
        if !keys.contains(where: section.has) { section.report("min", "row_count has no bound") }
        let percents = ["min_percent", "max_percent"].map { section.number($0, upTo: .infinity) }
        let counts = ["min", "max"].map { section.int($0, in: 0...Int.max) }
        section.checkBounds(percents[0], percents[1], ("min_percent", "max_percent"))
        section.checkBounds(counts[0], counts[1])
        return .rowCount(minPercent: percents[0], maxPercent: percents[1], min: counts[0], max: counts[1])
    }
}

/// Bounds of a range, as far as they can be compared without the engine.
enum RangeValue {
    /// nil for types without an order that people expect.
    static func reader(_ type: ColumnType) -> ((String) -> Bound?)? {
        switch type {
        case .smallint, .integer, .bigint, .hugeint, .decimal, .double: { Double($0).map(Bound.number) }
        case .date: { isTime($0, "dddd-dd-dd") ? .text($0) : nil }
        case .time: { isTime($0, "dd:dd") || isTime($0, "dd:dd:dd") ? .text($0) : nil }
        case .timestamp, .timestamptz: { isTime(String($0.prefix(10)), "dddd-dd-dd") ? .text($0) : nil }
        case .boolean, .text, .uuid, .json: nil
        }
    }

    enum Bound: Comparable {
        case number(Double)
        case text(String)
    }

    /// - Parameter shape: d for a digit, everything else for itself.
    private static func isTime(_ text: String, _ shape: String) -> Bool {
        text.utf8.count == shape.utf8.count
            && zip(text.utf8, shape.utf8).allSatisfy { byte, expected in
                expected == UInt8(ascii: "d")
                    ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == expected
            }
    }
}
