/// A record that could not be taken, once per reason.
public struct QuarantineRecord: Sendable, Equatable {
    public var file: String
    /// Ordinal in the raw file, from 1.
    public var record: Int
    /// Physical line where the record begins, from 1, header and blank lines counted.
    public var line: Int
    /// Offset of the record's first byte in the raw file, from 0.
    public var byteOffset: Int
    /// Source column; empty when the record as a whole is meant.
    public var column: String
    public var value: String?
    public var stage: Stage
    /// `structure`, `encoding`, `type`, or the name of a row rule.
    public var rule: String
    /// What is wrong, for people.
    public var reason: String
    public var rawText: String

    public init(
        file: String, record: Int, line: Int, byteOffset: Int, column: String, value: String?, stage: Stage,
        rule: String, reason: String, rawText: String
    ) {
        self.file = file
        self.record = record
        self.line = line
        self.byteOffset = byteOffset
        self.column = column
        self.value = value
        self.stage = stage
        self.rule = rule
        self.reason = reason
        self.rawText = rawText
    }

    /// Rules of records that the reader could not split or decode, and which therefore are not in the Parquet.
    public static let structuralRules: Set<String> = ["structure", "encoding"]
}

/// What quarantine holds of some files.
public struct QuarantineCounts: Sendable, Equatable {
    /// Records, not reasons.
    public var records: Int
    /// Those of them that have their text and reasons.
    public var kept: Int

    public init(records: Int, kept: Int) {
        self.records = records
        self.kept = kept
    }

    public var isPartial: Bool { kept < records }
}

/// A record as it stands in the raw file.
public struct RawRecord: Sendable, Equatable {
    public var record: Int
    public var line: Int
    public var byteOffset: Int
    public var text: String

    public init(record: Int, line: Int, byteOffset: Int, text: String) {
        self.record = record
        self.line = line
        self.byteOffset = byteOffset
        self.text = text
    }
}
