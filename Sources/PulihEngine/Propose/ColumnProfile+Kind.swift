internal import PulihModel

extension ColumnProfile {
    /// What a value looks like; the first that fits counts.
    enum Kind: Int, CaseIterable {
        case blank, nullWord, boolean, integer, longDigits, pointDecimal, commaDecimal, groupedPoint,
            groupedComma
        case scientific, isoDate, isoTimestamp, isoMoment, dayFirst, dayFirstMinute, dayFirstSecond
        case mayDate, longMonth, shortMonth, compactDate, time, uuid, rupiah, rupiahPoint, other

        /// RE2 over the trimmed text.
        var pattern: String? {
            switch self {
            case .blank, .nullWord, .other: nil
            case .boolean: "(?i)true|false"
            case .compactDate: "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
            case .integer: "[+-]?(?:0|[1-9][0-9]{0,14})"
            case .longDigits: "[+-]?[0-9]+"
            case .pointDecimal: "[+-]?[0-9]+[.][0-9]+"
            case .commaDecimal: "[+-]?[0-9]+,[0-9]+"
            case .groupedPoint: "[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:[.][0-9]+)?"
            case .groupedComma: "[+-]?[1-9][0-9]{0,2}(?:[.][0-9]{3})+(?:,[0-9]+)?"
            case .scientific: "[+-]?[0-9]+(?:[.][0-9]*)?[eE][+-]?[0-9]+"
            case .isoDate: "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
            case .isoTimestamp:
                "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?"
            case .isoMoment:
                "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
            case .dayFirst: "[0-9]{1,2}([-/.])[0-9]{1,2}[-/.][0-9]{4}"
            case .dayFirstMinute: "[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4} +[0-2]?[0-9]:[0-5][0-9]"
            case .dayFirstSecond:
                "[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4} +[0-2]?[0-9]:[0-5][0-9]:[0-5][0-9]"
            case .mayDate: MonthWords.date("may|mei")
            case .longMonth: MonthWords.date(MonthWords.long)
            case .shortMonth: MonthWords.date(MonthWords.short)
            case .rupiah: "[+-]?Rp *[+-]?\(Self.rupiahNumber)"
            case .rupiahPoint: "[+-]?Rp[.] *[+-]?\(Self.rupiahNumber)"
            case .time: "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?"
            case .uuid: "(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
            }
        }

        private static let rupiahNumber = "(?:[0-9]+|[1-9][0-9]{0,2}(?:[.][0-9]{3})+)(?:,[0-9]+)?"
    }

    /// Compact dates are integers too; the narrower one is asked first, and long digits last.
    private static let order: [Kind] = [
        .boolean, .compactDate, .integer, .longDigits, .pointDecimal, .groupedPoint, .groupedComma,
        .commaDecimal,
        .scientific, .isoDate, .isoTimestamp, .isoMoment, .dayFirst, .dayFirstMinute, .dayFirstSecond,
        .mayDate, .longMonth, .shortMonth, .time, .uuid, .rupiah, .rupiahPoint,
    ]

    /// SQL of the kind of a column's values.
    static func kind(of text: String) -> String {
        let trimmed = "trim(\(text), \(SQLText.literal(Blanks.characters)))"
        var cases = ["WHEN \(text) IS NULL OR \(trimmed) = '' THEN \(Kind.blank.rawValue)"]
        let words = nullWords.map(SQLText.literal).joined(separator: ", ")
        cases.append("WHEN \(trimmed) IN (\(words)) THEN \(Kind.nullWord.rawValue)")
        for kind in order {
            guard let pattern = kind.pattern else { continue }
            cases.append(
                "WHEN regexp_full_match(\(trimmed), \(SQLText.literal(pattern))) THEN \(kind.rawValue)")
        }
        return "CASE \(cases.joined(separator: " ")) ELSE \(Kind.other.rawValue) END"
    }
}
