extension JSONValue {
    /// One line without spaces: the form that is hashed and written to NDJSON.
    public var compact: String {
        var out = ""
        write(to: &out, indent: nil)
        return out
    }

    /// Two-space indentation, for people.
    public var pretty: String {
        var out = ""
        write(to: &out, indent: 0)
        return out
    }

    private func write(to out: inout String, indent: Int?) {
        switch self {
        case .null: out += "null"
        case .bool(let flag): out += flag ? "true" : "false"
        case .int(let number): out += String(number)
        case .double(let number):
            // JSON has no word for these; null is what other writers use.
            out += number.isFinite ? String(number) : "null"
        case .string(let text): JSONValue.write(text, to: &out)
        case .array(let values):
            JSONValue.writeList(values, open: "[", close: "]", to: &out, indent: indent) {
                value, out, indent in
                value.write(to: &out, indent: indent)
            }
        case .object(let members):
            JSONValue.writeList(members, open: "{", close: "}", to: &out, indent: indent) {
                member, out, indent in
                JSONValue.write(member.name, to: &out)
                out += indent == nil ? ":" : ": "
                member.value.write(to: &out, indent: indent)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], open: String, close: String, to out: inout String, indent: Int?,
        _ body: (Element, inout String, Int?) -> Void
    ) {
        out += open
        guard !elements.isEmpty else {
            out += close
            return
        }
        let inner = indent.map { $0 + 1 }
        for (position, element) in elements.enumerated() {
            if position > 0 { out += "," }
            if let inner { out += "\n" + String(repeating: "  ", count: inner) }
            body(element, &out, inner)
        }
        if let indent { out += "\n" + String(repeating: "  ", count: indent) }
        out += close
    }

    private static func write(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case let control where control.value < 0x20:
                let hex = String(control.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
