internal import PulihModel

/// Says why a text is no value of its column, in words that tell what to do.
enum TypeReason {
    static func describe(_ value: String, _ column: ColumnSpec) -> String {
        let text = Blanks.trim(value)
        let shown = "'\(text.count > 60 ? String(text.prefix(60)) + "…" : text)'"
        if let format = column.format, column.type.isTime { return "\(shown) does not match \(format)" }
        switch column.type {
        case .smallint, .integer, .bigint, .hugeint, .decimal, .double: return number(text, shown, column)
        case .boolean:
            let words = ["true", "false"] + column.trueWords + column.falseWords
            return "\(shown) is none of \(words.joined(separator: ", "))"
        case .date: return date(text, shown)
        case .timestamp: return timestamp(text, shown)
        case .timestamptz:
            return "\(shown) is no timestamp as 2024-12-31 23:59:59+07:00 is; a format can be declared"
        case .time: return "\(shown) is no time of day as 23:59:59 is; a format can be declared"
        case .uuid: return "\(shown) is no UUID"
        case .json: return "\(shown) is not valid JSON"
        case .text: return "\(shown) is no text"
        }
    }

    /// What is wrong with a text that has a character U+0000; nil if it has none.
    static func zero(in value: String) -> String? {
        guard let place = value.unicodeScalars.firstIndex(of: "\0") else { return nil }
        let position = value.unicodeScalars.distance(from: value.startIndex, to: place) + 1
        return "character \(position) is U+0000, which a text column cannot hold"
    }

    private static func number(_ text: String, _ shown: String, _ column: ColumnSpec) -> String {
        let type = column.type
        let isWhole = type.isInteger
        let kind = isWhole ? "integer" : "number"
        let mark = Character(column.decimalMark)
        let bare = withoutAffixes(text, column)
        let digits = bare.filter { $0.isASCII && $0.isNumber }
        let unsigned = bare.hasPrefix("-") || bare.hasPrefix("+") ? bare.dropFirst() : bare[...]
        guard !digits.isEmpty else { return "\(shown) is no \(kind)" }
        let isMarked = unsigned.allSatisfy { ($0.isASCII && $0.isNumber) || $0 == mark }
        if isMarked, unsigned.count(where: { $0 == mark }) <= 1 {
            let integer = unsigned.prefix { $0 != mark }
            let fraction = unsigned.dropFirst(integer.count + 1)
            if isWhole, fraction.contains(where: { $0 != "0" }) {
                return "\(shown) has a fraction; \(column.source) is declared as \(type)"
            }
            if isWhole, integer.count > 1, integer.first == "0" {
                return "\(shown) has a leading zero, which \(type) would lose: declare the column as text"
            }
            if case .decimal(_, let scale) = type, fraction.dropFirst(scale).contains(where: { $0 != "0" }) {
                return "\(shown) has more than \(scale) decimal places; \(type) would round it"
            }
            return "\(shown) is out of range for \(type)"
        }
        if isScientific(unsigned, mark) {
            return type == .double
                ? "\(shown) is out of range for double"
                : "\(shown) is written in scientific notation; \(isWhole ? "an integer" : "a decimal") needs all its digits"
        }
        if let thousands = column.thousandsMark, unsigned.contains(thousands) {
            return "\(shown) has groups of digits that \(thousands) does not separate in threes"
        }
        return "\(shown) is no \(kind)"
    }

    private static func withoutAffixes(_ text: String, _ column: ColumnSpec) -> String {
        var bare = text
        var sign = ""
        if let first = bare.first, first == "-" || first == "+" {
            sign = String(first)
            bare = Blanks.trim(String(bare.dropFirst()))
        }
        if let prefix = column.prefix, bare.hasPrefix(prefix) {
            bare = Blanks.trim(String(bare.dropFirst(prefix.count)))
        }
        if let suffix = column.suffix, bare.hasSuffix(suffix) {
            bare = Blanks.trim(String(bare.dropLast(suffix.count)))
        }
        return sign + bare
    }

    private static func isScientific(_ text: Substring, _ mark: Character) -> Bool {
        let parts =
            text.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false).count == 2
            ? text.split(separator: "e", maxSplits: 1) : text.split(separator: "E", maxSplits: 1)
        guard parts.count == 2 else { return false }
        let exponent = parts[1].drop { $0 == "+" || $0 == "-" }
        return !exponent.isEmpty && exponent.allSatisfy { $0.isASCII && $0.isNumber }
            && parts[0].allSatisfy { ($0.isASCII && $0.isNumber) || $0 == mark }
    }

    private static func date(_ text: String, _ shown: String) -> String {
        if text.count == 8, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
            return "\(shown) is no date as 2024-12-31 is; 'format: \"%Y%m%d\"' reads it"
        }
        if looksLikeDate(text), let second = text.dropFirst(10).first, second == " " || second == "T",
            text.dropFirst(11).first?.isNumber == true
        {
            return "\(shown) has a time of day, which a date would lose: declare the column as timestamp"
        }
        return looksLikeDate(text)
            ? "\(shown) is no day of the calendar"
            : "\(shown) is no date as 2024-12-31 is; a format can be declared"
    }

    private static func timestamp(_ text: String, _ shown: String) -> String {
        if looksLikeDate(text),
            text.hasSuffix("Z") || text.dropFirst(11).contains(where: { $0 == "+" || $0 == "-" })
        {
            return
                "\(shown) names a time zone, which a timestamp would lose: declare the column as timestamptz"
        }
        return "\(shown) is no timestamp as 2024-12-31 23:59:59 is; a format can be declared"
    }

    private static func looksLikeDate(_ text: String) -> Bool {
        let parts = text.prefix(10).split(whereSeparator: { $0 == "-" || $0 == "/" })
        return parts.count == 3 && parts[0].count == 4 && parts.allSatisfy { $0.first?.isNumber == true }
    }
}

extension ColumnType {
    var isTime: Bool {
        switch self {
        case .date, .timestamp, .timestamptz, .time: true
        default: false
        }
    }
}
