internal import PulihJSON
internal import PulihModel

extension JSONWalk {
    /// Reads the record that comes next; writes it, unless this is the survey.
    func readRecord() throws {
        records += 1
        stamp += 1
        damage = nil
        let pending = table.pending.count
        let root = table.roots[layout.records.count]!
        let kind = try input.kind()
        input.anchor()
        if kind == .object {
            try readMembers(root, isOpen: true)
        } else if let node = table.valueNode {
            try readValue(node, isOpen: false)
        } else {
            try input.skipValue()
            damage = "the record is \(kind.words), not an object"
        }
        let length = input.sinceAnchor
        try input.checkLength()
        if table.failureIsInRecord, reported == nil { reported = reportedError(isInRecord: true) }
        let isTaken = damage == nil && isWanted
        if isSurvey {
            if isTaken {
                for depth in 0...layout.records.count {
                    note(table.keys[depth])
                    table.around[depth].forEach(note)
                }
            } else {
                table.pending.removeLast(table.pending.count - pending)
            }
        } else if let damage {
            let raw = input.bytes(JSONSlice(start: 0, end: length))
            WrittenText.appendDamaged(damage, place: place, raw: raw, to: &out)
        } else {
            write(isLeftOut: !isTaken)
        }
        input.release()
    }

    private func note(_ slot: Int?) {
        guard let slot, table.owned[slot] != nil, !table.isSeen[slot] else { return }
        table.pending.append(slot)
    }

    private var isWanted: Bool {
        guard let condition = table.condition else { return true }
        guard let value = text(condition.slot, isInRecord: true) else { return false }
        return condition.values.contains(value)
    }

    // MARK: members

    private func readMembers(_ node: JSONNode, isOpen: Bool) throws {
        let closing = UInt8(ascii: "}")
        guard try input.enter(closing) else { return }
        repeat {
            let child = try input.name { bytes, hasEscapes in
                guard hasEscapes else { return try member(of: node, bytes, isOpen) }
                var unescaped: [UInt8] = []
                JSONText.unescape(bytes, into: &unescaped)
                return try unescaped.withUnsafeBufferPointer { try member(of: node, $0, isOpen) }
            }
            if let child { try readValue(child, isOpen: isOpen) } else { try input.skipValue() }
        } while try input.another(closing)
    }

    private func member(of node: JSONNode, _ name: UnsafeBufferPointer<UInt8>, _ isOpen: Bool) throws
        -> JSONNode?
    {
        if let child = node.find(name) { return child }
        guard isOpen, isSurvey else { return nil }
        guard String(validating: name, as: UTF8.self) != nil else {
            throw JSONShape("the name of a member is no UTF-8")
        }
        return try table.addExtra(node.member(Array(name)))
    }

    /// - Parameter isOpen: members that nobody asked for are columns too.
    func readValue(_ node: JSONNode, isOpen: Bool) throws {
        if node.stamp == stamp {
            if damage == nil { damage = "the member '\(JSONPath.text(node.path))' stands twice" }
            return try input.skipValue()
        }
        node.stamp = stamp
        guard node.isInner else {
            if let slot = node.slot {
                set(slot, try input.slice())
            } else {
                try input.skipValue()
            }
            return
        }
        let kind = try input.kind()
        let start = input.sinceAnchor
        switch kind {
        case .object where node.hasMembers: try readMembers(node, isOpen: isOpen && node.slot == nil)
        case .array where !node.elements.isEmpty: try readElements(node, isOpen: isOpen)
        default:
            if kind != .null, node.slot == nil, damage == nil {
                let wanted = JSONKind.words(!node.elements.isEmpty)
                damage = "'\(JSONPath.text(node.path))' is \(kind.words), not \(wanted)"
            }
            let slice = try input.slice()
            if let slot = node.slot { set(slot, slice) }
            return
        }
        if let slot = node.slot { set(slot, JSONSlice(start: start, end: input.sinceAnchor, kind: kind)) }
    }

    private func readElements(_ node: JSONNode, isOpen: Bool) throws {
        let closing = UInt8(ascii: "]")
        guard try input.enter(closing) else { return }
        var index = 0
        repeat {
            if let element = node.elements[index] {
                try readValue(element, isOpen: isOpen)
            } else {
                try input.skipValue()
            }
            index += 1
        } while try input.another(closing)
    }

    private func set(_ slot: Int, _ slice: JSONSlice) {
        table.stamps[slot] = stamp
        table.slices[slot] = slice
        if isSurvey, !table.isSeen[slot] { table.pending.append(slot) }
    }

    // MARK: writing

    private func write(isLeftOut: Bool) {
        // Of a record that is left out only the place is told.
        for slot in table.header {
            if !isLeftOut, slot >= 0 { append(slot) }
            out.append(WrittenText.comma)
        }
        WrittenText.append(place + (isLeftOut ? Array(JSONLayout.leftOutMark.utf8) : []), to: &out)
        out.append(ASCII.lineFeed)
    }

    private func append(_ slot: Int) {
        if let field = table.owned[slot] {
            out += field
        } else if table.stamps[slot] == stamp {
            append(table.slices[slot], to: &out)
        }
    }

    /// A value as a field; null is none.
    func append(_ slice: JSONSlice, to out: inout [UInt8]) {
        guard slice.kind != .null else { return }
        let bytes = input.bytes(slice)
        out.append(WrittenText.quote)
        switch slice.kind {
        case .text:
            let inner = UnsafeBufferPointer(rebasing: bytes[1..<(bytes.count - 1)])
            if slice.hasEscapes {
                JSONText.unescape(inner, into: &out, doubling: WrittenText.quote)
            } else {
                out.append(contentsOf: inner)
            }
        case .object, .array: JSONText.compact(bytes, into: &out, doubling: WrittenText.quote)
        case .number, .boolean, .null: out.append(contentsOf: bytes)
        }
        out.append(WrittenText.quote)
    }

    /// The value of a slot as it would be read; nil for none and for null.
    func text(_ slot: Int, isInRecord: Bool) -> String? {
        var field = table.owned[slot] ?? []
        if isInRecord, field.isEmpty, table.stamps[slot] == stamp { append(table.slices[slot], to: &field) }
        guard !field.isEmpty else { return nil }
        return FieldSplitter(CSVFormat(CSVDialect())).fields(of: String(decoding: field, as: UTF8.self)).first
    }
}
