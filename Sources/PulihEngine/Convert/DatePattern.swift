internal import PulihModel

/// A `strptime` format, and the RE2 expression that says what may stand there.
///
/// DuckDB's parser alone reads `1/2/24` with `%Y` as the year 24 and `2010122` with `%Y%m%d` as 2 December.
struct DatePattern {
    let format: String
    /// Over the trimmed text with English month names.
    let expression: String
    let hasTimeOfDay: Bool
    private let months: MonthNames

    init(_ format: String, months: MonthNames) {
        self.format = format
        self.months = months
        let parts = Self.parts(format)
        expression = parts.indices.map { Self.expression(parts, at: $0) }.joined()
        hasTimeOfDay = parts.contains { part in
            if case .field(let letter, _) = part { return "HIMSfgnp".contains(letter) }
            return false
        }
    }

    private enum Part {
        case literal(Character)
        case field(Character, isUnpadded: Bool)

        /// Digits of a number; nil for what is none.
        var digits: ClosedRange<Int>? {
            guard case .field(let letter, let isUnpadded) = self else { return nil }
            return switch letter {
            case "Y": 4...4
            case "y": isUnpadded ? 1...2 : 2...2
            case "m", "d", "H", "I", "M", "S": 1...2
            case "j": 1...3
            case "f": 1...6
            case "g": 1...3
            case "n": 1...9
            default: nil
            }
        }
    }

    private static func parts(_ format: String) -> [Part] {
        var parts: [Part] = []
        var rest = format[...]
        while let first = rest.popFirst() {
            guard first == "%", var letter = rest.popFirst() else {
                parts.append(.literal(first))
                continue
            }
            let isUnpadded = letter == "-"
            if isUnpadded { letter = rest.popFirst() ?? "-" }
            parts.append(letter == "%" ? .literal("%") : .field(letter, isUnpadded: isUnpadded))
        }
        return parts
    }

    private static func expression(_ parts: [Part], at index: Int) -> String {
        switch parts[index] {
        case .literal(" "): return " +"
        case .literal(let character): return String(character).escapedForRegex
        case .field(let letter, _):
            if let digits = parts[index].digits {
                // Numbers without anything between them must be written in full.
                let touches =
                    (index > 0 && parts[index - 1].digits != nil)
                    || (index + 1 < parts.count && parts[index + 1].digits != nil)
                return touches
                    ? "[0-9]{\(digits.upperBound)}" : "[0-9]{\(digits.lowerBound),\(digits.upperBound)}"
            }
            return switch letter {
            case "b", "B", "a", "A": "[A-Za-z]+"
            case "p": "[AaPp][Mm]"
            case "z": "(?:[+-][0-9]{2}(?::?[0-9]{2})?|Z)"
            default: ".*"
            }
        }
    }

    /// SQL that writes month names in English.
    func withEnglishMonths(_ text: String) -> String {
        guard months == .indonesian else { return text }
        var words: [(String, String)] = []
        if format.contains("%B") {
            words += [
                ("januari", "January"), ("februari", "February"), ("maret", "March"), ("mei", "May"),
                ("juni", "June"),
                ("juli", "July"), ("agustus", "August"), ("oktober", "October"), ("desember", "December"),
                ("pebruari", "February"), ("nopember", "November"),
            ]
        }
        if format.contains("%b") {
            words += [
                ("mei", "May"), ("a(?:gu|gt|gs)", "Aug"), ("okt", "Oct"), ("des", "Dec"), ("peb", "Feb"),
                ("nop", "Nov"),
            ]
        }
        return words.reduce(text) { source, word in
            "regexp_replace(\(source), \(SQLText.literal("(?i)\\b\(word.0)\\b")), \(SQLText.literal(word.1)))"
        }
    }

    /// How values without a format of their own are written: as ISO 8601 has it, also with slashes and single digits.
    static func standard(_ type: ColumnType) -> String {
        let day = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
        let time = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6}0*)?)?"
        return switch type {
        case .date: "\(day)(?:[ T]0?0:00(?::00(?:[.]0*)?)?)?"
        case .time: time
        // Without an offset a moment is taken to be in UTC.
        case .timestamptz: "\(day)(?:[ T]\(time) ?(?:[+-][0-9]{2}(?::?[0-9]{2})?|[Zz])?)?"
        default: "\(day)(?:[ T]\(time))?"
        }
    }
}
