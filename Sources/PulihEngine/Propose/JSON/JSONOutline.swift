internal import PulihJSON
internal import PulihModel

/// What stands at one place of a document, over all values that are there; with what is below it a tree of bounded size.
final class JSONOutline {
    /// Members beyond which an object is a map.
    private static let mostNames = 2_000
    /// Elements of an array that are told apart.
    static let indexed = 4

    struct Counts {
        var objects = 0
        var arrays = 0
        /// Of them those that look like numbers.
        var numericTexts = 0
        var texts = 0
        var numbers = 0
        var booleans = 0
        var nulls = 0
        /// Texts that stand for no value, as "…".
        var marks = 0

        var scalars: Int { texts + numbers + booleans }
        var all: Int { objects + arrays + scalars + nulls + marks }

        static func += (left: inout Counts, right: Counts) {
            left.objects += right.objects
            left.arrays += right.arrays
            left.numericTexts += right.numericTexts
            left.texts += right.texts
            left.numbers += right.numbers
            left.booleans += right.booleans
            left.nulls += right.nulls
            left.marks += right.marks
        }
    }

    enum MapLikeness { case none, maybe, sure }

    var counts = Counts()
    private(set) var names: [[UInt8]] = []
    private(set) var members: [JSONOutline] = []
    /// Those of all names, where names are values.
    private(set) var anyMember: JSONOutline?
    /// Elements that are told apart by their index.
    private(set) var indexedElements: [JSONOutline] = []
    /// All elements, or those behind.
    private(set) var elements: JSONOutline?
    private(set) var likeness = MapLikeness.none
    /// Some names, also where they are no longer told apart.
    private(set) var someNames: [String] = []

    private var places: [[UInt8]: Int] = [:]
    /// Members mostly come in the same order.
    private var hint = 0

    func member(_ name: UnsafeBufferPointer<UInt8>, mayAdd: Bool) -> JSONOutline {
        if let anyMember { return anyMember }
        if hint == names.count { hint = 0 }
        if hint < names.count, names[hint].elementsEqual(name) {
            hint += 1
            return members[hint - 1]
        }
        if let place = places[Array(name)] {
            hint = place + 1
            return members[place]
        }
        guard mayAdd else {
            collapse()
            return anyMember!
        }
        let node = JSONOutline()
        add(Array(name), node)
        return anyMember ?? node
    }

    func element(_ index: Int) -> JSONOutline {
        if index < indexedElements.count { return indexedElements[index] }
        let node = index < Self.indexed ? JSONOutline() : elements ?? JSONOutline()
        if index < Self.indexed { indexedElements.append(node) } else { elements = node }
        return node
    }

    private func add(_ name: [UInt8], _ node: JSONOutline) {
        places[name] = names.count
        names.append(name)
        members.append(node)
        if someNames.count < 3 { someNames.append(String(decoding: name, as: UTF8.self)) }
        if members.count > Self.mostNames { collapse() }
    }

    /// Forgets the names of the members.
    func collapse() {
        guard anyMember == nil else { return }
        let all = JSONOutline()
        members.forEach(all.merge)
        anyMember = all
        (names, members, places, hint) = ([], [], [:], 0)
    }

    private func merge(_ other: JSONOutline) {
        counts += other.counts
        for name in other.someNames where someNames.count < 3 && !someNames.contains(name) {
            someNames.append(name)
        }
        if let any = other.anyMember {
            collapse()
            anyMember!.merge(any)
        }
        for (name, node) in zip(other.names, other.members) {
            if let anyMember {
                anyMember.merge(node)
            } else if let place = places[name] {
                members[place].merge(node)
            } else {
                add(name, node)
            }
        }
        for (index, node) in other.indexedElements.enumerated() {
            if index < indexedElements.count {
                indexedElements[index].merge(node)
            } else {
                indexedElements.append(node)
            }
        }
        if let rest = other.elements {
            if let elements { elements.merge(rest) } else { elements = rest }
        }
    }

    // MARK: what it means

    /// Once all was read: which arrays are lists of the same, and which objects are maps.
    func settle() {
        if !indexedElements.isEmpty, !isTuple {
            let all = JSONOutline()
            indexedElements.forEach(all.merge)
            if let elements { all.merge(elements) }
            elements = all
            indexedElements = []
        }
        for element in indexedElements { element.settle() }
        elements?.settle()
        likeness = mapLikeness
        if likeness == .sure { collapse() }
        anyMember?.settle()
        for member in members { member.settle() }
    }

    /// An array whose elements have a meaning each, as `[{"page": 1}, [ … ]]`.
    private var isTuple: Bool {
        guard elements == nil, indexedElements.count > 1 else { return false }
        let kinds = indexedElements.map(\.mainKind)
        let isMixed = Set(kinds).count > 1 && !kinds.contains(nil)
        if isMixed { return indexedElements.allSatisfy { $0.counts.all == counts.arrays } }
        return counts.arrays == 1 && kinds[0] == .object && !Self.areAlike(indexedElements)
    }

    /// Of values that are there; nil where there are several, or none.
    private var mainKind: JSONKind? {
        switch (counts.objects, counts.arrays, counts.scalars) {
        case (1..., 0, 0): .object
        case (0, 1..., 0): .array
        case (0, 0, 1...): .text
        default: nil
        }
    }

    /// Neighbours have half of their members in common, or more.
    private static func areAlike(_ nodes: [JSONOutline]) -> Bool {
        zip(nodes, nodes.dropFirst()).allSatisfy { first, second in
            if first.anyMember != nil || second.anyMember != nil { return true }
            let (fewer, more) =
                first.names.count < second.names.count ? (first, second) : (second, first)
            return fewer.names.count { more.places[$0] != nil } * 2 >= fewer.names.count
        }
    }

    private var mapLikeness: MapLikeness {
        if anyMember != nil { return .sure }
        let found = members.filter { $0.mainKind != nil }
        guard members.count >= 3, found.count * 2 > members.count, let kind = found[0].mainKind,
            members.allSatisfy({ $0.mainKind == kind || $0.isNull })
        else { return .none }
        // 2024, 3171, 2024-03-05
        let areValues = names.allSatisfy { $0.first.map { (48...57).contains($0) } ?? false }
        switch kind {
        case .object where Self.areAlike(found): return areValues ? .sure : .maybe
        case .text where found.allSatisfy(\.isNumeric): return areValues ? .sure : .maybe
        case .text, .array: return areValues ? .sure : .none
        default: return .none
        }
    }

    private var isNull: Bool { counts.objects + counts.arrays + counts.scalars == 0 }
    private var isNumeric: Bool { counts.scalars == counts.numbers + counts.numericTexts }
}
