internal import PulihDuckDB
internal import PulihModel

/// Counts over all values of one column, and the type that follows from them.
struct ColumnProfile {
    static let nullWords =
        ["NULL", "null", "N/A", "n/a", "NA", "-", "--", "–", "…", "...", "(null)", "None", "none"]
        + errorWords
    /// What spreadsheets show where a formula has no value.
    private static let errorWords = [
        "#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!",
    ]

    /// What a number may be to be proposed as one.
    struct Limits {
        /// Whole numbers of so many digits and more identify something.
        var identifierDigits = 16
        /// Numbers with more places were computed.
        var mostPlaces = 38
    }

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
    /// Where points are marks of thousands.
    private var groupedDigits = 0
    private var commaPlaces = 0
    private var indonesianMonths = 0
    /// Values that are there and hold nothing.
    private var emptyTexts = 0
    private(set) var nullWordsSeen: [String] = []
    /// About how many different values there are.
    private(set) var different = 0

    /// SQL of the figures over a column's values.
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
            "count(*) FILTER (WHERE \(text) IS NOT NULL AND \(kind) = \(Kind.blank.rawValue))",
            "max(length(\(wholeAmount))) \(when([.groupedComma, .commaDecimal, .pointDecimal]))",
            "max(length(regexp_extract(\(trimmed), ',([0-9]+)$', 1))) \(when([.groupedComma, .commaDecimal]))",
        ]
    }

    static let figureCount = Kind.allCases.count + 17

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
        emptyTexts = rest[14].int ?? 0
        groupedDigits = rest[15].int ?? 0
        commaPlaces = rest[16].int ?? 0
    }

    private func count(_ kinds: Kind...) -> Int { kinds.reduce(0) { $0 + (counts[$1] ?? 0) } }
    var values: Int { counts.values.reduce(0, +) - count(.blank, .nullWord) }
    var isComplete: Bool { count(.blank, .nullWord) == 0 && values > 0 }

    /// The narrowest type that takes every value without losing anything.
    /// - Parameter nulls: words that mean NULL in the whole file.
    func proposal(name: String, nulls: [String], _ limits: Limits = Limits()) -> (
        column: ColumnSpec, remarks: [String]
    ) {
        var column = ColumnSpec(source: source, name: name, type: .text)
        var remarks: [String] = []
        choose(&column, limits, &remarks)
        if column.type != .text {
            // Where a missing value is another thing than an empty text.
            let words = (emptyTexts > 0 ? [""] : []) + nullWordsSeen
            let more = words.filter { !nulls.contains($0) }
            if !more.isEmpty { column.nulls = nulls + more }
            let errors = nullWordsSeen.filter(Self.errorWords.contains)
            if !errors.isEmpty {
                remarks.append(
                    "\(source) holds \(errors.joined(separator: ", ")) of broken formulas: taken for missing")
            }
        }
        if values == 0 { remarks.append("\(source) is empty in every record") }
        return (column, remarks)
    }

    private func choose(_ column: inout ColumnSpec, _ limits: Limits, _ remarks: inout [String]) {
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
        case count(.integer, .compactDate): chooseInteger(&column, limits, &remarks)
        case count(.groupedComma, .commaDecimal, .pointDecimal, .integer, .compactDate)
        where count(.groupedComma) > 0 && pointGroups == count(.pointDecimal):
            chooseGroupedComma(&column, &remarks)
        case count(.pointDecimal, .integer, .compactDate) where decimalPlaces > limits.mostPlaces:
            column.type = .double
            remarks.append(
                "\(source) holds numbers of up to \(decimalPlaces) places, as computing makes them")
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

    private func chooseInteger(_ column: inout ColumnSpec, _ limits: Limits, _ remarks: inout [String]) {
        guard max(digits(least), digits(greatest)) < limits.identifierDigits else {
            remarks.append(
                "\(source) holds whole numbers of \(limits.identifierDigits) digits and more: kept as text")
            return
        }
        let isSmall = least >= Int128(Int32.min) / 2 && greatest <= Int128(Int32.max) / 2
        column.type = isSmall ? .integer : .bigint
        if count(.compactDate) * 10 >= values * 9 {
            remarks.append(
                "\(source) looks like a date written as a number: type date with format \"%Y%m%d\" reads it")
        }
    }

    private func digits(_ number: Int128) -> Int { String(number.magnitude).count }

    /// With room for two more digits than were seen.
    private func chooseDecimal(_ column: inout ColumnSpec) {
        let digits = max(integerDigits, digits(greatest), digits(least))
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
        }
    }

    /// `1.234,5`: some value shows that a point never begins the decimals.
    private func chooseGroupedComma(_ column: inout ColumnSpec, _ remarks: inout [String]) {
        let digits = max(groupedDigits, digits(greatest), digits(least))
        let precision = max(12, digits + commaPlaces + 2)
        guard precision <= 38 else { return }
        column.thousandsMark = "."
        if commaPlaces == 0 {
            column.type = digits <= 9 ? .integer : digits <= 18 ? .bigint : .hugeint
            remarks.append("the points in \(source) are taken for thousands marks")
        } else {
            column.type = .decimal(precision: precision, scale: commaPlaces)
            column.decimalMark = ","
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
