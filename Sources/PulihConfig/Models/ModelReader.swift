import PulihModel
import PulihYAML

/// A model and where it names other tables, for the checks over all of them.
struct ReadModel {
    var model: Model
    /// Tables that the SELECT and the tests name, with their places.
    var references: [PlacedReference] = []
}

/// A table named by a model.
struct PlacedReference {
    let table: LayerTable
    /// Column that the table must have, where it is one whose columns are known.
    var field: String?
    let at: SourceLine
}

/// Reads a model: front matter, then one SELECT.
struct ModelReader {
    private static let keys = [
        "materialized", "unique_key", "on_schema_change", "deletes", "description", "tests", "pre_hook",
        "post_hook", "trace",
    ]

    let file: ModelFile
    let problems: ProblemList
    private var source: YAMLSource { YAMLSource(file: file.path, problems: problems) }

    /// nil, reported, when front matter or SELECT cannot be found.
    func read() -> ReadModel? {
        let matter = FrontMatter(file.text)
        if let line = matter.unclosedLine {
            problems.report(at(line), "the front matter is not closed", hint: "end it with a line '--- */'")
            return nil
        }
        if let line = matter.strayLine {
            problems.report(
                at(line), "front matter has no effect here",
                hint: "it stands once, before anything else in the file")
        }
        let statements = SQLStatement.split(matter.sql)
        guard let select = statements.first else {
            problems.report(at(matter.linesBefore + 1), "there is no SELECT")
            return nil
        }
        if statements.count > 1 {
            problems.report(
                at(matter.linesBefore + statements[1].linesBefore + 1),
                "a second statement begins here; a model is one SELECT",
                hint: "what runs before or after it is a pre_hook or post_hook")
        }
        let line = matter.linesBefore + select.linesBefore + 1
        var read = ReadModel(
            model: Model(table: file.table, materialization: .table, sql: select.text, at: at(line)))
        read.references = references(select.text, line: line)
        if !matter.yaml.isEmpty, let root = source.parse(matter.yaml) { readOptions(root, into: &read) }
        return read
    }

    private func at(_ line: Int) -> SourceLine { SourceLine(file: file.path, line: line) }

    private func references(_ sql: String, line: Int) -> [PlacedReference] {
        let template = ModelTemplate(sql)
        source.report(template, at: line)
        return template.references.map { PlacedReference(table: $0.table, at: at(line + $0.linesBefore)) }
    }

    private func readOptions(_ root: YAMLNode, into read: inout ReadModel) {
        guard let section = Section(root, "front matter", keys: Self.keys, in: source) else { return }
        read.model.materialization = section.word("materialized") ?? .table
        read.model.onSchemaChange = section.word("on_schema_change") ?? .fail
        read.model.deletes = section.word("deletes") ?? .close
        if read.model.materialization != .history, section.has("deletes") {
            section.report("deletes", "'deletes' has a meaning for a history only")
        }
        read.model.summary = section.text("description")
        if section.has("unique_key") {
            read.model.uniqueKey = section.requiredTexts("unique_key").map(\.text)
        }
        if read.model.materialization == .incremental, !section.has("unique_key") {
            section.report(
                "materialized", "an incremental model needs a 'unique_key'", hint: "unique_key: [column, …]")
        }
        if read.model.materialization == .history { checkHistory(section, read.model) }
        read.model.preHooks = hooks(section, "pre_hook")
        read.model.postHooks = hooks(section, "post_hook")
        let tests = TestReader(source: source).read(section.elements("tests"))
        read.model.tests = tests.map(\.test)
        for (test, other) in tests {
            if let other { read.references.append(other) }
            if case .sql(let text) = test.check { read.references += references(text, line: test.at.line) }
        }
        let links = section.elements("trace").compactMap(link)
        read.model.trace = links.map(\.0)
        read.references += links.compactMap(\.1)
    }

    private func checkHistory(_ section: Section, _ model: Model) {
        if !section.has("unique_key") {
            section.report("materialized", "a history needs a 'unique_key'", hint: "unique_key: [column, …]")
        }
        if model.onSchemaChange != .fail {
            section.report(
                "on_schema_change", "'on_schema_change' of a history must be fail",
                hint: "what a new column held before would be a guess")
        }
    }

    private func hooks(_ section: Section, _ key: String) -> [String] {
        guard section[key] != nil, let texts = section.texts(key) else { return [] }
        for text in texts { source.report(ModelTemplate(text.text), at: text.node.line) }
        return texts.map(\.text)
    }

    private func link(_ node: YAMLNode) -> (TraceLink, PlacedReference?)? {
        guard let section = Section(node, "trace", keys: ["to", "on", "chosen"], in: source) else {
            return nil
        }
        if !section.has("to") {
            section.reportMissing("to", hint: "the upstream table, such as silver.crm_cust_info")
        }
        let reference = section["to"].flatMap { source.table($0) }
        let keys = section["on"].map { source.entries($0, "'on'") } ?? []
        if keys.isEmpty {
            section.report(
                "on", "trace has no 'on'", hint: "on: {column of this model: expression over the upstream}")
        }
        let on = keys.map { pair in
            if pair.value.isNull || pair.value.text == nil {
                source.report(
                    pair.key, "'\(pair.name)' of trace must be an expression, not \(pair.value.shown)")
            }
            return TraceKey(column: pair.name, expression: pair.value.text ?? "")
        }
        let to = reference?.table ?? file.table
        return (TraceLink(to: to, on: on, chosen: section.text("chosen")), reference)
    }
}

extension YAMLSource {
    /// Reads `silver.crm_cust_info`; nil when reported.
    func table(_ node: YAMLNode) -> PlacedReference? {
        let parts = (node.text ?? "").split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else {
            report(node, "\(node.shown) is no table", hint: "write layer.name, such as gold.dim_customers")
            return nil
        }
        guard let layer = Layer(rawValue: parts[0]) else {
            let layers = Layer.allCases.map(\.rawValue)
            let near = Suggestion.hint(for: parts[0], among: layers)
            report(
                node, "unknown layer '\(parts[0])' in '\(parts.joined(separator: "."))'",
                hint: near.isEmpty ? "layers are \(layers.joined(separator: ", "))" : near)
            return nil
        }
        return PlacedReference(table: LayerTable(layer, parts[1]), at: at(node))
    }
}
