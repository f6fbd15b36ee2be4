import PulihModel
import PulihYAML

/// Reads `duplicates:`, a word for the content or a mapping.
struct DuplicatesReader {
    static let keys = ["content", "name", "overlap"]

    let source: YAMLSource
    let columns: ColumnNames

    func read(_ file: Section, into spec: inout FileSpec) {
        guard let node = file["duplicates"] else { return }
        guard node.pairs != nil else {
            spec.duplicates = file.word("duplicates") ?? .skip
            return
        }
        guard let section = Section(node, "duplicates", keys: Self.keys, in: source) else { return }
        spec.duplicates = section.word("content") ?? .skip
        spec.sameName = section.word("name") ?? .load
        if let node = section["overlap"] { spec.overlap = overlap(node, spec) }
    }

    private func overlap(_ node: YAMLNode, _ spec: FileSpec) -> Overlap? {
        guard let section = Section(node, "overlap", keys: ["key", "policy"], in: source) else { return nil }
        let key = section.requiredTexts("key")
        columns.check(key, in: "overlap")
        if !section.has("policy") {
            section.reportMissing("policy", hint: "policies are load, warn, skip and refuse")
        }
        let policy: Overlap.Policy = section.word("policy") ?? .warn
        if spec.delivery != .delta {
            source.report(
                node, "'overlap' is for delta, and the delivery of \(spec.key) is \(spec.delivery.name)",
                hint:
                    "a full delivery replaces those before it, and of an upsert the newest row of a key is in force"
            )
        }
        return Overlap(key: key.map(\.text), policy: policy)
    }
}
