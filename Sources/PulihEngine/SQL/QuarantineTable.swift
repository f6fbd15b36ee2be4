internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Quarantined records on their way to a Parquet file, in bounded memory and on bounded disk: of records beyond a limit
/// only the number is kept, so that every count is exact and a load still knows which records to leave out.
final class QuarantineTable {
    private static let batch = (rows: 2048, bytes: 4 << 20)
    /// Of values and raw texts; beyond it no more records are kept with their text.
    private static let mostText = 128 << 20
    private static let columns = """
        file VARCHAR, record BIGINT, line BIGINT, byte_offset BIGINT, column_name VARCHAR, value VARCHAR, \
        stage VARCHAR, rule VARCHAR, reason VARCHAR, raw_text VARCHAR
        """
    private static let names =
        "file, record, line, byte_offset, column_name, value, stage, rule, reason, raw_text"
    /// What a number stands under whose record is left out without being quarantined.
    private static let skipped = "skipped"
    /// Of a row that is more than a number.
    private static let isKept = "reason IS NOT NULL"

    private let session: DuckDBSession
    private let keep: Int
    private let table: String
    private let numberTable: String
    private var sample = QuarantineSample(keep: .max, of: 0)
    private var rows: [[DuckDBValue]] = []
    private var numbers: [[DuckDBValue]] = []
    private var bytes = 0
    private var keptBytes = 0
    /// Records of which the number is kept.
    private(set) var numbered = 0
    private var exists = false
    private var hasNumbers = false

    /// - Parameter keep: records that keep their text.
    init(_ session: DuckDBSession, _ scratch: ScratchTables, keep: Int) {
        self.session = session
        self.keep = keep
        table = scratch.name("quarantine")
        numberTable = scratch.name("quarantine_numbers")
    }

    /// So many records will be asked about.
    func expect(_ records: Int) { sample = QuarantineSample(keep: keep, of: records) }

    /// Whether the next record is to be added with its text, or else its number. Asked once for each.
    func keepsNext() -> Bool { sample.takesNext() && keptBytes < Self.mostText }

    /// Adds a record once for each reason.
    func add(_ record: QuarantineRecord) throws {
        rows.append([
            .text(record.file), .int(Int64(record.record)), .int(Int64(record.line)),
            .int(Int64(record.byteOffset)),
            .text(record.column), record.value.map { .text(Self.shown($0)) } ?? .null,
            .text(record.stage.rawValue), .text(record.rule), .text(Self.shown(record.reason)),
            .text(Self.shown(record.rawText)),
        ])
        let size = record.rawText.utf8.count + (record.value?.utf8.count ?? 0)
        bytes += size
        keptBytes += size
        if rows.count >= Self.batch.rows || bytes >= Self.batch.bytes { try flush() }
    }

    /// Adds a record of which nothing but the number is kept; once each.
    func add(number ordinal: Int) throws {
        numbers.append([.int(Int64(ordinal))])
        numbered += 1
        if numbers.count >= Self.batch.rows { try flushNumbers() }
    }

    /// The text with U+0000 made visible, as `␀`: neither a catalog on PostgreSQL nor a terminal takes it.
    private static func shown(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "␀" : $0 }))
    }

    struct Installed {
        /// Records (not reasons) in the file.
        var records = 0
        /// Those of them that have their text.
        var kept = 0
        /// The first few.
        var examples: [QuarantineRecord] = []
    }

    /// Puts the file in its place, or removes it when nothing was quarantined.
    ///
    /// A crash leaves the old file or the new one.
    func install(_ path: String, _ files: TemporaryFiles) throws -> Installed {
        try flush()
        try flushNumbers()
        guard exists || hasNumbers else {
            try DurableFile.remove(path)
            return Installed()
        }
        let temporary = files.path("quarantine.parquet")
        try session.execute(ParquetSQL.copy(select, to: temporary))
        var installed = Installed()
        installed.kept =
            try session.scalar(
                "SELECT count(DISTINCT record) FROM \(ParquetSQL.read(temporary)) WHERE \(Self.isKept)"
            ).int ?? 0
        installed.records = installed.kept + numbered
        try Self.read(session, [temporary], limit: 5) { installed.examples.append($0) }
        try DurableFile.install(temporary, as: path)
        return installed
    }

    /// The kept ones with all that is known, then the numbers of the others.
    private var select: String {
        let kept =
            "SELECT \(Self.names) FROM \(SQLText.identifier(table)) ORDER BY record, column_name, rule"
        guard hasNumbers else { return kept }
        let bare = """
            SELECT NULL::VARCHAR, record, NULL::BIGINT, NULL::BIGINT, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, \
            NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR FROM \(SQLText.identifier(numberTable))
            """
        guard exists else { return "SELECT * FROM (\(bare)) AS n(\(Self.names))" }
        return "SELECT * FROM (\(kept)) UNION ALL \(bare)"
    }

    /// The records of a table as rows that a load leaves out and that no count of quarantine sees.
    static func skippedRows(of table: String) -> String {
        """
        SELECT NULL::VARCHAR AS file, record, NULL::BIGINT AS line, NULL::BIGINT AS byte_offset, \
        NULL::VARCHAR AS column_name, NULL::VARCHAR AS value, NULL::VARCHAR AS stage, \
        \(SQLText.literal(skipped)) AS rule, NULL::VARCHAR AS reason, NULL::VARCHAR AS raw_text \
        FROM \(SQLText.identifier(table))
        """
    }

    /// Of the kept records so far, for questions about them; nil: there is none.
    func keptTable() throws -> String? {
        try flush()
        return exists ? table : nil
    }

    private func flush() throws {
        guard !rows.isEmpty else { return }
        if !exists {
            try session.execute("CREATE TABLE \(SQLText.identifier(table)) (\(Self.columns))")
            exists = true
        }
        try session.append(table: table, rows: rows)
        rows.removeAll(keepingCapacity: true)
        bytes = 0
    }

    private func flushNumbers() throws {
        guard !numbers.isEmpty else { return }
        if !hasNumbers {
            try session.execute("CREATE TABLE \(SQLText.identifier(numberTable)) (record BIGINT)")
            hasNumbers = true
        }
        try session.append(table: numberTable, rows: numbers)
        numbers.removeAll(keepingCapacity: true)
    }

    // MARK: reading

    /// Reads quarantine files, ordered by file, record and stage; without the records of which only the number is kept.
    static func read(
        _ session: DuckDBSession, _ paths: [String], limit: Int?, _ body: (QuarantineRecord) throws -> Void
    ) throws {
        guard !paths.isEmpty else { return }
        let sql = """
            SELECT \(names) FROM \(source(paths)) WHERE \(isKept) \
            ORDER BY file, record, stage, column_name, rule\(limit.map { " LIMIT \($0)" } ?? "")
            """
        try session.forEachRow(sql) { row in
            guard let record = row[1].int, let line = row[2].int, let offset = row[3].int,
                let stage = row[6].string.flatMap(Stage.init(rawValue:))
            else {
                throw PulihError(
                    .damaged, "a quarantine file holds a row without its place", object: paths[0])
            }
            try body(
                QuarantineRecord(
                    file: row[0].string ?? "", record: record, line: line, byteOffset: offset,
                    column: row[4].string ?? "", value: row[5].string, stage: stage,
                    rule: row[7].string ?? "",
                    reason: row[8].string ?? "", rawText: row[9].string ?? ""))
        }
    }

    /// Of each file by itself: no record stands in two.
    static func count(_ session: DuckDBSession, _ paths: [String]) throws -> QuarantineCounts {
        var counts = QuarantineCounts(records: 0, kept: 0)
        for path in paths {
            let row = try session.query(
                """
                SELECT count(DISTINCT record), count(DISTINCT record) FILTER (\(isKept)) FROM \(source([path])) \
                WHERE \(isKept) OR rule IS NULL
                """
            ).rows[0]
            counts.records += row[0].int ?? 0
            counts.kept += row[1].int ?? 0
        }
        return counts
    }

    private static func source(_ paths: [String]) -> String {
        let list = paths.map(ParquetSQL.fileLiteral).joined(separator: ", ")
        return "read_parquet([\(list)], hive_partitioning = false)"
    }
}
