internal import PulihModel
internal import PulihSystem

/// The four stages of one file. Holds what one stage hands to the next.
actor FileChain {
    private let context: BatchContext
    private let file: ManifestFile
    private let spec: FileSpec
    private var record: FileRecord
    private var converted: ConvertedFigures?
    private var checked: CheckedFigures?

    init(_ context: BatchContext, file: ManifestFile, spec: FileSpec, record: FileRecord) {
        self.context = context
        self.file = file
        self.spec = spec
        self.record = record
    }

    /// What `file_audit_log` should say now.
    var fileRecord: FileRecord { record }

    /// Brings the file's record to what the ledger says of its load, after a crash between the two.
    /// - Returns: whether it had to be changed.
    func reconcile(with row: LedgerRow) -> Bool {
        guard !record.loadStatus.isGood || record.loaded != row.rows else { return false }
        record.loaded = row.rows
        if let converted {
            record.skipped = skippedRecords(converted, checked)
            record.quarantined = converted.quarantined + (checked?.quarantined ?? 0)
        }
        for stage in Stage.allCases where stage.isFileStage {
            note(stage, context.lastGood[StepID(stage, file.thing)]?.status ?? .success)
        }
        return true
    }

    /// Notes how a stage ended.
    func note(_ stage: Stage, _ status: Status) { record.note(stage, status) }

    /// Takes over what a kept stage found. A run that was killed may not have come to writing it into the record.
    func keep(_ step: PlannedStep, as status: Status) {
        let details = context.lastGood[step.id]?.details ?? .null
        switch step.id.stage {
        case .convert:
            converted = ConvertedFigures(details)
        case .validateRow: checked = CheckedFigures(details)
        default: break
        }
        if let converted {
            record.skipped = skippedRecords(converted, checked)
            record.quarantined = converted.quarantined + (checked?.quarantined ?? 0)
        }
        if status.isGood { note(step.id.stage, status) }
    }

    func run(_ step: PlannedStep) async throws -> StepOutcome {
        switch step.id.stage {
        case .convert: try await convert()
        case .validateMapping: try mapping()
        case .validateRow: try await rows()
        case .loadBronze: try await load(step)
        default: throw PulihError(.bug, "\(step.id) is no file stage")
        }
    }

    // MARK: stages

    private func convert() async throws -> StepOutcome {
        try refuseIfEmpty()
        let (files, file) = (context.files, file)
        guard let raw = try await BlockingWork.run({ try files.locateRaw(file) }) else {
            if let time = PurgeMarks.time(.raw, of: file) {
                throw PurgeMarks.refusal(file, context.batch, context.client.name, time)
            }
            throw PulihError(
                .storage, "\(file.physicalName) is gone: neither in success, failed nor archive",
                object: file.physicalName, leftBehind: "nothing of it was changed in the warehouse",
                hint: "put it back into \(context.environment.layout.shown(files.raw(file, .success)))"
                    + " or bring a new one: pulih replace \(context.client.name) \(context.batch) \(file.physicalName) NEW"
            )
        }
        try Failpoints.hit(.convertBeforeParquet)
        let layout = context.environment.layout
        let outcome = try await context.environment.engine.convert(
            ConvertRequest(
                rawPath: raw, physicalName: file.physicalName, spec: spec,
                parquetPath: files.data(file, .incoming),
                rejectedPath: layout.rejected(context.client.name, file, .convert),
                correctionsPath: layout.corrections(context.client.name, file), workFolder: layout.workFolder)
        )
        try Failpoints.hit(.convertAfterParquet)
        let parquet = files.data(file, .incoming)
        let rejected = layout.rejected(context.client.name, file, .convert)
        let (written, hash) = try await BlockingWork.run {
            (try FileIdentity.of(parquet).size, try ParquetCheck.hash(of: parquet, quarantine: rejected))
        }
        let figures = ConvertedFigures(outcome, parquetBytes: Int(written), parquetSHA256: hash)
        converted = figures
        record.quarantined = outcome.quarantined
        record.skipped = outcome.skipped
        try balanceOfConvert(figures)
        let control =
            try await ControlCheck(context, file, spec)?.compare(outcome, figures.json) ?? figures.json
        try checkLimits(
            quarantined: outcome.quarantined, kept: outcome.kept, examples: outcome.examples,
            drifts: outcome.drifts, details: control)
        // An accepted empty delivery is a success that somebody should look at.
        let isRemarkable = outcome.quarantined > 0 || file.records == 0 || !outcome.remarks.isEmpty
        return StepOutcome(
            status: isRemarkable ? .warning : .success, rows: outcome.converted,
            details: control.warning(
                outcome.remarks + outcome.drifts.map { $0.told(of: file.records) }))
    }

    private func refuseIfEmpty() throws {
        guard file.records == 0, spec.empty == .refuse else { return }
        throw PulihError(
            .data,
            file.bytes == 0
                ? "\(file.physicalName) is empty: not a single byte"
                : "\(file.physicalName) holds a header and no record",
            object: file.physicalName, leftBehind: "nothing of it was loaded",
            hint: replaceHint + "; 'empty: accept' for \(spec.key) in pulih.yml (\(spec.at)) takes such files"
        )
    }

    /// `read = converted + quarantined + skipped`, where read was counted in the raw file by other code.
    private func balanceOfConvert(_ figures: ConvertedFigures) throws {
        let sum = figures.converted + figures.quarantined + figures.skippedTotal
        guard sum != file.records else { return }
        throw PulihError(
            .data,
            "\(file.physicalName) is out of balance: \(file.records) records counted in the raw file, but \(figures.converted)"
                + " converted + \(figures.quarantined) quarantined + \(figures.skippedTotal) skipped = \(sum)",
            object: file.physicalName, leftBehind: "nothing of it was loaded",
            hint:
                "check delimiter, quote and escape of \(spec.key) in pulih.yml (\(spec.at)), \(context.restartHint())"
        )
    }

    private func checkLimits(
        quarantined: Int, kept: Int, examples: [QuarantineRecord], drifts: [TypeDrift] = [],
        details: JSONValue
    ) throws {
        guard let broken = Findings.brokenLimit(spec.limits, quarantined: quarantined, of: file.records)
        else { return }
        let drifted = drifts.map { "; \($0.told(of: file.records))" }.joined()
        let example =
            drifts.isEmpty
            ? examples.first.map { "; first: \(Findings.describe($0, spec.format))" } ?? "" : ""
        let advice = drifts.map {
            "if the client changed it, write '\($0.column): \($0.proposal)' for \(spec.key) in pulih.yml"
                + " (\(spec.at)), run 'pulih apply', \(context.restartHint()); "
        }.joined()
        throw StepFailure(
            error: PulihError(
                .data,
                "\(file.physicalName): \(quarantined) of \(file.records) records cannot be taken, \(broken)\(drifted)\(example)",
                object: file.physicalName,
                leftBehind: "nothing of it was loaded; \(Findings.left(quarantined, kept: kept))",
                hint:
                    "\(advice)see 'pulih quarantine \(context.client.name) \(context.batch)'; \(replaceHint)"
            ),
            details: details)
    }

    private func mapping() throws -> StepOutcome {
        guard let converted else { throw PulihError(.bug, "mapping of \(file.thing) before convert") }
        // An accepted file without a byte has no header that could be compared.
        if file.bytes == 0 { return StepOutcome(status: .warning) }
        let check = MappingCheck(spec: spec, received: converted.received)
        if let problem = check.problem {
            throw StepFailure(
                error: PulihError(
                    .data, "\(file.physicalName): \(problem)", object: file.physicalName,
                    leftBehind: "nothing of it was loaded",
                    hint: check.advice(replace: replaceHint, restart: context.restartHint())),
                details: check.json)
        }
        let brought = (context.brought[file.key] ?? []).filter(converted.received.contains).map {
            "column \($0) is new: it is text in bronze from this batch on; 'pulih schema"
                + " \(context.client.name) \(file.key)' shows what to write into pulih.yml"
        }
        return StepOutcome(
            status: check.hasWarnings || !brought.isEmpty ? .warning : .success, rows: nil,
            details: check.json.warning(brought))
    }

    private func rows() async throws -> StepOutcome {
        guard let converted else { throw PulihError(.bug, "row rules of \(file.thing) before convert") }
        let lastGood =
            spec.rules.contains(where: \.comparesWithLastBatch)
            ? try await context.environment.catalog.lastGoodRecords(
                client: context.client.name, key: file.key, before: context.batch) : nil
        let earlier = try await EarlierFiles(context: context).of(file, spec)
        let outcome = try await context.environment.engine.checkRows(
            RowCheckRequest(
                file: try await convertedFile(), defaultSeverity: context.client.severity,
                records: file.records, lastGoodRecords: lastGood, overlap: earlier.sought))
        let rejected = context.environment.layout.rejected(context.client.name, file, .validateRow)
        let hash = try await BlockingWork.run { try ParquetCheck.hash(of: rejected) ?? "-" }
        let figures = CheckedFigures(outcome, quarantineSHA256: hash)
        checked = figures
        record.quarantined = converted.quarantined + outcome.quarantined
        record.skipped = skippedRecords(converted, checked)
        if let finding = outcome.findings.first(where: { $0.severity == .fail }) {
            throw StepFailure(
                error: PulihError(
                    .data, "\(file.physicalName): \(finding.message)", object: file.physicalName,
                    leftBehind: "nothing of it was loaded", hint: replaceHint), details: figures.json)
        }
        try checkLimits(
            quarantined: converted.quarantined + outcome.quarantined, kept: converted.kept + outcome.kept,
            examples: outcome.findings.flatMap(\.examples), details: figures.json)
        let isRemarkable = !outcome.findings.isEmpty || !earlier.warnings.isEmpty
        return StepOutcome(
            status: isRemarkable ? .warning : .success, rows: outcome.remaining,
            details: figures.json.warning(earlier.warnings))
    }

    private func load(_ step: PlannedStep) async throws -> StepOutcome {
        guard let converted, let checked else {
            throw PulihError(.bug, "load of \(file.thing) before its checks")
        }
        try await refuseIfLoadedElsewhere(step)
        let quarantined = converted.quarantined + checked.quarantined
        let skipped = converted.skippedTotal + checked.overlapping
        let sum = checked.remaining + quarantined + skipped
        guard sum == file.records else {
            throw PulihError(
                .data,
                "\(file.physicalName) is out of balance: \(file.records) records read, but \(checked.remaining) to load"
                    + " + \(quarantined) quarantined + \(skipped) skipped = \(sum)",
                object: file.physicalName, leftBehind: "nothing of it was loaded", hint: context.restartHint()
            )
        }
        let relation = try await context.environment.engine.loadRelation(try await convertedFile())
        let outcome = try await context.session.loadBronze(
            BronzeLoad(
                table: BronzeTable(name: file.target, columns: spec.columns, delivery: spec.delivery),
                physicalName: file.physicalName, relation: relation.whole, parts: relation.parts,
                expectedRows: checked.remaining, entry: context.entry(step)))
        return loaded(outcome, converted: converted, quarantined: quarantined)
    }

    /// A load that was committed although its answer was lost.
    func committed(_ row: LedgerRow) throws -> StepOutcome {
        guard let converted, let checked else {
            throw PulihError(.bug, "load of \(file.thing) before its checks")
        }
        return loaded(
            LoadOutcome(rows: row.rows, replaced: 0), converted: converted,
            quarantined: converted.quarantined + checked.quarantined)
    }

    private func loaded(
        _ outcome: LoadOutcome, converted: ConvertedFigures, quarantined: Int
    ) -> StepOutcome {
        record.loaded = outcome.rows
        record.quarantined = quarantined
        return StepOutcome(
            rows: outcome.rows,
            details: [
                "read": .number(file.records), "loaded": .number(outcome.rows),
                "quarantined": .number(quarantined),
                "skipped": .number(converted.skippedTotal + (checked?.overlapping ?? 0)),
                "replaced": .number(outcome.replaced),
            ])
    }

    /// A batch that waited may find that its content came again and was loaded in the meantime.
    private func refuseIfLoadedElsewhere(_ step: PlannedStep) async throws {
        guard context.plan.mode != .start, spec.delivery != .full, spec.duplicates != .warn,
            context.ledger.row(context.batch, step.id) == nil
        else { return }
        let others = try await context.environment.catalog.loadedFiles(
            client: context.client.name, sha256: file.sha256
        ).filter { $0.key == file.key && $0.batch != context.batch }
        guard let other = others.first else { return }
        throw PulihError(
            .data, "the content of \(file.physicalName) was loaded in \(other.batch) in the meantime",
            object: file.physicalName, leftBehind: "nothing of it was loaded again",
            hint: "'pulih start \(context.client.name) --leave' closes this batch;"
                + " 'duplicates: warn' for \(spec.key) in pulih.yml loads it twice")
    }

    private func convertedFile() async throws -> ConvertedFile {
        let (files, file, spec) = (context.files, file, spec)
        return try await BlockingWork.run {
            guard let parquet = try files.locateParquet(file) else {
                throw PulihError(
                    .storage, "\(file.parquetName) is gone", object: file.parquetName,
                    leftBehind: "nothing of it was loaded",
                    hint: "run the convert stage again: --from convert")
            }
            return try files.converted(file, spec: spec, parquet: parquet)
        }
    }

    private var replaceHint: String {
        "put a corrected file in place with 'pulih replace \(context.client.name) \(context.batch) \(file.physicalName) NEW', "
            + "then \(context.restartHint())"
    }
}
