import PulihModel

/// `BatchRecord` as a row of `batch`.
enum BatchRow {
    static let columns = [
        "client_schema", "batch_id", "batch_number", "status", "mode", "batch_time", "started_at", "ended_at",
        "attempt", "message",
    ]

    static func values(of batch: BatchRecord) -> [CatalogValue] {
        [
            .text(batch.client), .text(batch.batch.description), CatalogValue(batch.batch.number),
            .text(batch.status.rawValue), .text(batch.mode.rawValue), .time(batch.batchTime),
            .time(batch.startedAt), CatalogValue(time: batch.endedAt), CatalogValue(batch.attempt),
            .text(batch.message),
        ]
    }

    static func read(_ row: CatalogRow) throws -> BatchRecord {
        BatchRecord(
            client: try row.text("client_schema"), batch: BatchID(number: Int(try row.int("batch_number"))),
            status: try row.named("status"), mode: try row.named("mode"),
            batchTime: try row.time("batch_time"),
            startedAt: try row.time("started_at"), endedAt: try row.optionalTime("ended_at"),
            attempt: Int(try row.int("attempt")), message: try row.text("message"))
    }
}

/// `FileRecord` as a row of `file_audit_log`.
enum FileRow {
    static let columns = [
        "client_schema", "batch_id", "batch_number", "position", "source_system", "logical_source_file",
        "original_file_name", "physical_file_name", "parquet_name", "bytes", "inode", "sha256", "total_rows",
        "blank_lines", "loaded_rows", "quarantined_rows", "skipped_rows", "config_status", "convert_status",
        "mapping_validation_status", "row_validation_status", "load_status", "control_file",
        "control_sha256", "raw_purged_at", "parquet_purged_at", "quarantine_purged_at",
    ]

    static let upsert = CatalogSQL.upsert(
        "file_audit_log", columns, key: ["client_schema", "batch_number", "physical_file_name"])

    static func values(of file: FileRecord) -> [CatalogValue] {
        let skipped = JSONValue.object(
            file.skipped.sorted { $0.key < $1.key }.map { JSONMember($0.key, .number($0.value)) })
        return [
            .text(file.client), .text(file.batch.description), CatalogValue(file.batch.number),
            CatalogValue(file.position), .text(file.key.source), .text(file.key.name),
            .text(file.originalName), .text(file.physicalName), .text(file.parquetName),
            CatalogValue(file.bytes), .int(Int64(bitPattern: file.inode)), .text(file.sha256),
            CatalogValue(file.records), CatalogValue(file.blankLines), CatalogValue(file.loaded),
            CatalogValue(file.quarantined), .text(skipped.compact), .text(file.configStatus.rawValue),
            .text(file.convertStatus.rawValue), .text(file.mappingStatus.rawValue),
            .text(file.rowStatus.rawValue), .text(file.loadStatus.rawValue),
            CatalogValue(file.marks.controlFile), CatalogValue(file.marks.controlSHA256),
            CatalogValue(time: file.marks.rawPurgedAt), CatalogValue(time: file.marks.parquetPurgedAt),
            CatalogValue(time: file.marks.quarantinePurgedAt),
        ]
    }

    static func read(_ row: CatalogRow) throws -> FileRecord {
        var file = FileRecord(
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
        file.marks.controlFile = try row.optionalText("control_file")
        file.marks.controlSHA256 = try row.optionalText("control_sha256")
        file.marks.rawPurgedAt = try row.optionalTime("raw_purged_at")
        file.marks.parquetPurgedAt = try row.optionalTime("parquet_purged_at")
        file.marks.quarantinePurgedAt = try row.optionalTime("quarantine_purged_at")
        return file
    }

    private static func skipped(_ json: JSONValue) -> [String: Int] {
        guard case .object(let members) = json else { return [:] }
        return Dictionary(members.map { ($0.name, Int($0.value.int ?? 0)) }, uniquingKeysWith: +)
    }
}
