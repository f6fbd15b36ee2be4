import PulihModel
import PulihSQLite

/// `BatchRecord` as a row of `batch`.
enum BatchRow {
    static let columns = [
        "client_schema", "batch_id", "batch_number", "status", "mode", "batch_time", "started_at", "ended_at",
        "attempt", "message",
    ]

    static func values(of batch: BatchRecord) -> [SQLiteValue] {
        [
            .text(batch.client), .text(batch.batch.description), .int(Int64(batch.batch.number)),
            .text(batch.status.rawValue), .text(batch.mode.rawValue), .int(batch.batchTime),
            .int(batch.startedAt),
            SQLiteValue(batch.endedAt), .int(Int64(batch.attempt)), .text(batch.message),
        ]
    }

    static func read(_ row: SQLiteRow) throws -> BatchRecord {
        BatchRecord(
            client: try row.text("client_schema"), batch: BatchID(number: Int(try row.int("batch_number"))),
            status: try row.named("status"), mode: try row.named("mode"),
            batchTime: try row.int("batch_time"),
            startedAt: try row.int("started_at"), endedAt: try row.optionalInt("ended_at"),
            attempt: Int(try row.int("attempt")), message: try row.text("message"))
    }
}

/// `FileRecord` as a row of `file_audit_log`.
enum FileRow {
    static let columns = [
        "client_schema", "batch_id", "batch_number", "position", "source_system", "logical_source_file",
        "original_file_name", "physical_file_name", "parquet_name", "bytes", "inode", "sha256", "total_rows",
        "blank_lines", "loaded_rows", "quarantined_rows", "skipped_rows", "config_status", "convert_status",
        "mapping_validation_status", "row_validation_status", "load_status",
    ]

    static func values(of file: FileRecord) -> [SQLiteValue] {
        let skipped = JSONValue.object(
            file.skipped.sorted { $0.key < $1.key }.map { JSONMember($0.key, .number($0.value)) })
        return [
            .text(file.client), .text(file.batch.description), .int(Int64(file.batch.number)),
            .int(Int64(file.position)), .text(file.key.source), .text(file.key.name),
            .text(file.originalName),
            .text(file.physicalName), .text(file.parquetName), .int(Int64(file.bytes)),
            .int(Int64(bitPattern: file.inode)), .text(file.sha256), .int(Int64(file.records)),
            .int(Int64(file.blankLines)), SQLiteValue(file.loaded), SQLiteValue(file.quarantined),
            .text(skipped.compact), .text(file.configStatus.rawValue), .text(file.convertStatus.rawValue),
            .text(file.mappingStatus.rawValue), .text(file.rowStatus.rawValue),
            .text(file.loadStatus.rawValue),
        ]
    }

    static func read(_ row: SQLiteRow) throws -> FileRecord {
        FileRecord(
            client: try row.text("client_schema"), batch: BatchID(number: Int(try row.int("batch_number"))),
            key: FileKey(source: try row.text("source_system"), name: try row.text("logical_source_file")),
            position: Int(try row.int("position")), originalName: try row.text("original_file_name"),
            physicalName: try row.text("physical_file_name"), parquetName: try row.text("parquet_name"),
            bytes: Int(try row.int("bytes")), inode: UInt64(bitPattern: try row.int("inode")),
            sha256: try row.text("sha256"), records: Int(try row.int("total_rows")),
            blankLines: Int(try row.int("blank_lines")),
            loaded: try row.optionalInt("loaded_rows").map { Int($0) },
            quarantined: try row.optionalInt("quarantined_rows").map { Int($0) },
            skipped: try skipped(row.json("skipped_rows")), configStatus: try row.named("config_status"),
            convertStatus: try row.named("convert_status"),
            mappingStatus: try row.named("mapping_validation_status"),
            rowStatus: try row.named("row_validation_status"), loadStatus: try row.named("load_status"))
    }

    private static func skipped(_ json: JSONValue) -> [String: Int] {
        guard case .object(let members) = json else { return [:] }
        return Dictionary(members.map { ($0.name, Int($0.value.int ?? 0)) }, uniquingKeysWith: +)
    }
}

extension SQLiteRow {
    /// A value of one of Pulih's word lists.
    func named<Word: RawRepresentable<String>>(_ column: String) throws -> Word {
        let text = try text(column)
        guard let word = Word(rawValue: text) else { throw unknown(text, in: column) }
        return word
    }

    func json(_ column: String) throws -> JSONValue {
        let text = try text(column)
        do {
            return try JSONValue.parse(Array(text.utf8))
        } catch {
            throw unknown(text, in: column)
        }
    }

    func unknown(_ text: String, in column: String) -> PulihError {
        PulihError(
            .damaged, "the catalog holds '\(text.prefix(40))' in \(column), which this Pulih cannot read",
            hint: "something else than Pulih changed it; restore the newest copy of the catalog")
    }
}
