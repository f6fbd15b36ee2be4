internal import PulihDuckDB
internal import PulihModel

/// Counts over all values of one column, and the type that follows from them.
struct ColumnProfile {
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
            case .time: "[0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?"
            case .uuid: "(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
            }
        }

        private static let rupiahNumber = "(?:[0-9]+|[1-9][0-9]{0,2}(?:[.][0-9]{3})+)(?:,[0-9]+)?"
    }

    static let nullWords = [
        "NULL", "null", "N/A", "n/a", "NA", "-", "--", "…", "...", "(null)", "None", "none",
    ]
    /// Compact dates are integers too; the narrower one is asked first, and long digits last.
    private static let order: [Kind] = [
        .boolean, .compactDate, .integer, .longDigits, .pointDecimal, .groupedPoint, .groupedComma,
        .commaDecimal,
        .scientific, .isoDate, .isoTimestamp, .isoMoment, .dayFirst, .dayFirstMinute, .dayFirstSecond,
        .mayDate, .longMonth, .shortMonth, .time, .uuid, .rupiah, .rupiahPoint,
    ]
    private static let dated: [Kind] = [
        .dayFirst, .dayFirstMinute, .dayFirstSecond, .mayDate, .longMonth, .shortMonth,
    ]

    let source: String
    private var counts: [Kind: Int] = [:]
    private var least = Int128(0)
    private var greatest = Int128(0)
    private var integerDigits = 0
    private var decimalPlaces = 0
    private var firstPart = 0
    private var secondPart = 0
    private var separator = "/"
    private var pointGroups = 0
    private var indonesianMonths = 0
    private(set) var nullWordsSeen: [String] = []
    /// About how many different values there are.
    private(set) var different = 0

    /// SQL of the kind of a column's values, and of the figures over them.
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

    static func figures(of text: String, kind: String) -> [String] {
        let trimmed = "trim(\(text), \(SQLText.literal(Blanks.characters)))"
        func list(_ kinds: [Kind]) -> String { kinds.map { String($0.rawValue) }.joined(separator: ", ") }
        func when(_ kinds: [Kind]) -> String { "FILTER (WHERE \(kind) IN (\(list(kinds))))" }
        func matching(_ kinds: [Kind], _ pattern: String) -> String {
            let condition = "regexp_matches(\(trimmed), \(SQLText.literal(pattern)))"
            return "count(*) FILTER (WHERE \(kind) IN (\(list(kinds))) AND \(condition))"
        }
        let numbers: [Kind] = [.pointDecimal, .commaDecimal, .groupedPoint, .groupedComma]
        // In Rupiah a point never begins the decimals.
        let amounts: [Kind] = [.rupiah, .rupiahPoint]
        let wholeAmount = "regexp_replace(regexp_replace(\(trimmed), ',[0-9]+$', ''), '[^0-9]', '', 'g')"
        let whole = "regexp_replace(regexp_replace(\(trimmed), '[.,][0-9]+$', ''), '[^0-9]', '', 'g')"
        return Kind.allCases.map { "count(*) FILTER (WHERE \(kind) = \($0.rawValue))" } + [
            "min(TRY_CAST(\(trimmed) AS HUGEINT)) \(when([.integer, .compactDate]))",
            "max(TRY_CAST(\(trimmed) AS HUGEINT)) \(when([.integer, .compactDate]))",
            "max(length(\(whole))) \(when(numbers))",
            "max(length(regexp_extract(\(trimmed), '[.,]([0-9]+)$', 1))) \(when(numbers))",
            "max(TRY_CAST(regexp_extract(\(trimmed), '^([0-9]+)', 1) AS INTEGER)) \(when(dated))",
            "max(TRY_CAST(regexp_extract(\(trimmed), '^[0-9]+[^0-9]([0-9]+)', 1) AS INTEGER)) \(when(dated))",
            "min(regexp_extract(\(trimmed), '[^0-9]')) \(when(dated))",
            "max(regexp_extract(\(trimmed), '[^0-9]')) \(when(dated))",
            "approx_count_distinct(\(text))",
            "array_to_string(list_sort(list(DISTINCT \(trimmed)) \(when([.nullWord]))), chr(1))",
            matching([.pointDecimal], "^[+-]?[1-9][0-9]{0,2}[.][0-9]{3}$"),
            matching([.mayDate, .longMonth, .shortMonth], MonthWords.indonesian),
            "max(length(\(wholeAmount))) \(when(amounts))",
            "max(length(regexp_extract(\(trimmed), ',([0-9]+)$', 1))) \(when(amounts))",
        ]
    }

    static let figureCount = Kind.allCases.count + 14

    init(_ source: String, _ row: ArraySlice<DuckDBValue>) {
        self.source = source
        let row = Array(row)
        for (index, kind) in Kind.allCases.enumerated() { counts[kind] = row[index].int ?? 0 }
        let rest = Array(row[Kind.allCases.count...])
        if case .hugeint(let value) = rest[0] { least = value }
        if case .hugeint(let value) = rest[1] { greatest = value }
        integerDigits = rest[2].int ?? 0
        decimalPlaces = rest[3].int ?? 0
        firstPart = rest[4].int ?? 0
        secondPart = rest[5].int ?? 0
        separator = rest[6].string == rest[7].string ? rest[6].string ?? "/" : ""
        different = rest[8].int ?? 0
        nullWordsSeen = (rest[9].string ?? "").split(separator: "\u{1}").map(String.init)
        pointGroups = rest[10].int ?? 0
        indonesianMonths = rest[11].int ?? 0
        integerDigits = max(integerDigits, rest[12].int ?? 0)
        decimalPlaces = max(decimalPlaces, rest[13].int ?? 0)
    }

    private func count(_ kinds: Kind...) -> Int { kinds.reduce(0) { $0 + (counts[$1] ?? 0) } }
    var values: Int { counts.values.reduce(0, +) - count(.blank, .nullWord) }
    var isComplete: Bool { count(.blank, .nullWord) == 0 && values > 0 }

    /// The narrowest type that takes every value without losing anything.
    func proposal(name: String, nulls: [String]) -> (column: ColumnSpec, remarks: [String]) {
        var column = ColumnSpec(source: source, name: name, type: .text)
        var remarks: [String] = []
        choose(&column, &remarks)
        if column.type != .text, !nullWordsSeen.isEmpty { column.nulls = nulls + nullWordsSeen }
        if values == 0 { remarks.append("\(source) is empty in every record") }
        return (column, remarks)
    }

    private func choose(_ column: inout ColumnSpec, _ remarks: inout [String]) {
        let all = values
        guard all > 0 else { return }
        switch all {
        case count(.boolean): column.type = .boolean
        case count(.isoDate): column.type = .date
        case count(.isoTimestamp), count(.isoTimestamp, .isoDate): column.type = .timestamp
        case count(.isoMoment): column.type = .timestamptz
        case count(.time): column.type = .time
        case count(.uuid): column.type = .uuid
        case count(.dayFirst), count(.dayFirstMinute), count(.dayFirstSecond):
            if !separator.isEmpty { chooseDayFirst(&column, &remarks) }
        case count(.mayDate, .longMonth), count(.mayDate, .shortMonth):
            if !separator.isEmpty { chooseMonthName(&column) }
        case count(.integer, .compactDate): chooseInteger(&column, &remarks)
        case count(.pointDecimal, .integer, .compactDate):
            chooseDecimal(&column)
            if pointGroups > 0, pointGroups == count(.pointDecimal) {
                remarks.append(
                    """
                    the points in \(source) may separate thousands or decimals: taken for decimals; \
                    with thousands: "." they are thousands
                    """)
            }
        case count(.groupedPoint, .pointDecimal, .integer, .compactDate) where count(.pointDecimal) > 0:
            chooseDecimal(&column)
            column.thousandsMark = ","
        case count(.groupedComma, .commaDecimal, .integer, .compactDate)
        where count(.commaDecimal, .groupedComma) > 0:
            chooseComma(&column, &remarks)
        case count(.commaDecimal, .integer, .compactDate),
            count(.groupedPoint, .commaDecimal, .integer, .compactDate):
            chooseComma(&column, &remarks)
        case count(.rupiah, .integer, .compactDate, .commaDecimal, .groupedComma),
            count(.rupiahPoint, .integer, .compactDate, .commaDecimal, .groupedComma):
            chooseRupiah(&column)
        case count(.scientific, .pointDecimal, .integer, .compactDate):
            column.type = .double
            remarks.append("\(source) is partly written in scientific notation: digits may be lost already")
        default:
            if count(.longDigits) > 0, count(.longDigits, .integer, .compactDate) == all {
                remarks.append(
                    "\(source) holds digits with leading zeros or of 16 places and more: kept as text")
            }
        }
    }

    private func chooseInteger(_ column: inout ColumnSpec, _ remarks: inout [String]) {
        let isSmall = least >= Int128(Int32.min) / 2 && greatest <= Int128(Int32.max) / 2
        column.type = isSmall ? .integer : .bigint
        if count(.compactDate) * 10 >= values * 9 {
            remarks.append(
                "\(source) looks like a date written as a number: type date with format \"%Y%m%d\" reads it")
        }
    }

    /// With room for two more digits than were seen.
    private func chooseDecimal(_ column: inout ColumnSpec) {
        let digits = max(integerDigits, String(greatest.magnitude).count, String(least.magnitude).count)
        let precision = max(12, digits + decimalPlaces + 2)
        column.type = precision <= 38 ? .decimal(precision: precision, scale: decimalPlaces) : .text
    }

    private func chooseComma(_ column: inout ColumnSpec, _ remarks: inout [String]) {
        chooseDecimal(&column)
        guard column.type != .text else { return }
        let isGroupedOnly = count(.groupedPoint) > 0 && count(.commaDecimal, .groupedComma) == 0
        if isGroupedOnly {
            // 1,234: a thousand, or one and a bit?
            column.thousandsMark = ","
            remarks.append("the commas in \(source) may separate thousands or decimals: taken for thousands")
            chooseIntegerOfGroups(&column)
        } else {
            column.decimalMark = ","
            if count(.groupedComma) > 0 { column.thousandsMark = "." }
            if count(.groupedComma) > 0, count(.commaDecimal) == 0 {
                remarks.append("the points in \(source) are taken for thousands marks")
            }
        }
    }

    private func chooseIntegerOfGroups(_ column: inout ColumnSpec) {
        if decimalPlaces == 0 || decimalPlaces == 3 { column.type = .bigint }
    }

    private func chooseMonthName(_ column: inout ColumnSpec) {
        guard firstPart <= 31 else { return }
        column.type = .date
        let month = count(.shortMonth) > 0 || count(.longMonth) == 0 ? "%b" : "%B"
        column.format = "%d\(separator)\(month)\(separator)%Y"
        if indonesianMonths > 0 { column.months = .indonesian }
    }

    /// `Rp 1.250.000,00`; values without the prefix are taken too.
    private func chooseRupiah(_ column: inout ColumnSpec) {
        chooseDecimal(&column)
        guard column.type != .text else { return }
        column.prefix = count(.rupiahPoint) > 0 ? "Rp." : "Rp"
        column.decimalMark = ","
        column.thousandsMark = "."
    }

    private func chooseDayFirst(_ column: inout ColumnSpec, _ remarks: inout [String]) {
        guard firstPart <= 31, secondPart <= 31, firstPart <= 12 || secondPart <= 12 else { return }
        let isMonthFirst = secondPart > 12
        let time = count(.dayFirstMinute) > 0 ? " %H:%M" : count(.dayFirstSecond) > 0 ? " %H:%M:%S" : ""
        column.type = time.isEmpty ? .date : .timestamp
        column.format =
            (isMonthFirst ? "%m\(separator)%d\(separator)%Y" : "%d\(separator)%m\(separator)%Y") + time
        if firstPart <= 12, secondPart <= 12 {
            remarks.append("\(source) could be day or month first: taken as \(column.format ?? "")")
        }
    }
}
