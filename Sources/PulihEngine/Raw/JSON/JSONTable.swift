internal import PulihJSON
internal import PulihModel

/// The columns of a document's records, configured ones and those that were met, and the values of the record that is read.
final class JSONTable {
    /// Members that nobody asked for. A document that has more is a map that nobody unpivots.
    static let mostExtras = 2_000

    private(set) var sources: [String] = []
    /// Some record has it.
    var isSeen: [Bool] = []
    /// The reading that gave a value.
    var stamps: [Int] = []
    /// Values of the record.
    var slices: [JSONSlice] = []
    /// Values of what is around the records, as fields; nil: none yet.
    var owned: [[UInt8]?] = []
    /// Trees by depth; the last is the record's.
    private(set) var roots: [JSONNode?]
    /// The slot of the name under which the value at a depth stands.
    private(set) var keys: [Int?]
    /// Slots of values around the records, by the depth of what they are found below.
    private(set) var around: [[Int]]
    private(set) var condition: (slot: Int, values: [String])?
    private(set) var failure: (slot: Int, message: Int)?
    private(set) var failureIsInRecord = false
    /// Slots in the order of the text.
    private(set) var header: [Int] = []
    /// The text of a member that has no column.
    let valueNode: JSONNode?
    /// Seen in a record of which it is not sure yet that it is taken.
    var pending: [Int] = []

    private let layout: JSONLayout
    private let configured: Int
    private var hidden = Set<Int>()
    private(set) var extras: [JSONNode] = []
    private let depth: Int

    init(_ layout: JSONLayout) throws {
        self.layout = layout
        depth = layout.records.count
        roots = Array(repeating: nil, count: depth + 1)
        keys = Array(repeating: nil, count: depth + 1)
        around = Array(repeating: [], count: depth + 1)
        let record = JSONNode([])
        roots[depth] = record
        var slots: [JSONLayout.Place: Int] = [:]
        var count = 0
        var names: [String] = []
        // A value that two columns want is one column of the text.
        func slot(_ path: JSONPath, _ name: String) throws -> (slot: Int, isNew: Bool) {
            let place = try layout.place(of: path)
            if let known = slots[place] { return (known, false) }
            slots[place] = count
            count += 1
            names.append(name)
            return (count - 1, true)
        }
        for column in layout.columns { _ = try slot(column.path, column.source) }
        if layout.records.last == .members {
            _ = try slot(JSONPath(steps: [.member("key")], endsInKey: true), "key")
        }
        // Who wants to know what is there wants to know this too.
        if layout.columns.isEmpty { _ = try slot(JSONPath(steps: [.member("value")]), "value") }
        let hasValue = slots[.below(depth: depth, [.member("value")])] != nil
        configured = count
        var condition: (Int, [String])?
        if let wanted = layout.condition {
            let (slot, isNew) = try slot(wanted.path, wanted.path.description)
            if isNew { hidden.insert(slot) }
            condition = (slot, wanted.values)
        }
        var failure: (Int, Int)?
        if let wanted = layout.failure {
            let (one, isNew) = try slot(wanted.path, wanted.path.description)
            let (other, isOtherNew) = try slot(wanted.message, wanted.message.description)
            if isNew { hidden.insert(one) }
            if isOtherNew { hidden.insert(other) }
            failure = (one, other)
            if case .below(depth, _) = try layout.place(of: wanted.path) { failureIsInRecord = true }
        }
        valueNode = hasValue ? record.member(Array("value".utf8)) : nil
        self.condition = condition
        self.failure = failure
        for name in names { add(name) }
        for (place, slot) in slots {
            switch place {
            case .key(let depth):
                keys[depth] = slot
                if depth < self.depth { around[depth].append(slot) }
            case .below(let depth, let steps):
                let root = roots[depth] ?? JSONNode([])
                roots[depth] = root
                root.node(at: steps).slot = slot
                if depth < self.depth { around[depth].append(slot) }
            }
        }
    }

    private func add(_ name: String) {
        sources.append(name)
        isSeen.append(false)
        stamps.append(0)
        slices.append(JSONSlice())
        owned.append(nil)
    }

    /// A column for a member that nobody asked for.
    func addExtra(_ node: JSONNode) throws -> JSONNode {
        extras.append(node)
        guard extras.count <= Self.mostExtras else {
            throw JSONShape(
                "its records have more than \(Self.mostExtras) different members; '{}' in the path to the records"
                    + " makes rows of the members of an object")
        }
        node.slot = sources.count
        // The name of a member of {} is called key already.
        let isKey = node.path == [.member("key")] && keys[depth] != nil
        add(isKey ? "[\"key\"]" : JSONPath.text(node.path))
        return node
    }

    // MARK: header

    func commitPending() {
        for slot in pending { isSeen[slot] = true }
        pending.removeAll(keepingCapacity: true)
    }

    /// Columns that are in no record are not in the file, unless there is no record at all.
    func settleHeader() {
        let visible = sources.indices.filter { !hidden.contains($0) }
        header = visible.filter { isSeen[$0] }
        if header.isEmpty { header = visible.filter { $0 < configured } }
    }

    /// The columns of another text; -1 for those that are not here.
    func setHeader(_ names: some Sequence<String>) {
        header = names.map { sources.firstIndex(of: $0) ?? -1 }
    }

    /// Of the columns that some record has.
    var seenNames: [String] {
        sources.indices.filter { isSeen[$0] && !hidden.contains($0) }.map { sources[$0] }
    }

    var headerNames: [String] { header.map { sources[$0] } }
}

/// The document is JSON, but not of the configured shape.
struct JSONShape: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
