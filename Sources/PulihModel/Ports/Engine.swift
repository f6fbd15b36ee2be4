/// Files in and out: count, hash, read, check, write Parquet. All work is streamed.
///
/// Everything written is written to a temporary name, made durable and renamed: after a crash it is whole or absent.
/// Calling a method again replaces what it wrote before.
public protocol Engine: Sendable {
    /// One pass over the raw file: SHA-256 of the raw bytes, and records counted by code of Pulih's own.
    /// - Throws: `data` when a compressed file is cut or damaged; `storage` when it cannot be read.
    func survey(path: String, format: RecordFormat) async throws -> FileSurvey

    /// Raw file to typed Parquet; records that cannot be taken go to `request.rejectedPath`.
    func convert(_ request: ConvertRequest) async throws -> ConvertOutcome

    /// All row rules of a file in one scan of its Parquet; quarantined records go to `request.rejectedPath`.
    func checkRows(_ request: RowCheckRequest) async throws -> RowCheckOutcome

    /// The records of a file that are to be loaded.
    func loadRelation(_ file: ConvertedFile) async throws -> LoadRelation

    /// Records of a raw file by ordinal, with their place. Reads the file once.
    func rawRecords(path: String, format: RecordFormat, ordinals: [Int]) async throws -> [RawRecord]

    /// Quarantined records of these Parquet files, ordered by file, record, stage; missing files are skipped. Without
    /// those of which only the number is kept (see `QuarantineLimits.keep`).
    func quarantined(
        paths: [String], limit: Int?, each: @escaping @Sendable (QuarantineRecord) throws -> Void
    ) async throws

    /// How many records these quarantine files hold, in one reading of their numbers; missing files are skipped.
    func quarantineCounts(paths: [String]) async throws -> QuarantineCounts

    /// Reads a CSV file as `quarantine export` writes it and a person corrected it: columns `file`, `record` and
    /// `raw_text` by name, any others ignored.
    /// - Throws: `data` naming the line for a missing column or a record that is no number.
    func corrections(path: String) async throws -> [Correction]

    /// Field names of the header as written; nil without one. Reads the beginning only.
    /// - Throws: as `survey`.
    func header(path: String, format: RecordFormat) async throws -> [String]?

    /// Reads a file whole and proposes its configuration: one entry for each table that it holds.
    /// - Throws: `data` for a file that holds none, or is of a format that is not read.
    func propose(path: String) async throws -> [FileProposal]

    /// Tables that a SELECT reads, CTE names left out, by the parser of DuckDB.
    /// - Throws: `configuration` with the position for SQL that does not parse or is no single SELECT.
    func tableReferences(sql: String) async throws -> [SQLReference]

    func close() async throws
}

/// The corrected text of a quarantined record.
public struct Correction: Sendable, Hashable {
    public var file: String
    public var record: Int
    public var text: String

    public init(file: String, record: Int, text: String) {
        self.file = file
        self.record = record
        self.text = text
    }
}

public struct FileSurvey: Sendable, Equatable {
    public var sha256: String
    /// Size of the raw file.
    public var bytes: Int
    /// Records, header not counted.
    public var records: Int
    public var blankLines: Int
    /// Field names of the header as written; nil without header or for an empty file.
    public var header: [String]?
    /// Fields of the first record, to tell a file without header from its configuration.
    public var firstRecordFields: Int?
    public var isEmpty: Bool

    public init(
        sha256: String, bytes: Int, records: Int, blankLines: Int, header: [String]?, firstRecordFields: Int?,
        isEmpty: Bool
    ) {
        self.sha256 = sha256
        self.bytes = bytes
        self.records = records
        self.blankLines = blankLines
        self.header = header
        self.firstRecordFields = firstRecordFields
        self.isEmpty = isEmpty
    }
}

public struct ConvertRequest: Sendable {
    public var rawPath: String
    public var physicalName: String
    public var spec: FileSpec
    public var parquetPath: String
    /// Quarantine of this stage.
    public var rejectedPath: String
    /// Corrected records (see `quarantine release`): NDJSON of {"record": n, "text": "…"}; nil or absent: none.
    public var correctionsPath: String?
    /// For temporary files; on the same file system as the Parquet.
    public var workFolder: String

    public init(
        rawPath: String, physicalName: String, spec: FileSpec, parquetPath: String, rejectedPath: String,
        correctionsPath: String?, workFolder: String
    ) {
        self.rawPath = rawPath
        self.physicalName = physicalName
        self.spec = spec
        self.parquetPath = parquetPath
        self.rejectedPath = rejectedPath
        self.correctionsPath = correctionsPath
        self.workFolder = workFolder
    }
}

public struct ConvertOutcome: Sendable, Equatable {
    /// Records in the Parquet that are to be loaded.
    public var converted: Int
    /// Records (not reasons) in quarantine.
    public var quarantined: Int
    public var skipped: [String: Int]
    /// Records that were taken from corrections.
    public var corrected: Int
    /// Names of the columns in the raw file.
    public var received: [String]
    /// First few quarantined records, for the message.
    public var examples: [QuarantineRecord]
    /// What a person should know of the file although its records were taken.
    public var remarks: [String]
    /// What the file's control totals are compared with; nil: it has none.
    public var control: ControlFigures?
    /// Of the quarantined records those whose text is kept; see `QuarantineLimits.keep`.
    public var kept: Int
    /// Columns whose values are no longer of their type.
    public var drifts: [TypeDrift]

    /// - Parameter kept: nil: all.
    public init(
        converted: Int, quarantined: Int, skipped: [String: Int], corrected: Int, received: [String],
        examples: [QuarantineRecord], remarks: [String] = [], kept: Int? = nil, drifts: [TypeDrift] = []
    ) {
        self.remarks = remarks
        self.kept = kept ?? quarantined
        self.drifts = drifts
        self.converted = converted
        self.quarantined = quarantined
        self.skipped = skipped
        self.corrected = corrected
        self.received = received
        self.examples = examples
    }
}

/// A file that convert is done with, as the later stages read it.
public struct ConvertedFile: Sendable {
    public var rawPath: String
    public var physicalName: String
    public var spec: FileSpec
    public var parquetPath: String
    /// Quarantine files of the stages convert and validate_row; either may be absent.
    public var convertRejectedPath: String
    public var rowRejectedPath: String

    public init(
        rawPath: String, physicalName: String, spec: FileSpec, parquetPath: String,
        convertRejectedPath: String,
        rowRejectedPath: String
    ) {
        self.rawPath = rawPath
        self.physicalName = physicalName
        self.spec = spec
        self.parquetPath = parquetPath
        self.convertRejectedPath = convertRejectedPath
        self.rowRejectedPath = rowRejectedPath
    }
}

public struct RowCheckRequest: Sendable {
    public var file: ConvertedFile
    /// Severity of rules that name none.
    public var defaultSeverity: Severity
    /// Records counted in the raw file.
    public var records: Int
    /// Records of the last good batch; nil: none.
    public var lastGoodRecords: Int?
    /// nil: nobody wants to know.
    public var overlap: SoughtOverlap?

    public init(
        file: ConvertedFile, defaultSeverity: Severity, records: Int, lastGoodRecords: Int?,
        overlap: SoughtOverlap? = nil
    ) {
        self.overlap = overlap
        self.file = file
        self.defaultSeverity = defaultSeverity
        self.records = records
        self.lastGoodRecords = lastGoodRecords
    }
}

/// What stands in bronze already is to be found.
public struct SoughtOverlap: Sendable {
    public var overlap: Overlap
    /// Files of earlier batches that are loaded.
    public var earlier: [ConvertedFile]

    public init(_ overlap: Overlap, earlier: [ConvertedFile]) {
        self.overlap = overlap
        self.earlier = earlier
    }
}

public struct RowCheckOutcome: Sendable, Equatable {
    /// One per rule that found something.
    public var findings: [RuleFinding]
    /// Records (not reasons) that this stage quarantined.
    public var quarantined: Int
    /// Records left to load.
    public var remaining: Int
    /// Of the quarantined records those whose text is kept.
    public var kept: Int
    /// Records that are left out because they stand in bronze already.
    public var overlapping = 0

    /// - Parameter kept: nil: all.
    public init(findings: [RuleFinding], quarantined: Int, remaining: Int, kept: Int? = nil) {
        self.kept = kept ?? quarantined
        self.findings = findings
        self.quarantined = quarantined
        self.remaining = remaining
    }
}

public struct RuleFinding: Sendable, Equatable {
    public var rule: String
    public var severity: Severity
    /// Records that break the rule; 0 for a row count.
    public var records: Int
    /// `cst_id = 29466 three times, records 3, 18 and 19`
    public var message: String
    public var examples: [QuarantineRecord]

    public init(rule: String, severity: Severity, records: Int, message: String, examples: [QuarantineRecord])
    {
        self.rule = rule
        self.severity = severity
        self.records = records
        self.message = message
        self.examples = examples
    }
}

/// Records to load, as DuckDB SELECTs: the columns of the file's configuration in order (NULL for those that were not
/// received), then `dwh_source_row`.
public struct LoadRelation: Sendable, Equatable {
    public var whole: String
    /// SELECTs that together give each row of `whole` once, to be read side by side. One when it is not worth splitting.
    public var parts: [String]

    public init(whole: String, parts: [String]) {
        self.whole = whole
        self.parts = parts
    }
}

/// A table reference in SQL. Schema is empty when none was written.
public struct SQLReference: Sendable, Hashable {
    public var schema: String
    public var table: String

    public init(schema: String, table: String) {
        self.schema = schema
        self.table = table
    }
}
