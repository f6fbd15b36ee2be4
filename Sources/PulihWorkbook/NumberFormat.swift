/// What the style of a cell says that its number is.
enum NumberKind: UInt8, Sendable {
    case number, date, timestamp, time, duration
}

/// Reads the number formats of Excel as far as they tell dates from numbers.
enum NumberFormat {
    /// Formats that are numbered and written nowhere.
    static func builtIn(_ id: Int) -> NumberKind {
        switch id {
        // 27 to 36, 50 to 58 and 71 to 81 are those of East Asian and Thai editions.
        case 14...17, 27...31, 36, 50...54, 57, 58, 71...74: .date
        case 18...21, 32...35, 45, 47, 55, 56, 75, 76, 78, 80: .time
        case 22, 77, 81: .timestamp
        case 46, 79: .duration
        default: .number
        }
    }

    /// - Parameter code: `yyyy\-mm\-dd;@`. The first of its parts that stands for a number or a date decides.
    static func kind(_ code: String) -> NumberKind {
        for part in parts(Array(code.unicodeScalars)) {
            if let kind = kind(ofPart: part) { return kind }
        }
        return .number
    }

    /// Without texts, colours, languages and conditions; `[h]` and its like become `H`, `M` and `S`.
    private static func parts(_ code: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        var parts: [[Unicode.Scalar]] = [[]]
        var at = 0
        while at < code.count {
            let scalar = code[at]
            at += 1
            switch scalar {
            case "\"":
                while at < code.count, code[at] != "\"" { at += 1 }
                at += 1
            case "\\", "_", "*": at += 1
            case "[":
                let end = code[at...].firstIndex(of: "]") ?? code.count
                let inside = code[at..<end].map { $0.properties.lowercaseMapping }
                if let first = inside.first, ["h", "m", "s"].contains(first),
                    inside.allSatisfy({ $0 == first })
                {
                    parts[parts.count - 1].append(contentsOf: first.uppercased().unicodeScalars)
                }
                at = end + 1
            case ";": parts.append([])
            default:
                parts[parts.count - 1].append(
                    scalar.isASCII ? scalar.properties.lowercaseMapping.unicodeScalars.first! : scalar)
            }
        }
        return parts
    }

    /// nil where neither stands.
    private static func kind(ofPart part: [Unicode.Scalar]) -> NumberKind? {
        let text = String(String.UnicodeScalarView(part))
        if text.contains("general") { return .number }
        if part.contains(where: { "HMS".unicodeScalars.contains($0) }) { return .duration }
        // E+ is the mark of an exponent, e alone a year.
        let hasExponent = text.contains("e+") || text.contains("e-")
        let clock = text.replacing("am/pm", with: "h").replacing("a/p", with: "h").unicodeScalars
        let hasTime = clock.contains { "hs".unicodeScalars.contains($0) }
        let hasDay =
            clock.contains { "ydgb".unicodeScalars.contains($0) } || (clock.contains("e") && !hasExponent)
        if hasTime { return hasDay ? .timestamp : .time }
        if hasDay || clock.contains("m") { return .date }
        return part.contains { "0#?%".unicodeScalars.contains($0) } ? .number : nil
    }
}
