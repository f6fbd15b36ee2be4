import PulihModel
import PulihYAML

/// A procedure and where it names others, for the checks over all of them.
struct ReadProcedure {
    var procedure: Procedure
    var needs: [(name: ProcedureName, at: SourceLine)]
    var writes: [PlacedReference]
}

/// Reads `procedures:`.
struct ProcedureReader {
    private static let stages: KeyValuePairs<String, Stage> = [
        "transform": .transform, "integrate": .integrate, "refresh": .refreshMV,
    ]
    private static let example = "such as - load_dim_customers_v1: {type: dimension}"

    let source: YAMLSource

    /// As written, stage by stage.
    func read(_ node: YAMLNode) -> [ReadProcedure] {
        let keys = Self.stages.map(\.key)
        guard let section = Section(node, "procedures", keys: keys, in: source) else { return [] }
        return Self.stages.flatMap { key, stage in
            let nodes = section[key].map { $0.text == nil ? section.elements(key) : [$0] } ?? []
            return nodes.compactMap { procedure($0, stage) }
        }
    }

    private func procedure(_ node: YAMLNode, _ stage: Stage) -> ReadProcedure? {
        if !node.isNull, node.text != nil { return name(node).map { plain($0, node, stage) } }
        guard let pairs = node.pairs, pairs.count == 1 else {
            source.report(
                node, "a procedure must be a name, or a name with its options, not \(node.shown)",
                hint: Self.example)
            return nil
        }
        guard let name = name(pairs[0].key) else { return nil }
        return options(pairs[0], into: plain(name, pairs[0].key, stage))
    }

    private func plain(_ name: ProcedureName, _ node: YAMLNode, _ stage: Stage) -> ReadProcedure {
        ReadProcedure(
            procedure: Procedure(name: name, stage: stage, at: source.at(node)), needs: [], writes: [])
    }

    /// Reads `name` or `schema.name`; nil when reported.
    private func name(_ node: YAMLNode) -> ProcedureName? {
        let text = node.text ?? ""
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), parts.allSatisfy(Self.isName) else {
            source.report(
                node, "\(node.shown) cannot be the name of a procedure",
                hint:
                    "names are letters, digits and _, up to \(PostgresNames.limit), with or without schema; without it is "
                    + "\(ProcedureName.usualSchema)")
            return nil
        }
        return parts.count == 2
            ? ProcedureName(parts[0], parts[1]) : ProcedureName(ProcedureName.usualSchema, parts[0])
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.first, !first.isNumber, text.utf8.count <= PostgresNames.limit else {
            return false
        }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    private func options(_ pair: YAMLPair, into plain: ReadProcedure) -> ReadProcedure? {
        var read = plain
        let keys = ["type", "needs", "publish", "writes", "timeout"]
        let what = "procedure \(read.procedure.name)"
        guard let section = Section(pair.value, what, keys: keys, in: source, place: pair.key) else {
            return nil
        }
        if section.has("type"), read.procedure.stage != .integrate {
            section.report("type", "'type' has no effect here", hint: "it orders the procedures of integrate")
        }
        read.procedure.kind = section.word("type") ?? .other
        read.procedure.publish = section.word("publish") ?? .batch
        read.procedure.timeoutSeconds = timeout(section)
        let needs = section.has("needs") ? section.requiredTexts("needs") : []
        read.needs = needs.compactMap { text in name(text.node).map { ($0, source.at(text.node)) } }
        read.procedure.needs = read.needs.map(\.name)
        let writes = section.has("writes") ? section.requiredTexts("writes") : []
        read.writes = writes.compactMap { written($0.node) }
        read.procedure.writes = read.writes.map(\.table)
        if read.procedure.publish == .step, !section.has("writes") {
            section.report(
                "publish", "a procedure of 'publish: step' needs 'writes'",
                hint: "the tables that it writes, such as writes: [gold.customer_churn]")
        }
        return read
    }

    private func timeout(_ section: Section) -> Int? {
        guard let text = section.text("timeout") else { return nil }
        let seconds = TimeSpan.parse(text)
        if seconds == nil {
            section.report(
                "timeout", "'timeout' must be a time from 1s to 24 days, not '\(text)'",
                hint: "write a whole number and s, min or h")
        }
        return seconds
    }

    private func written(_ node: YAMLNode) -> PlacedReference? {
        guard let reference = source.table(node) else { return nil }
        guard reference.table.layer != .bronze else {
            source.report(
                node, "a procedure cannot write \(reference.table)", hint: "bronze is loaded from files")
            return nil
        }
        return reference
    }
}
