import PulihModel
import PulihYAML

/// Reads `control:` of a file.
struct ControlReader {
    let source: YAMLSource
    let columns: ColumnNames

    /// nil, reported, when it is wrong.
    func read(_ node: YAMLNode, of key: FileKey) -> ControlTotals? {
        let what = "control of \(key)"
        guard let section = Section(node, what, keys: ["file", "trailer", "records", "sums"], in: source)
        else {
            return nil
        }
        switch (section["file"], section["trailer"]) {
        case (.some, .none): return sideFile(section)
        case (.none, .some(let trailer)): return self.trailer(trailer, beside: section)
        default:
            source.report(
                section.place, "\(what) needs either 'file' or 'trailer'",
                hint:
                    "{file: \"{stem}.ctl\", records: count} or {trailer: {when: {field: 1, equals: T}, records: 2}}"
            )
            return nil
        }
    }

    private func sideFile(_ section: Section) -> ControlTotals? {
        guard let template = section.text("file") else { return nil }
        if template.contains("/") || !["{stem}", "{name}"].contains(where: template.contains) {
            section.report(
                "file", "'\(template)' does not lead from a file to its own side file",
                hint: "{stem} stands for its name without the ending, {name} for all of it: \"{stem}.ctl\"")
        } else if template == "{name}" {
            section.report("file", "'\(template)' is the data file itself")
        }
        return totals(.sideFile(template: template), section) { text, node in
            if text.isEmpty { source.report(node, "the name of a total is empty") }
        }
    }

    private func trailer(_ node: YAMLNode, beside outer: Section) -> ControlTotals? {
        for key in ["records", "sums"] where outer.has(key) {
            outer.report(key, "'\(key)' of a trailer stands within 'trailer'")
        }
        guard let section = Section(node, "trailer", keys: ["when", "records", "sums"], in: source) else {
            return nil
        }
        guard let node = section["when"],
            let when = Section(node, "when", keys: ["field", "equals"], in: source)
        else {
            if !section.has("when") { section.reportMissing("when", hint: "{field: 1, equals: T}") }
            return nil
        }
        if !when.has("field") { when.reportMissing("field", hint: "the number of a field, from 1") }
        guard let field = when.int("field", in: 1...10_000), let word = when.requiredText("equals") else {
            return nil
        }
        return totals(.trailer(field: field, equals: word), section) { text, node in
            if Int(text).map({ !(1...10_000).contains($0) }) ?? true {
                source.report(node, "'\(text)' is no number of a field", hint: "fields count from 1")
            }
        }
    }

    private func totals(
        _ place: ControlTotals.Place, _ section: Section, _ check: (String, YAMLNode) -> Void
    ) -> ControlTotals {
        let records = section.text("records")
        if let records, let node = section["records"] { check(records, node) }
        var sums: [ControlTotals.Sum] = []
        for pair in section["sums"].map({ source.entries($0, "sums") }) ?? [] {
            columns.check([YAMLText(pair.name, pair.key)], in: "sums")
            if let type = columns.type(pair.name), !type.isNumeric || type == .double {
                source.report(
                    pair.key, "a sum of '\(pair.name)' is not exact: its type is \(type)",
                    hint: "declare it as a decimal or an integer")
            }
            guard let text = pair.value.text else {
                source.report(pair.value, "a sum must be a text, not \(pair.value.shown)")
                continue
            }
            check(text, pair.value)
            sums.append(.init(column: pair.name, place: text))
        }
        if records == nil, sums.isEmpty {
            source.report(section.place, "control compares nothing", hint: "name 'records', 'sums' or both")
        }
        return ControlTotals(place: place, records: records, sums: sums.sorted { $0.column < $1.column })
    }
}
