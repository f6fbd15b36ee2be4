internal import PulihJSON
internal import PulihModel

/// Walks through a document to its records, one after another, and reads each.
final class JSONWalk {
    /// An object or array on the way.
    private struct Frame {
        let closing: UInt8
        let placeCount: Int
        /// Records before it.
        let records: Int
        var children = 0
        var isAfterValue = false
        /// Its member on the way was there.
        var isTaken = false
    }

    let input: JSONInput
    let table: JSONTable
    let layout: JSONLayout
    /// Nothing is written: columns are looked for, and values that stand behind the records.
    let isSurvey: Bool
    var out: [UInt8] = []
    /// Of what is read now: `$.data[1].data[5]`.
    var place: [UInt8] = []
    /// Counts readings of records and of what is around them.
    var stamp = 0
    var records = 0
    /// Why the record that is read cannot be taken.
    var damage: String?
    /// What `error_when` found in a record.
    var reported: String?

    private var frames: [Frame] = []
    private var hasBegun = false
    private var isFound = false
    private var misfit: String?

    init(_ input: JSONInput, _ table: JSONTable, _ layout: JSONLayout, isSurvey: Bool) {
        self.input = input
        self.table = table
        self.layout = layout
        self.isSurvey = isSurvey
    }

    // MARK: document

    /// - Parameter prefix: what the place begins with.
    func begin(_ prefix: String) {
        frames.removeAll(keepingCapacity: true)
        place = Array(prefix.utf8)
        hasBegun = false
        isFound = false
        misfit = nil
        if layout.isLines { (0..<layout.records.count).forEach(forget) }
    }

    /// - Returns: false at the end of the document.
    func readNext() throws -> Bool {
        if !hasBegun {
            hasBegun = true
            if try arrive(at: 0) { return true }
        }
        while !frames.isEmpty {
            if try step() { return true }
        }
        return false
    }

    /// What has to hold at the end of a document.
    func finish() throws {
        if try input.peek() != nil {
            throw input.failure(
                .syntax,
                layout.isLines
                    ? "something follows the end of the value"
                    : "something follows the end of the document; 'type: ndjson' reads a document a line")
        }
        if let misfit { throw JSONShape(misfit) }
        guard isFound else {
            throw JSONShape("there is nothing at \(JSONPath.text(layout.records, after: "$"))")
        }
    }

    /// What `error_when` says of the document; nil: no error.
    func reportedError(isInRecord: Bool) -> String? {
        guard let wanted = layout.failure, let failure = table.failure,
            let value = text(failure.slot, isInRecord: isInRecord)
        else { return nil }
        if let values = wanted.values, !values.contains(value) { return nil }
        let message = text(failure.message, isInRecord: isInRecord).map { ": \($0)" } ?? ""
        return "the document tells of an error: \(wanted.path) is \(value)" + message
    }

    // MARK: way

    /// A value at this depth comes next.
    /// - Returns: whether it was a record.
    private func arrive(at depth: Int) throws -> Bool {
        if depth == layout.records.count {
            isFound = true
            try readRecord()
            return true
        }
        let step = layout.records[depth]
        let isArray =
            switch step {
            case .index, .elements: true
            case .member, .members: false
            }
        let kind = try input.kind()
        guard kind == (isArray ? .array : .object) else {
            // null in place of a list of many lists has no records.
            let isNone = kind == .null && depth > layout.lastSingleDepth
            if !isNone, misfit == nil {
                let wanted = JSONKind.words(isArray)
                misfit = "\(String(decoding: place, as: UTF8.self)) is \(kind.words), not \(wanted)"
            }
            try input.skipValue()
            return false
        }
        if step.isEvery { isFound = true }
        if depth > layout.lastSingleDepth { forget(depth) }
        let closing = UInt8(ascii: isArray ? "]" : "}")
        guard try input.enter(closing) else { return false }
        frames.append(Frame(closing: closing, placeCount: place.count, records: records))
        return false
    }

    private func forget(_ depth: Int) {
        for slot in table.around[depth] where slot != table.keys[depth] { table.owned[slot] = nil }
    }

    /// Goes on in the innermost object or array.
    private func step() throws -> Bool {
        let depth = frames.count - 1
        let frame = frames[depth]
        if frame.isAfterValue {
            place.removeLast(place.count - frame.placeCount)
            guard try input.another(frame.closing) else {
                frames.removeLast()
                return false
            }
        }
        frames[depth].isAfterValue = true
        frames[depth].children += 1
        let (isOnWay, node) =
            frame.closing == UInt8(ascii: "}") ? try member(depth) : element(frame.children, depth)
        if isOnWay {
            if case .member(let name) = layout.records[depth] {
                if frame.isTaken {
                    throw JSONShape(
                        "\(String(decoding: place, as: UTF8.self)): the member '\(name)' stands twice")
                }
                frames[depth].isTaken = true
            }
            return try arrive(at: depth + 1)
        }
        guard let node else {
            try input.skipValue()
            return false
        }
        try readAround(node, depth, frame.records)
        return false
    }

    private func member(_ depth: Int) throws -> (isOnWay: Bool, node: JSONNode?) {
        try input.name { bytes, hasEscapes in
            var unescaped: [UInt8] = []
            if hasEscapes { JSONText.unescape(bytes, into: &unescaped) }
            return unescaped.withUnsafeBufferPointer { plain in
                let name = hasEscapes ? plain : bytes
                switch layout.records[depth] {
                case .members:
                    if let slot = table.keys[depth + 1] {
                        var field: [UInt8] = []
                        WrittenText.append(name, to: &field)
                        table.owned[slot] = field
                    }
                    appendPlace(String(decoding: name, as: UTF8.self))
                    return (true, nil)
                case .member(let wanted) where name.elementsEqual(wanted.utf8):
                    appendPlace(wanted)
                    return (true, nil)
                default: return (false, table.roots[depth]?.find(name))
                }
            }
        }
    }

    private func element(_ index: Int, _ depth: Int) -> (isOnWay: Bool, node: JSONNode?) {
        let step = layout.records[depth]
        guard step == .elements || step == .index(index) else {
            return (false, table.roots[depth]?.elements[index])
        }
        place.append(UInt8(ascii: "["))
        place += String(index).utf8
        place.append(UInt8(ascii: "]"))
        return (true, nil)
    }

    private func appendPlace(_ name: String) {
        place += JSONPath.text([.member(name)], after: "$").utf8.dropFirst()
    }

    // MARK: what is around the records

    /// - Parameter before: records before the value that holds it.
    private func readAround(_ node: JSONNode, _ depth: Int, _ before: Int) throws {
        let isSingle = depth <= layout.lastSingleDepth && !layout.isLines
        // The survey has it.
        if isSingle, !isSurvey { return try input.skipValue() }
        let what = { JSONPath.text(node.path, after: String(decoding: self.place, as: UTF8.self)) }
        if !isSingle, records > before {
            throw JSONShape(
                "\(what()) stands behind the records that it belongs to; such a value has to stand before them"
            )
        }
        let slots = node.slots
        guard slots.allSatisfy({ table.owned[$0] == nil }) else { throw JSONShape("\(what()) stands twice") }
        stamp += 1
        damage = nil
        input.anchor()
        try readValue(node, isOpen: false)
        for slot in slots where table.stamps[slot] == stamp {
            var field: [UInt8] = []
            append(table.slices[slot], to: &field)
            table.owned[slot] = field
        }
        input.release()
        if let damage { throw JSONShape(damage) }
    }
}

extension JSONKind {
    static func words(_ isArray: Bool) -> String { (isArray ? JSONKind.array : .object).words }
}
