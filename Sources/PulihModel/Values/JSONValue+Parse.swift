internal import PulihJSON

extension JSONValue {
    /// Reads one JSON value. Members come back sorted by name; of several with one name the last counts.
    /// - Throws: `JSONFailure`, which names line, column and byte.
    public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        var rest = bytes[...]
        // One record: all of it is kept, and the anchor says where texts lie.
        let input = try JSONInput(longest: bytes.count) { block in
            let count = min(block.count, rest.count)
            block.replaceSubrange(..<count, with: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
        input.anchor()
        let value = try JSONValueReader(input: input).value(depth: 0)
        if try input.peek() != nil { throw input.failure(.syntax, "something follows the value") }
        return value
    }
}

private struct JSONValueReader {
    let input: JSONInput

    func value(depth: Int) throws -> JSONValue {
        let kind = try input.kind()
        guard kind == .object || kind == .array else { return try scalar() }
        guard depth < JSONInput.deepest else {
            throw input.failure(.tooDeep, "it is nested deeper than \(JSONInput.deepest) brackets")
        }
        return kind == .object ? .object(try members(depth)) : .array(try elements(depth))
    }

    private func elements(_ depth: Int) throws -> [JSONValue] {
        let closing = UInt8(ascii: "]")
        guard try input.enter(closing) else { return [] }
        var values: [JSONValue] = []
        repeat { values.append(try value(depth: depth + 1)) } while try input.another(closing)
        return values
    }

    private func members(_ depth: Int) throws -> [JSONMember] {
        let closing = UInt8(ascii: "}")
        guard try input.enter(closing) else { return [] }
        var members: [JSONMember] = []
        repeat {
            let name = try input.name { try text($0, hasEscapes: $1) }
            members.append(JSONMember(name, try value(depth: depth + 1)))
        } while try input.another(closing)
        return Self.sorted(members)
    }

    private static func sorted(_ members: [JSONMember]) -> [JSONMember] {
        // What Pulih wrote is in order.
        if zip(members, members.dropFirst()).allSatisfy({ $0.name < $1.name }) { return members }
        let last = Dictionary(members.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        return last.values.sorted { $0.name < $1.name }
    }

    private func scalar() throws -> JSONValue {
        let slice = try input.slice()
        let bytes = input.bytes(slice)
        switch slice.kind {
        case .null: return .null
        case .boolean: return .bool(bytes[0] == UInt8(ascii: "t"))
        case .number: return try number(bytes)
        default:
            let content = UnsafeBufferPointer(rebasing: bytes.dropFirst().dropLast())
            return .string(try text(content, hasEscapes: slice.hasEscapes))
        }
    }

    private func number(_ bytes: UnsafeBufferPointer<UInt8>) throws -> JSONValue {
        let text = String(decoding: bytes, as: UTF8.self)
        if let whole = Int64(text) { return .int(whole) }
        guard let number = Double(text), number.isFinite else {
            throw input.failure(.syntax, "\(text) is beyond every number that can be held")
        }
        return Int64(exactly: number).map { .int($0) } ?? .double(number)
    }

    private func text(_ bytes: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) throws -> String {
        var resolved: [UInt8] = []
        if hasEscapes { JSONText.unescape(bytes, into: &resolved) }
        guard
            let text = hasEscapes
                ? String(validating: resolved, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
        else { throw input.failure(.syntax, "the text before this holds what is no character") }
        return text
    }
}
