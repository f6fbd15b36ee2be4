internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Raw file to typed Parquet and quarantine. Blocks the thread.
struct Conversion {
    let session: DuckDBSession
    let request: ConvertRequest
    let shapes: ShapeCache
    let parquets: ParquetCache
    /// Bytes of the longest record that is given to DuckDB.
    let longest: Int

    func run() throws -> ConvertOutcome {
        let files = try TemporaryFiles(in: request.workFolder)
        let scratch = ScratchTables(session)
        let result = Result { try convert(files, scratch) }
        let cleaning = Result {
            try scratch.dropAll()
            try files.removeAll()
        }
        let outcome = try result.get()
        try cleaning.get()
        return outcome
    }

    private func convert(_ files: TemporaryFiles, _ scratch: ScratchTables) throws -> ConvertOutcome {
        let shape = try shapes.shape(of: request.rawPath, request.spec.format)
        let mapping = ColumnMapping(request.spec.columns, header: shape.header, fields: shape.typicalFields)
        let context = LoadContext(
            session: session, files: files, scratch: scratch, spec: request.spec, mapping: mapping,
            longest: longest)
        let load = CSVLoad(
            context: context, source: request.rawPath, format: request.spec.format, shape: shape,
            label: "main")
        let outcome = try load.run()
        let corrections = try Corrections.read(request.correctionsPath)
        let quarantine = QuarantineTable(session, scratch, keep: request.spec.limits.keep)
        var assembly = ParquetAssembly(context)

        if outcome.hasFates || outcome.rejects != nil || outcome.leftOut > 0 {
            try RejectWalk(context: context, load: load, outcome: outcome).run(for: quarantine) { record in
                if record.isStructural { assembly.missing.append(record.ordinal) }
                if corrections?.texts[record.ordinal] != nil { return }
                if let reason = record.skipReason {
                    assembly.skipped.append((record.ordinal, reason))
                } else {
                    try add(record, to: quarantine)
                }
            }
        }
        if let corrections {
            assembly.corrected = try CorrectionLoad(
                context: context, request: request, corrections: corrections, shapes: shapes
            ).run(into: quarantine)
        }
        let parquet = try assembly.finish(outcome)
        let counts = try count(parquet)
        let control = try ControlCount(session: session, request: request, mapping: mapping).figures(
            parquet, records: shape.records)
        let drifts = try TypeDrifts(session, request.spec, records: shape.records).find(in: quarantine)
        let quarantined = try quarantine.install(request.rejectedPath, files)
        try DurableFile.install(parquet.path, as: request.parquetPath)
        if !parquet.isAssembled { try parquets.remember(request.parquetPath, columns: context.columnNames) }
        var result = ConvertOutcome(
            converted: counts.converted, quarantined: quarantined.records, skipped: counts.skipped,
            corrected: counts.corrected, received: mapping.names, examples: quarantined.examples,
            remarks: shape.remarks, kept: quarantined.kept, drifts: drifts)
        result.control = control
        return result
    }

    private func add(_ record: RejectedRecord, to quarantine: QuarantineTable) throws {
        guard record.isKept else { return try quarantine.add(number: record.ordinal) }
        for reason in record.reasons {
            try quarantine.add(
                QuarantineRecord(
                    file: request.physicalName, record: record.ordinal, line: record.line,
                    byteOffset: record.byteOffset, column: reason.column, value: reason.value,
                    stage: .convert,
                    rule: reason.rule, reason: reason.text, rawText: record.rawText))
        }
    }

    /// From what is in the Parquet that will be loaded.
    private func count(_ parquet: ParquetAssembly.Result) throws -> (
        converted: Int, skipped: [String: Int], corrected: Int
    ) {
        if !parquet.hasFates { return (parquet.rows, [:], 0) }
        let fate = SQLText.identifier(ParquetColumn.fate)
        let corrected = parquet.isAssembled ? "count(\(SQLText.identifier(ParquetColumn.text)))" : "0"
        var converted = 0
        var correctedCount = 0
        var skipped: [String: Int] = [:]
        for row in try session.query(
            "SELECT \(fate), count(*), \(corrected) FROM \(ParquetSQL.read(parquet.path)) GROUP BY \(fate)"
        ).rows {
            let rows = row[1].int ?? 0
            switch row[0].string {
            case nil:
                converted = rows
                correctedCount = row[2].int ?? 0
            case let fate? where fate.hasPrefix(ParquetColumn.skippedPrefix):
                skipped[String(fate.dropFirst(ParquetColumn.skippedPrefix.count))] = rows
            default: break
            }
        }
        return (converted, skipped, correctedCount)
    }
}
