internal import PulihModel

/// How the text of a column becomes a value, as SQL over that text.
///
/// DuckDB's own casts take much that would lose or change data: `3.17E+15` and `1.5` for integers, `1_000`, `0x1f`,
/// `infinity` for a date, `1.239` rounded to two places. So a value is cast only where its text is what the cast value
/// looks like, or where an expression says that it is written as its type is written. All else is NULL here, and the
/// record is quarantined.
struct ColumnConversion {
    let column: ColumnSpec
    /// Words that mean NULL in this column.
    let nulls: [String]
    /// The column that holds the text.
    let text: String
    /// The empty field came as NULL.
    private let isEmptyNull: Bool
    /// Without the short cuts for usual values: planning them costs more than they save on a few records.
    private let isShort: Bool
    /// The file has a character U+0000, maybe in this column.
    private let mayHoldZero: Bool

    init(
        _ column: ColumnSpec, nulls: [String], text: String, isEmptyNull: Bool, isShort: Bool,
        mayHoldZero: Bool
    ) {
        self.column = column
        self.nulls = nulls
        self.text = text
        self.isEmptyNull = isEmptyNull
        self.isShort = isShort
        self.mayHoldZero = mayHoldZero
    }

    private var trimmed: String { "trim(\(text), \(SQLText.literal(Blanks.characters)))" }

    /// The typed value: NULL for a null word and for what is no value of the type.
    var value: String {
        let words = nulls.filter { !$0.isEmpty }
        if column.type == .text, mayHoldZero { return "CASE WHEN NOT \(holdsZero) THEN \(plainValue) END" }
        guard column.type != .text, !words.isEmpty else { return plainValue }
        // A word may be a value of the type, such as 0 for a date that is not known.
        let hasBlanks = "\(text)[1] <= ' ' OR \(text)[-1] <= ' '"
        return """
            CASE WHEN \(isNullWord(text)) OR ((\(hasBlanks)) AND \(isNullWord(trimmed))) THEN NULL \
            ELSE \(plainValue) END
            """
    }

    private var plainValue: String {
        switch column.type {
        case .text: textValue
        case .smallint, .integer, .bigint, .hugeint, .decimal, .double: numberValue
        case .boolean: booleanValue
        case .date, .timestamp, .timestamptz, .time: timeValue
        case .uuid:
            firstOf("\(cast(text))::VARCHAR = \(text)", cast(text), else: matched(Self.uuidPattern))
        case .json: "CASE WHEN json_valid(\(text)) THEN CAST(\(text) AS JSON) END"
        }
    }

    /// Whether the text is no value of the type, given the value; nil if every text is one.
    func isBad(value: String) -> String? {
        guard column.type != .text else { return mayHoldZero ? holdsZero : nil }
        let test = "\(value) IS NULL AND \(text) IS NOT NULL"
        guard !nulls.isEmpty else { return test }
        let isOnlyEmpty = isEmptyNull && nulls == [""]
        return isOnlyEmpty
            ? "\(test) AND \(trimmed) <> ''"
            : "\(test) AND NOT \(isNullWord(text)) AND NOT \(isNullWord(trimmed))"
    }

    // MARK: parts

    private func cast(_ text: String) -> String { "TRY_CAST(\(text) AS \(column.type.duckDBName))" }

    private var holdsZero: String { "contains(\(text), chr(0))" }

    private func isNullWord(_ text: String) -> String {
        "\(text) IN (\(nulls.map(SQLText.literal).joined(separator: ", ")))"
    }

    private func matches(_ text: String, _ pattern: String) -> String {
        "regexp_full_match(\(text), \(SQLText.literal(pattern)))"
    }

    /// The usual form first, and the costly one, which takes it too, only for the others.
    private func firstOf(_ condition: String, _ value: String, else other: String) -> String {
        isShort ? other : "CASE WHEN \(condition) THEN \(value) ELSE \(other) END"
    }

    /// The trimmed text, if it is written so and its value meets the condition.
    private func matched(_ pattern: String, if condition: ((String) -> String)? = nil) -> String {
        let value = cast(trimmed)
        let also = condition.map { " AND \($0(value))" } ?? ""
        return "CASE WHEN \(matches(trimmed, pattern))\(also) THEN \(value) END"
    }

    private var textValue: String {
        let words = nulls.filter { !$0.isEmpty || !isEmptyNull }
        guard column.trim else {
            return words.isEmpty ? text : "CASE WHEN \(isNullWord(text)) THEN NULL ELSE \(text) END"
        }
        // A first and last character beyond the blank says quickly that there is nothing to trim.
        let isTrimmed =
            "\(text)[1] > ' ' AND \(text)[1] < '\u{7F}' AND \(text)[-1] > ' ' AND \(text)[-1] < '\u{7F}'"
        let plain = "CASE WHEN \(isTrimmed) THEN \(text) ELSE \(trimmed) END"
        guard !nulls.isEmpty else { return plain }
        let isNull = "\(isNullWord(trimmed)) OR \(isNullWord(text))"
        return words.isEmpty
            ? "CASE WHEN \(isTrimmed) THEN \(text) WHEN \(isNull) THEN NULL ELSE \(trimmed) END"
            : "CASE WHEN \(isNull) THEN NULL ELSE \(plain) END"
    }

    private var booleanValue: String {
        let yes = column.trueWords
        let no = column.falseWords
        func words(_ word: String, _ own: [String]) -> String {
            ([word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()] + own)
                .map(SQLText.literal).joined(separator: ", ")
        }
        func own(_ words: [String]) -> String {
            words.isEmpty ? "" : " OR \(trimmed) IN (\(words.map(SQLText.literal).joined(separator: ", ")))"
        }
        return """
            CASE WHEN \(text) IN (\(words("true", yes))) THEN true WHEN \(text) IN (\(words("false", no))) THEN false \
            WHEN lower(\(trimmed)) = 'true'\(own(yes)) THEN true WHEN lower(\(trimmed)) = 'false'\(own(no)) THEN false END
            """
    }

    private var numberValue: String {
        let number = NumberPattern(column)
        if let normalized = number.normalized(trimmed) {
            let value = "CASE WHEN \(matches(trimmed, number.pattern)) THEN \(cast(normalized)) END"
            return column.type == .double ? finite(value) : value
        }
        switch column.type {
        case .double:
            let isFinite = { (value: String) in "isfinite(\(value))" }
            return firstOf(
                "\(matches(text, number.pattern)) AND \(isFinite(cast(text)))", cast(text),
                else: matched(number.pattern, if: isFinite))
        case .decimal:
            // All its places written, and no more.
            return firstOf(
                "\(cast(text))::VARCHAR = \(text)", cast(text),
                else: firstOf(matches(text, number.pattern), cast(text), else: matched(number.pattern)))
        default:
            return firstOf("\(cast(text))::VARCHAR = \(text)", cast(text), else: matched(number.pattern))
        }
    }

    private func finite(_ value: String) -> String { "CASE WHEN isfinite(\(value)) THEN \(value) END" }

    private var timeValue: String {
        if let format = column.format { return formattedTime(DatePattern(format, months: column.months)) }
        let canonical = "\(cast(text))::VARCHAR = \(text) AND \(inRange(cast(text)))"
        return firstOf(canonical, cast(text), else: matched(DatePattern.standard(column.type), if: inRange))
    }

    private func formattedTime(_ pattern: DatePattern) -> String {
        let source = pattern.withEnglishMonths(trimmed)
        let parsed = "TRY_STRPTIME(\(source), \(SQLText.literal(pattern.format)))"
        let value = "CAST(\(parsed) AS \(column.type.duckDBName))"
        // A time of day that a date cannot hold must not vanish.
        let whole =
            column.type == .date && pattern.hasTimeOfDay
            ? " AND \(parsed) = date_trunc('day', \(parsed))" : ""
        return
            "CASE WHEN \(matches(source, pattern.expression)) AND \(inRange(value))\(whole) THEN \(value) END"
    }

    /// Years 1 to 9999: without DuckDB's infinities and its dates before Christ.
    private func inRange(_ value: String) -> String {
        switch column.type {
        case .date: "\(value) BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
        case .time: "\(value) < TIME '24:00:00'"
        case .timestamptz:
            "\(value) BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"
        default: "\(value) BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
        }
    }

    private static let uuidPattern = #"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?"#
}
