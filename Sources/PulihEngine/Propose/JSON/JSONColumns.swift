internal import PulihModel

/// The columns of records: each value below them, objects taken apart.
struct JSONColumns {
    private(set) var layout: [JSONLayout.Column] = []
    /// Sources of those that are objects or arrays.
    private(set) var nested = Set<String>()
    /// Sources of those whose values all stand in quotes.
    private(set) var texts = Set<String>()
    /// Sources of those that some record does not have.
    private(set) var optional = Set<String>()

    init(_ candidate: RecordSearch.Candidate) {
        let records = candidate.records
        if candidate.isMap {
            layout.append(.init("key", JSONPath(steps: [.member("key")], endsInKey: true)))
            let counts = records.counts
            if counts.all > counts.objects {
                layout.append(.init("value", JSONPath(steps: [.member("value")])))
                if counts.scalars + counts.marks == 0, counts.arrays > 0 { nested.insert("value") }
            }
        }
        add(records, [], isMap: candidate.isMap, isOptional: records.counts.objects < records.counts.all)
    }

    private mutating func add(_ node: JSONOutline, _ path: [JSONStep], isMap: Bool, isOptional: Bool) {
        for (name, member) in zip(node.names, node.members) {
            let way = path + [.member(String(decoding: name, as: UTF8.self))]
            let counts = member.counts
            let isMissing = isOptional || counts.all < node.counts.objects
            let isObject = counts.objects > 0 && counts.objects + counts.nulls == counts.all
            if isObject, !member.members.isEmpty {
                add(member, way, isMap: isMap, isOptional: isMissing || counts.nulls > 0)
                continue
            }
            // In rows of a map the plain word is the name of the member.
            let isTaken = isMap && way == [.member("key")]
            let source = isTaken ? "[\"key\"]" : JSONPath.text(way)
            layout.append(.init(source, JSONPath(steps: way)))
            if counts.objects + counts.arrays > 0, counts.scalars + counts.marks == 0 {
                nested.insert(source)
            }
            if counts.texts > 0, counts.texts == counts.scalars { texts.insert(source) }
            if isMissing { optional.insert(source) }
        }
    }
}
