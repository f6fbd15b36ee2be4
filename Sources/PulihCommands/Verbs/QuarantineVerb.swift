internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem
internal import Synchronization

extension Verb {
    static let quarantine = Verb(
        "quarantine", summary: "list, export and release records that could not be taken",
        discussion: """
            pulih quarantine CLIENT [BATCH]                list; default: the newest batch
            pulih quarantine export CLIENT [BATCH]         all of them as CSV, to stdout or --to FILE
            pulih quarantine release CLIENT BATCH FILE     take corrected records back into the batch

            To correct records: export them, edit the column raw_text, delete the rows that stay in quarantine, release the
            file. The batch is run again and its balance is checked again.
            """,
        arguments: [Argument("WORDS", "see above", .repeated)],
        options: [
            Option("--limit", value: "N", "how many to list; default 50"),
            Option("--to", value: "FILE", "where export writes; it must not exist"),
        ],
        examples: [
            "pulih quarantine client1 BATCH000014", "pulih quarantine export client1 --to bad.csv",
            "pulih quarantine release client1 BATCH000014 bad.csv",
        ]
    ) { invocation in
        switch invocation.positional[0] {
        case "export": try await export(invocation)
        case "release": try await release(invocation)
        case "list": try await list(invocation, first: 1)
        default: try await list(invocation, first: 0)
        }
    }

    private static func list(_ invocation: Invocation, first: Int) async throws -> ExitCode {
        let (workspace, scope) = try await scope(invocation, first: first)
        let limit = try invocation.wholeNumber("--limit") ?? 50
        let records = Mutex<[QuarantineRecord]>([])
        try await scope.each(workspace, limit: limit + 1) { record in records.withLock { $0.append(record) } }
        let found = records.withLock { $0 }
        let counts = try await scope.counts(workspace)
        if invocation.isJSON {
            let json: JSONValue = [
                "batch_id": .string(scope.batch.description),
                "records": .array(found.prefix(limit).map { $0.json(scope.format($0, workspace)) }),
                "cut": .bool(found.count > limit),
                "quarantined": .number(counts.records), "kept": .number(counts.kept),
            ]
            Output.standard.line(json.pretty)
            return .done
        }
        if counts.isPartial { Output.standard.line(partial(counts)) }
        if found.isEmpty, counts.records == 0 {
            Output.standard.line("nothing of \(scope.batch) is in quarantine")
        }
        for record in found.prefix(limit) {
            let column = record.column.isEmpty ? "" : " \(record.column)"
            let place =
                record.place(scope.format(record, workspace))
                ?? "line \(record.line), byte \(record.byteOffset)"
            Output.standard.line(
                "\(record.file) record \(record.record), \(place)\(column): \(record.reason.replacing("\n", with: "\\n")) [\(record.rule)]"
            )
            Output.standard.line("  \(record.rawText.replacing("\n", with: "\\n"))")
        }
        if found.count > limit {
            Output.standard.line("… and more; --limit N lists more, 'pulih quarantine export' writes all")
        }
        if !found.isEmpty {
            Output.standard.line(
                "next: pulih quarantine export \(scope.client) \(scope.batch) --to bad.csv, correct raw_text, then release it"
            )
        }
        return .done
    }

    private static func partial(_ counts: QuarantineCounts) -> String {
        "\(Columns.grouped(counts.kept)) of \(Columns.grouped(counts.records)) records are kept with their text: the"
            + " first of each file and an even sample of the others; 'limits: {keep: …}' keeps more"
    }

    private static func export(_ invocation: Invocation) async throws -> ExitCode {
        let (workspace, scope) = try await scope(invocation, first: 1)
        if invocation.isJSON, invocation.value("--to") == nil {
            throw Invocation.problem(
                invocation.verb,
                "export writes CSV; with --json it needs --to FILE ('pulih quarantine CLIENT --json' lists)")
        }
        let header = CSVText.line([
            "file", "record", "line", "byte_offset", "stage", "rule", "column", "value", "reason", "raw_text",
        ])
        let count = Mutex(0)
        let sink: ExportSink
        if let target = invocation.value("--to") {
            sink = try await BlockingWork.run { try ExportSink(path: WorkingFolder.absolute(target)) }
        } else {
            sink = ExportSink()
        }
        try sink.line(header)
        try await scope.each(workspace, limit: nil) { record in
            count.withLock { $0 += 1 }
            try sink.line(
                CSVText.line([
                    record.file, String(record.record), String(record.line), String(record.byteOffset),
                    record.stage.rawValue, record.rule, record.column, record.value ?? "", record.reason,
                    record.rawText,
                ]))
        }
        try sink.close()
        let rows = count.withLock { $0 }
        let counts = try await scope.counts(workspace)
        if counts.isPartial { Output.error.line(partial(counts)) }
        if invocation.isJSON {
            let json: JSONValue = [
                "rows": .number(rows), "to": .optional(invocation.value("--to")),
                "quarantined": .number(counts.records), "kept": .number(counts.kept),
            ]
            Output.standard.line(json.pretty)
        } else if let target = invocation.value("--to") {
            Output.error.line("\(Columns.plural(rows, "row")) written to \(target)")
        }
        return .done
    }

    private static func release(_ invocation: Invocation) async throws -> ExitCode {
        guard invocation.positional.count == 4, let batch = try invocation.batch(2) else {
            throw Invocation.problem(invocation.verb, "release takes CLIENT BATCH FILE")
        }
        let workspace = try await Workspace.open(invocation)
        let client = try workspace.client(invocation.positional[1])
        let path = try await existing(invocation.positional[3], workspace)
        let progress = Progress(isQuiet: invocation.isQuiet)
        let result = try await workspace.withEnvironment(progress) {
            try await Repairs($0).release(client.name, batch, csv: path)
        }
        progress.finish()
        RunText(result).print(asJSON: invocation.isJSON)
        return result.exitCode
    }

    private static func scope(_ invocation: Invocation, first: Int) async throws -> (
        Workspace, QuarantineScope
    ) {
        guard let name = invocation.argument(first) else {
            throw Invocation.problem(invocation.verb, "CLIENT is missing")
        }
        guard invocation.positional.count <= first + 2 else {
            throw Invocation.problem(invocation.verb, "'\(invocation.positional[first + 2])' is too much")
        }
        let workspace = try await Workspace.open(invocation)
        let client = try workspace.client(name)
        let catalog = try await workspace.openCatalog(readOnly: true)
        var batch = try invocation.batch(first + 1)
        if batch == nil { batch = try await catalog.batches(client: client.name, limit: 1).first?.batch }
        guard let batch, try await catalog.batch(client: client.name, batch) != nil else {
            throw PulihError(
                .usage, "\(client.name) has no \(batch?.description ?? "batch yet")", object: client.name,
                hint: "'pulih batches' lists what there is")
        }
        let files = try await catalog.files(client: client.name, batch: batch)
        try await catalog.close()
        return (workspace, QuarantineScope(client: client.name, batch: batch, files: files))
    }
}

/// The quarantine of one batch.
struct QuarantineScope: Sendable {
    let client: String
    let batch: BatchID
    let files: [FileRecord]

    /// Of the record's file; nil where it is no longer configured.
    func format(_ record: QuarantineRecord, _ workspace: Workspace) -> RecordFormat? {
        files.first { $0.physicalName == record.file }.flatMap {
            workspace.configuration.file($0.key)?.format
        }
    }

    func each(
        _ workspace: Workspace, limit: Int?, _ body: @escaping @Sendable (QuarantineRecord) throws -> Void
    ) async throws {
        let engine = try await workspace.makeEngine()
        try await engine.quarantined(paths: paths(workspace), limit: limit, each: body)
        try await engine.close()
    }

    func counts(_ workspace: Workspace) async throws -> QuarantineCounts {
        let engine = try await workspace.makeEngine()
        let counts = try await engine.quarantineCounts(paths: paths(workspace))
        try await engine.close()
        return counts
    }

    private func paths(_ workspace: Workspace) -> [String] {
        files.flatMap { file in
            [Stage.convert, .validateRow].map { workspace.layout.rejected(file, $0) }
        }
    }
}

extension QuarantineRecord {
    /// - Parameter format: of its file.
    func json(_ format: RecordFormat?) -> JSONValue {
        .object(
            [
                .init("file", .string(file)), .init("record", .number(record)), .init("line", .number(line)),
                .init("byte_offset", .number(byteOffset)), .init("stage", .string(stage.rawValue)),
                .init("rule", .string(rule)), .init("column", .string(column)),
                .init("value", .optional(value)), .init("reason", .string(reason)),
                .init("raw_text", .string(rawText)),
            ] + (place(format).map { [JSONMember("place", .string($0))] } ?? []))
    }
}
