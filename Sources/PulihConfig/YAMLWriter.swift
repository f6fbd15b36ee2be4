/// Writes scalars, short lists and comments of YAML.
enum YAMLWriter {
    /// Words that YAML, of this or an earlier version, takes for something else than text.
    private static let reserved: Set<String> = [
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "none",
    ]

    /// Plain where that is safe, quoted elsewhere.
    static func text(_ text: String) -> String {
        let isWord = text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_"
        }
        let beginsWithLetter = text.unicodeScalars.first.map { !("0"..."9").contains($0) } ?? false
        return isWord && beginsWithLetter && !reserved.contains(text.lowercased()) ? text : quoted(text)
    }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\t": out += "\\t"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            // No-break space is no control, but nobody sees what it is.
            case let hidden where isHidden(hidden): out += "\\u" + hex(hidden)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    static func list(_ texts: [String]) -> String {
        "[" + texts.map(quoted).joined(separator: ", ") + "]"
    }

    /// One line.
    static func comment(_ text: String) -> String {
        String(text.unicodeScalars.map { isHidden($0) ? " " : Character($0) })
    }

    /// One line of at most 60 characters, for values of any length.
    static func sample(_ text: String) -> String {
        let line = comment(text)
        return line.count > 60 ? String(line.prefix(59)) + "…" : line
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0xa0, 0x2028, 0x2029, 0xfeff: true
        default: false
        }
    }

    /// Four digits: every hidden scalar has no more.
    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
