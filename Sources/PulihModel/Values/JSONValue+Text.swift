extension JSONValue {
    /// One line without spaces: the form that is hashed and written to NDJSON.
    public var compact: String { text(indent: nil) }

    /// Two-space indentation, for people.
    public var pretty: String { text(indent: 0) }

    private func text(indent: Int?) -> String {
        // Bytes: a manifest of many files is text of a megabyte, and a String grows by characters.
        var out: [UInt8] = []
        write(to: &out, indent: indent)
        return String(decoding: out, as: UTF8.self)
    }

    private func write(to out: inout [UInt8], indent: Int?) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let number): out.append(contentsOf: String(number).utf8)
        case .double(let number):
            // JSON has no word for these; null is what other writers use.
            out.append(contentsOf: (number.isFinite ? String(number) : "null").utf8)
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
                out.append(contentsOf: (indent == nil ? ":" : ": ").utf8)
                member.value.write(to: &out, indent: indent)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], open: UnicodeScalar, close: UnicodeScalar, to out: inout [UInt8], indent: Int?,
        _ body: (Element, inout [UInt8], Int?) -> Void
    ) {
        out.append(UInt8(ascii: open))
        if !elements.isEmpty {
            let inner = indent.map { $0 + 1 }
            for (position, element) in elements.enumerated() {
                if position > 0 { out.append(UInt8(ascii: ",")) }
                if let inner { breakLine(inner, &out) }
                body(element, &out, inner)
            }
            if let indent { breakLine(indent, &out) }
        }
        out.append(UInt8(ascii: close))
    }

    private static func breakLine(_ indent: Int, _ out: inout [UInt8]) {
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * 2))
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\n"): out.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\r"): out.append(contentsOf: #"\r"#.utf8)
            case UInt8(ascii: "\t"): out.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                out.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
