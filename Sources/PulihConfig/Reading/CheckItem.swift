import PulihModel
import PulihYAML

/// One entry of `rules:` or `tests:`: a mapping with one kind of check, its options, `name` and `severity`.
struct CheckItem {
    let kind: String
    let section: Section
    let node: YAMLNode

    /// nil, reported, when it is no mapping or has not exactly one kind.
    /// - Parameters:
    ///   - what: `rule` or `test`.
    ///   - kinds: options by kind.
    init?(_ node: YAMLNode, _ what: String, kinds: KeyValuePairs<String, [String]>, in source: YAMLSource) {
        let known = kinds.map(\.key)
        guard let pairs = node.pairs else {
            source.report(
                node, "a \(what) must be a mapping, not \(node.shown)", hint: "such as - not_null: column")
            return nil
        }
        let written = pairs.filter { known.contains($0.name) }
        guard let first = written.first else {
            let own = Set(kinds.flatMap(\.value) + ["name", "severity"])
            let stranger = pairs.first { !own.contains($0.name) }
            let near = stranger.map { Suggestion.hint(for: $0.name, among: known) } ?? ""
            source.report(
                node, stranger.map { "unknown \(what) '\($0.name)'" } ?? "the \(what) says not what it checks",
                hint: near.isEmpty ? "\(what)s are \(known.joined(separator: ", "))" : near)
            return nil
        }
        guard written.count == 1 else {
            source.report(
                written[1].key, "'\(written[1].name)' stands in one \(what) with '\(first.name)'",
                hint: "each is an entry of its own, with its own -")
            return nil
        }
        let options = kinds.first { $0.key == first.name }?.value ?? []
        guard
            let section = Section(
                node, "\(what) \(first.name)", keys: [first.name] + options + ["name", "severity"], in: source)
        else { return nil }
        kind = first.name
        self.section = section
        self.node = node
    }

    /// The name given, or `kind(column, column)`.
    func name(_ columns: [YAMLText] = []) -> String {
        if let name = section.text("name") { return name }
        return columns.isEmpty ? kind : "\(kind)(\(columns.map(\.text).joined(separator: ", ")))"
    }

    /// The one column of the kinds that take one.
    func column() -> [YAMLText] {
        let columns = section.requiredTexts(kind)
        if columns.count > 1 { section.report(kind, "'\(kind)' takes one column") }
        return Array(columns.prefix(1))
    }

    func acceptedValues() -> [String] { section.requiredTexts("values").map(\.text) }
}

extension Section {
    /// Reports bounds that nothing can meet.
    func checkBounds<Bound: Comparable>(_ least: Bound?, _ greatest: Bound?, _ keys: (String, String) = ("min", "max")) {
        if let least, let greatest, least > greatest {
            report(keys.0, "'\(keys.0)' is greater than '\(keys.1)'")
        }
    }
}

extension YAMLSource {
    /// Reports a name that an earlier entry has.
    func checkUnique(_ names: [(name: String, at: SourceLine)], _ what: String) {
        var lines: [String: Int] = [:]
        for (name, at) in names {
            if let earlier = lines[name] {
                problems.report(
                    at, "a \(what) named '\(name)' stands in line \(earlier) already", hint: "give one of them a 'name'")
            }
            lines[name] = lines[name] ?? at.line
        }
    }
}
