internal import PulihModel

/// What lines of the audit carry beside their message, so that a lost catalog can be made again from them; and how it
/// is read back.
enum AuditDetails {
    // MARK: claim

    static func claim(_ batch: BatchRecord, _ files: [FileRecord]) -> JSONValue {
        ["batch_time": .int(batch.batchTime), "files": .array(files.map(claimed))]
    }

    private static func claimed(_ file: FileRecord) -> JSONValue {
        .object(
            [
                JSONMember("source", .string(file.key.source)), JSONMember("name", .string(file.key.name)),
                JSONMember("original", .string(file.originalName)),
                JSONMember("physical", .string(file.physicalName)),
                JSONMember("parquet", .string(file.parquetName)), JSONMember("bytes", .number(file.bytes)),
                JSONMember("sha256", .string(file.sha256)), JSONMember("records", .number(file.records)),
                JSONMember("blank_lines", .number(file.blankLines)),
            ] + file.marks.members)
    }

    /// nil when the line is older than its details.
    static func claimedFiles(_ event: AuditEvent) -> [FileRecord]? {
        guard let files = event.details["files"]?.array, let batch = event.batch else { return nil }
        var records: [FileRecord] = []
        for file in files {
            guard let source = file["source"]?.string, let name = file["name"]?.string,
                let original = file["original"]?.string, let physical = file["physical"]?.string,
                let parquet = file["parquet"]?.string, let bytes = file["bytes"]?.int,
                let sha256 = file["sha256"]?.string, let count = file["records"]?.int
            else { return nil }
            var record = FileRecord(
                client: event.client, batch: batch, key: FileKey(source: source, name: name),
                position: records.count + 1, originalName: original, physicalName: physical,
                parquetName: parquet, bytes: Int(bytes), inode: 0, sha256: sha256, records: Int(count),
                blankLines: Int(file["blank_lines"]?.int ?? 0))
            record.marks = FileMarks(file)
            records.append(record)
        }
        return records
    }

    // MARK: batch and files

    static func batch(_ batch: BatchRecord) -> JSONValue {
        ["mode": .string(batch.mode.rawValue), "attempt": .number(batch.attempt)]
    }

    static func replaced(_ physical: String, _ survey: FileSurvey, _ marks: FileMarks) -> JSONValue {
        .object(
            [
                JSONMember("physical", .string(physical)), JSONMember("bytes", .number(survey.bytes)),
                JSONMember("sha256", .string(survey.sha256)),
                JSONMember("records", .number(survey.records)),
                JSONMember("blank_lines", .number(survey.blankLines)),
            ] + marks.members)
    }

    /// Takes what `replaced` says over into the file's record.
    static func replace(_ event: AuditEvent, in file: inout FileRecord) {
        guard let sha256 = event.details["sha256"]?.string, let bytes = event.details["bytes"]?.int,
            let records = event.details["records"]?.int
        else { return }
        file.sha256 = sha256
        file.bytes = Int(bytes)
        file.records = Int(records)
        file.blankLines = Int(event.details["blank_lines"]?.int ?? 0)
        file.marks = FileMarks(event.details)
    }

    /// What is said of files once something of them was purged.
    static func marks(_ files: [(physical: String, marks: FileMarks)]) -> JSONValue {
        guard !files.isEmpty else { return .null }
        return [
            "files": .array(
                files.map { .object([JSONMember("physical", .string($0.physical))] + $0.marks.members) })
        ]
    }

    /// Takes what `marks` says over into the files' records.
    static func marks(_ event: AuditEvent, in files: inout [FileRecord]) {
        for file in event.details["files"]?.array ?? [] {
            guard let index = files.firstIndex(where: { $0.physicalName == file["physical"]?.string })
            else { continue }
            files[index].marks = FileMarks(file)
        }
    }

    // MARK: steps

    /// Findings longer than this stay in the catalog alone.
    private static let longest = 8192

    static func step(_ record: StepRecord) -> JSONValue {
        var members = [
            JSONMember("thing", .string(record.step.thing)),
            JSONMember("attempt", .number(record.attempt)),
            JSONMember("fingerprint", .string(record.fingerprint)),
        ]
        if record.step.stage.isFileStage, record.details != .null,
            record.details.compact.utf8.count <= longest
        {
            members.append(JSONMember("details", record.details))
        }
        if let error = record.error {
            members.append(
                JSONMember(
                    "error",
                    [
                        "code": .string(error.code), "object": .string(error.object),
                        "left_behind": .string(error.leftBehind), "hint": .string(error.hint),
                    ]))
        }
        return .object(members)
    }

    /// The steps of a line, in the order in which they ran: those that its step came after, and that itself.
    static func steps(_ event: AuditEvent) -> [StepRecord] {
        guard let last = step(event) else { return [] }
        let before = (event.details["earlier"]?.array ?? []).compactMap { earlier(in: event, $0) }
        return before + [last]
    }

    fileprivate static func earlier(_ record: StepRecord) -> JSONValue {
        guard case .object(let members) = step(record) else { return .null }
        return .object(
            [
                JSONMember("stage", .string(record.step.stage.rawValue)),
                JSONMember("status", .string(record.status.rawValue)),
                JSONMember("began", .int(record.startedAt)),
                JSONMember("ended", record.endedAt.map { .int($0) } ?? .null),
                JSONMember("rows", .optional(record.rows)),
            ] + members)
    }

    private static func earlier(in event: AuditEvent, _ json: JSONValue) -> StepRecord? {
        guard let batch = event.batch, let stage = json["stage"]?.string.flatMap(Stage.init(rawValue:)),
            let status = json["status"]?.string.flatMap(Status.init(rawValue:)),
            let began = json["began"]?.int, let thing = json["thing"]?.string,
            let attempt = json["attempt"]?.int, let fingerprint = json["fingerprint"]?.string
        else { return nil }
        return StepRecord(
            client: event.client, batch: batch, step: StepID(stage, thing), attempt: Int(attempt),
            status: status, reason: restored, fingerprint: fingerprint, startedAt: began,
            endedAt: json["ended"]?.int, rows: json["rows"]?.int.map { Int($0) },
            details: json["details"] ?? .null)
    }

    private static let restored = "restored from the audit"

    /// nil when the line is of no step, or older than its details.
    private static func step(_ event: AuditEvent) -> StepRecord? {
        guard let batch = event.batch, let stage = Stage(rawValue: event.process),
            let thing = event.details["thing"]?.string, let attempt = event.details["attempt"]?.int,
            let fingerprint = event.details["fingerprint"]?.string
        else { return nil }
        let begun = event.at - Int64((event.seconds ?? 0) * 1_000_000)
        var step = StepRecord(
            client: event.client, batch: batch, step: StepID(stage, thing), attempt: Int(attempt),
            status: event.status, reason: restored, fingerprint: fingerprint,
            startedAt: begun, endedAt: event.at, rows: event.rows,
            details: event.details["details"] ?? .null)
        if let error = event.details["error"] {
            step.error = StepError(
                code: error["code"]?.string ?? "", summary: String(event.message.dropFirst(thing.count + 2)),
                object: error["object"]?.string ?? "", leftBehind: error["left_behind"]?.string ?? "",
                hint: error["hint"]?.string ?? "")
        }
        return step
    }

    // MARK: blocks

    static func block(_ block: ClientBlock) -> JSONValue {
        [
            "block_id": .string(block.id), "object": .string(block.object), "finding": .string(block.finding),
            "found_at": .int(block.foundAt), "resolved_at": block.resolvedAt.map { .int($0) } ?? .null,
            "resolved_by": .optional(block.resolvedBy), "reason": .optional(block.reason),
        ]
    }

    static func block(_ event: AuditEvent) -> ClientBlock? {
        guard let id = event.details["block_id"]?.string, let object = event.details["object"]?.string,
            let finding = event.details["finding"]?.string, let found = event.details["found_at"]?.int
        else { return nil }
        return ClientBlock(
            id: id, client: event.client, batch: event.batch, object: object, finding: finding,
            foundAt: found, resolvedAt: event.details["resolved_at"]?.int,
            resolvedBy: event.details["resolved_by"]?.string, reason: event.details["reason"]?.string)
    }
}

extension Auditor.Entry {
    /// With the outcome of steps that have no line of their own.
    func after(_ earlier: [StepRecord]) -> Auditor.Entry {
        guard case .object(let members) = details else { return self }
        var entry = self
        entry.details = .object(
            members + [JSONMember("earlier", .array(earlier.map(AuditDetails.earlier)))])
        return entry
    }
}
