internal import PulihModel

/// Finds what may be the records of a document.
struct RecordSearch {
    struct Candidate {
        /// From the document to the records.
        let steps: [JSONStep]
        /// All records as one; of what may be a map, the map.
        let node: JSONOutline
        let rows: Int
        /// Of records that are the members of an object: whether its names are values.
        let map: JSONOutline.MapLikeness
        /// Objects on the way, the document first.
        let around: [JSONOutline]
        /// The candidate whose records hold these.
        let outer: Int?

        var isMap: Bool { map != .none }
    }

    private(set) var found: [Candidate] = []

    /// - Parameter isLines: each line is a document, and a record where nothing better is found.
    init(_ root: JSONOutline, isLines: Bool) {
        var outer: Int?
        if isLines, root.counts.objects > 0 { outer = add([], root, root.counts.objects, .none, [], nil) }
        search(root, [], [], outer)
    }

    private mutating func add(
        _ steps: [JSONStep], _ node: JSONOutline, _ rows: Int, _ map: JSONOutline.MapLikeness,
        _ around: [JSONOutline], _ outer: Int?
    ) -> Int {
        found.append(
            Candidate(steps: steps, node: node, rows: rows, map: map, around: around, outer: outer))
        return found.count - 1
    }

    private mutating func search(
        _ node: JSONOutline, _ steps: [JSONStep], _ around: [JSONOutline], _ outer: Int?
    ) {
        for (index, element) in node.indexedElements.enumerated() {
            search(element, steps + [.index(index)], around, outer)
        }
        if node.indexedElements.isEmpty, let elements = node.elements {
            let way = steps + [.elements]
            let counts = elements.counts
            let areObjects =
                counts.objects > 0 && counts.objects * 2 >= counts.all - counts.nulls - counts.marks
            let this = areObjects ? add(way, elements, counts.objects, .none, around, outer) : outer
            search(elements, way, around, this)
        }
        guard node.counts.objects > 0 else { return }
        if let any = node.anyMember {
            let way = steps + [.members]
            let this = add(way, any, any.counts.all, .sure, around + [node], outer)
            return search(any, way, around + [node], this)
        }
        if node.likeness == .maybe {
            let rows = node.members.reduce(0) { $0 + $1.counts.all }
            _ = add(steps + [.members], node, rows, .maybe, around + [node], outer)
        }
        for (name, member) in zip(node.names, node.members) {
            let step = JSONStep.member(String(decoding: name, as: UTF8.self))
            search(member, steps + [step], around + [node], outer)
        }
    }

    /// The array nearest to the root, of several that with most rows; a map where there is no array.
    ///
    /// An array of one or two elements is rather the wrapping of a longer one in it.
    var best: Candidate? {
        let outermost = found.filter { $0.outer == nil }
        let arrays = outermost.filter { !$0.isMap }
        guard var best = Self.most(arrays.isEmpty ? outermost.filter(\.holdsObjects) : arrays) else {
            return Self.most(outermost.filter { $0.map == .sure })
        }
        while best.rows <= 2 {
            let inner = found.filter { candidate in
                !candidate.isMap && candidate.steps.count > best.steps.count
                    && candidate.steps.starts(with: best.steps)
            }
            guard let longer = Self.most(inner), longer.rows >= max(3, best.rows * 5) else { break }
            best = longer
        }
        return best
    }

    private static func most(_ candidates: [Candidate]) -> Candidate? {
        candidates.max { ($0.rows, $1.steps.count) < ($1.rows, $0.steps.count) }
    }
}

extension RecordSearch.Candidate {
    /// Its records are objects, not mere values.
    var holdsObjects: Bool {
        map == .maybe ? node.members.contains { $0.counts.objects > 0 } : node.counts.objects > 0
    }

    /// What the records are. What may be a map is one from here on.
    var records: JSONOutline {
        guard map == .maybe else { return node }
        node.collapse()
        return node.anyMember!
    }

    /// As `records` takes it.
    var path: String { steps.isEmpty ? "$" : JSONPath.text(steps) }
}
