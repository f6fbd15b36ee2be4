/// One column of a source file and the bronze column it becomes.
public struct ColumnSpec: Sendable, Equatable {
    /// Name in the header; for a file without header the name given by position.
    public var source: String
    /// Name in bronze.
    public var name: String
    public var type: ColumnType
    /// `strptime` pattern of a date, time or timestamp: `%d/%m/%Y`.
    public var format: String?
    public var decimalMark: String
    public var thousandsMark: String?
    /// Text before a number, such as `Rp`; blanks after it are ignored. A value without it is taken too.
    public var prefix: String?
    public var suffix: String?
    public var months: MonthNames
    /// Texts that mean NULL; nil: those of the dialect.
    public var nulls: [String]?
    /// Blanks around the value are dropped. Always so for types other than text.
    public var trim: Bool
    /// Words for true and false beside `true`/`false`.
    public var trueWords: [String]
    public var falseWords: [String]
    /// A missing required column fails mapping; a missing optional one is NULL with a warning.
    public var isRequired: Bool

    public init(
        source: String, name: String, type: ColumnType, format: String? = nil, decimalMark: String = ".",
        thousandsMark: String? = nil, prefix: String? = nil, suffix: String? = nil,
        months: MonthNames = .english,
        nulls: [String]? = nil, trim: Bool = false, trueWords: [String] = [], falseWords: [String] = [],
        isRequired: Bool = true
    ) {
        self.source = source
        self.name = name
        self.type = type
        self.format = format
        self.decimalMark = decimalMark
        self.thousandsMark = thousandsMark
        self.prefix = prefix
        self.suffix = suffix
        self.months = months
        self.nulls = nulls
        self.trim = trim
        self.trueWords = trueWords
        self.falseWords = falseWords
        self.isRequired = isRequired
    }
}

public enum MonthNames: String, Sendable, Codable, CaseIterable { case english, indonesian }

/// Types of bronze columns, in Pulih's words; adapters know the SQL for them.
public enum ColumnType: Sendable, Hashable, CustomStringConvertible {
    case smallint, integer, bigint, hugeint
    case decimal(precision: Int, scale: Int)
    case double, boolean, date, timestamp, timestamptz, time, text, uuid, json

    public var description: String {
        switch self {
        case .smallint: "smallint"
        case .integer: "integer"
        case .bigint: "bigint"
        case .hugeint: "hugeint"
        case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
        case .double: "double"
        case .boolean: "boolean"
        case .date: "date"
        case .timestamp: "timestamp"
        case .timestamptz: "timestamptz"
        case .time: "time"
        case .text: "text"
        case .uuid: "uuid"
        case .json: "json"
        }
    }

    /// Names without parameters, for "did you mean".
    public static let names = [
        "smallint", "integer", "bigint", "hugeint", "decimal", "double", "boolean", "date", "timestamp",
        "timestamptz",
        "time", "text", "uuid", "json",
    ]

    /// Reads `integer`, `decimal(12,2)`; nil for anything else. Precision 1 to 38, scale 0 to precision.
    public init?(_ text: String) {
        let simple: [String: ColumnType] = [
            "smallint": .smallint, "integer": .integer, "bigint": .bigint, "hugeint": .hugeint,
            "double": .double,
            "boolean": .boolean, "date": .date, "timestamp": .timestamp, "timestamptz": .timestamptz,
            "time": .time,
            "text": .text, "uuid": .uuid, "json": .json,
        ]
        let word = text.lowercased().filter { $0 != " " }
        if let type = simple[word] {
            self = type
            return
        }
        guard word.hasPrefix("decimal("), word.hasSuffix(")") else { return nil }
        let numbers = word.dropFirst(8).dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard numbers.count == 2, let precision = Int(numbers[0]), let scale = Int(numbers[1]),
            (1...38).contains(precision), (0...precision).contains(scale)
        else { return nil }
        self = .decimal(precision: precision, scale: scale)
    }

    public var isInteger: Bool {
        switch self {
        case .smallint, .integer, .bigint, .hugeint: true
        default: false
        }
    }

    public var isNumeric: Bool {
        if case .decimal = self { return true }
        return isInteger || self == .double
    }
}
