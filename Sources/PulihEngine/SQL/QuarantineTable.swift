internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Quarantined records on their way to a Parquet file, in bounded memory.
final class QuarantineTable {
    private static let batch = (rows: 2048, bytes: 4 << 20)
    private static let columns = """
        file VARCHAR, record BIGINT, line BIGINT, byte_offset BIGINT, column_name VARCHAR, value VARCHAR, \
        stage VARCHAR, rule VARCHAR, reason VARCHAR, raw_text VARCHAR
        """
    private static let names =
        "file, record, line, byte_offset, column_name, value, stage, rule, reason, raw_text"

    private let session: DuckDBSession
    private let table: String
    private var rows: [[DuckDBValue]] = []
    private var bytes = 0
    private var exists = false

    init(_ session: DuckDBSession, _ scratch: ScratchTables) {
        self.session = session
        table = scratch.name("quarantine")
    }

    func add(_ record: QuarantineRecord) throws {
        rows.append([
            .text(record.file), .int(Int64(record.record)), .int(Int64(record.line)),
            .int(Int64(record.byteOffset)),
            .text(record.column), record.value.map { .text(Self.shown($0)) } ?? .null,
            .text(record.stage.rawValue), .text(record.rule), .text(Self.shown(record.reason)),
            .text(Self.shown(record.rawText)),
        ])
        bytes += record.rawText.utf8.count
        if rows.count >= Self.batch.rows || bytes >= Self.batch.bytes { try flush() }
    }

    /// The text with U+0000 made visible, as `␀`: neither a catalog on PostgreSQL nor a terminal takes it.
    private static func shown(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "␀" : $0 }))
    }

    /// Puts the file in its place, or removes it when nothing was quarantined.
    ///
    /// A crash leaves the old file or the new one.
    /// - Returns: records (not reasons) in the file, and the first few.
    func install(_ path: String, _ files: TemporaryFiles) throws -> (
        records: Int, examples: [QuarantineRecord]
    ) {
        try flush()
        guard exists else {
            try DurableFile.remove(path)
            return (0, [])
        }
        let temporary = files.path("quarantine.parquet")
        let select = "SELECT * FROM \(SQLText.identifier(table)) ORDER BY record, column_name, rule"
        try session.execute(ParquetSQL.copy(select, to: temporary))
        let records =
            try session.scalar("SELECT count(DISTINCT record) FROM \(ParquetSQL.read(temporary))").int ?? 0
        var examples: [QuarantineRecord] = []
        try Self.read(session, [temporary], limit: 5) { examples.append($0) }
        try DurableFile.install(temporary, as: path)
        return (records, examples)
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

    /// Reads quarantine files, ordered by file, record and stage.
    static func read(
        _ session: DuckDBSession, _ paths: [String], limit: Int?, _ body: (QuarantineRecord) throws -> Void
    ) throws {
        guard !paths.isEmpty else { return }
        let list = paths.map(ParquetSQL.fileLiteral).joined(separator: ", ")
        let sql = """
            SELECT \(names) FROM read_parquet([\(list)], hive_partitioning = false) \
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
}
