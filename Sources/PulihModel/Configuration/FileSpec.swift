/// One logical source file: how to recognise it, read it, check it and where it goes.
public struct FileSpec: Sendable, Equatable {
    public var key: FileKey
    /// Glob over the file name (`*`, `?`, `[…]`), matched against the name without a compression suffix too.
    public var pattern: String
    public var delivery: Delivery
    public var perBatch: PerBatch
    /// Bronze table without schema.
    public var target: String
    public var format: RecordFormat
    public var columns: [ColumnSpec]
    public var drift: DriftPolicy
    public var rules: [RowRule]
    public var limits: QuarantineLimits
    /// Of the same content.
    public var duplicates: DuplicatePolicy
    /// Of the same name with other content.
    public var sameName = SameNamePolicy.load
    public var overlap: Overlap?
    public var empty: EmptyPolicy
    public var skips: [SkipRule]
    public var at: SourceLine
    /// When it is to come; nil: nobody waits for it.
    public var expected: Expectation?
    /// What its sender says that it holds; nil: nothing.
    public var control: ControlTotals?

    public init(
        key: FileKey, pattern: String, delivery: Delivery, perBatch: PerBatch, target: String,
        format: RecordFormat, columns: [ColumnSpec], drift: DriftPolicy, rules: [RowRule],
        limits: QuarantineLimits,
        duplicates: DuplicatePolicy, empty: EmptyPolicy, skips: [SkipRule], at: SourceLine
    ) {
        self.key = key
        self.pattern = pattern
        self.delivery = delivery
        self.perBatch = perBatch
        self.target = target
        self.format = format
        self.columns = columns
        self.drift = drift
        self.rules = rules
        self.limits = limits
        self.duplicates = duplicates
        self.empty = empty
        self.skips = skips
        self.at = at
    }

    /// Both are tables of the same workbooks, and not the same table. A side file belongs to one file alone.
    public func sharesFiles(with other: FileSpec) -> Bool {
        for control in [control, other.control] {
            if case .sideFile? = control?.place { return false }
        }
        return format.isWorkbook && format.type == other.format.type && format.content != other.format.content
            && key.source == other.key.source && pattern.lowercased() == other.pattern.lowercased()
    }

    public var bronze: LayerTable { LayerTable(.bronze, target) }
    public var dialect: CSVDialect {
        get { format.dialect }
        set { format.dialect = newValue }
    }
}

/// How a delivery relates to the ones before it.
public enum Delivery: Sendable, Equatable {
    /// Replaces all before it.
    case full
    /// Adds to what is there.
    case delta
    /// Adds; the newest row of a key (bronze column names) is in force.
    case upsert(key: [String])

    public var name: String {
        switch self {
        case .full: "full"
        case .delta: "delta"
        case .upsert: "upsert"
        }
    }
}

/// How many physical files of one logical file a batch takes.
public enum PerBatch: String, Sendable, Codable, CaseIterable {
    /// The first in natural name order; the others wait for the next batch. Default of `full`, where a second file
    /// would replace the first.
    case one
    /// All that are there. Default of `delta` and `upsert`.
    case all
}

public enum DriftPolicy: String, Sendable, Codable, CaseIterable {
    /// Missing and extra columns fail the file.
    case fail
    /// Extra columns are left out with a warning; missing ones fail.
    case ignoreExtra = "ignore_extra"
    /// Extra columns are registered as text in a new version of the file's schema and are in bronze from then on;
    /// missing ones fail.
    case evolve
}

public enum DuplicatePolicy: String, Sendable, Codable, CaseIterable {
    /// Content that was already loaded goes to `archive` and is not loaded again.
    case skip
    /// It is loaded again, with a warning.
    case warn
    /// It fails the file, which goes to `failed`.
    case refuse
}

public enum EmptyPolicy: String, Sendable, Codable, CaseIterable {
    /// No byte, or a header without a record: the file fails.
    case refuse
    /// Loads nothing, with a warning; a `full` delivery then empties the current rows.
    case accept
}

/// Records that may be quarantined before the file fails as a whole; both must hold.
public struct QuarantineLimits: Sendable, Equatable {
    public var records: Int?
    public var percent: Double?
    /// Quarantined records of a file and stage that keep their text and reasons; of others the number is kept.
    public var keep: Int

    public static let usualKeep = 100_000

    public init(records: Int?, percent: Double?, keep: Int = usualKeep) {
        self.records = records
        self.percent = percent
        self.keep = keep
    }
}

/// Records that configuration leaves out on purpose, counted under the reason.
public struct SkipRule: Sendable, Equatable {
    public var reason: String
    public var column: String
    /// Number of the field instead, from 1.
    public var field: Int?
    /// RE2 expression that the whole raw value must match.
    public var matches: String

    public init(reason: String, column: String, matches: String) {
        self.reason = reason
        self.column = column
        self.matches = matches
    }
}
