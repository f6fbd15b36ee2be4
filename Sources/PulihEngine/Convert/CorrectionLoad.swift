internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Reads corrected records as if they stood in the raw file: same dialect, same columns, same rules.
struct CorrectionLoad {
    let context: LoadContext
    let request: ConvertRequest
    let corrections: Corrections
    let shapes: ShapeCache

    struct Outcome {
        /// Table with the ordinals of all corrected records, the good and the bad.
        var ordinals: String
        /// SELECT of the good ones: columns, fate, ordinal, text. nil when there is none.
        var rows: String?
    }

    /// The corrected records are plain text of ours, without header.
    /// As the raw file's text.
    private var format: RecordFormat {
        var dialect = request.spec.dialect
        dialect.hasHeader = false
        dialect.skipLines = 0
        dialect.encoding = .utf8
        return RecordFormat(.csv, dialect)
    }

    /// - Parameter quarantine: gets those that are still bad, with the corrected text and the new reason.
    func run(into quarantine: QuarantineTable) throws -> Outcome {
        let places = try locate()
        let path = context.files.path("corrections.csv")
        let writer = try FileWriter(path)
        var written: [Int] = []
        for ordinal in corrections.texts.keys.sorted() {
            let (text, unread) = try readable(corrections.texts[ordinal]!, places[ordinal])
            if let problem = unread ?? problem(of: text) {
                let reason = RejectedRecord.Reason(column: "", value: nil, rule: "structure", text: problem)
                try add([reason], ordinal, places, to: quarantine)
            } else {
                var line = text + "\n"
                try line.withUTF8 { try writer.write($0) }
                written.append(ordinal)
            }
        }
        try writer.finish()
        var outcome = Outcome(
            ordinals: try table(of: corrections.texts.keys.sorted(), "corrected"), rows: nil)
        guard !written.isEmpty else { return outcome }

        let load = CSVLoad(
            context: context, source: path, format: format, shape: try FileShape.read(path, format),
            label: "corrections")
        let loaded = try load.run()
        var missing: [Int] = []
        if loaded.hasFates || loaded.rejects != nil || loaded.leftOut > 0 {
            try RejectWalk(context: context, load: load, outcome: loaded).run { record in
                if record.isStructural { missing.append(record.ordinal) }
                try add(record.reasons, written[record.ordinal - 1], places, to: quarantine)
            }
        }
        outcome.rows = try select(loaded, missing: missing, written: written)
        return outcome
    }

    private func select(_ loaded: CSVLoad.Outcome, missing: [Int], written: [Int]) throws -> String {
        let columns = context.columnNames
        let numbered = try OrdinalShift(missing).numbered(
            loaded.parquet, columns: columns, context, label: "corrections")
        let list = try table(of: written, "written")
        let fate = SQLText.identifier(ParquetColumn.fate)
        let names = columns.map { "r.\(SQLText.identifier($0))" }.joined(separator: ", ")
        return """
            SELECT \(names), l.ordinal, l.text FROM \(numbered) AS r \
            JOIN \(SQLText.identifier(list)) AS l ON r.ordinal = l.k \
            WHERE r.\(fate) IS DISTINCT FROM \(SQLText.literal(ParquetColumn.quarantined))
            """
    }

    private func table(of ordinals: [Int], _ name: String) throws -> String {
        let table = context.scratch.name(name)
        try context.session.execute(
            "CREATE TABLE \(SQLText.identifier(table)) (k BIGINT, ordinal BIGINT, text VARCHAR)")
        try context.session.append(
            table: table,
            rows: ordinals.enumerated().lazy.map { index, ordinal in
                [
                    .int(Int64(index + 1)), .int(Int64(ordinal)),
                    .text(Self.withoutLineEnd(corrections.texts[ordinal]!)),
                ]
            })
        return table
    }

    /// Where the corrected records stand in the raw file.
    private func locate() throws -> [Int: RawRecord] {
        let places = try RawRecords.find(Array(corrections.texts.keys), request.rawPath, request.spec.format)
        let byOrdinal = Dictionary(uniqueKeysWithValues: places.map { ($0.record, $0) })
        if let lost = corrections.texts.keys.sorted().first(where: { byOrdinal[$0] == nil }) {
            throw PulihError(
                .data, "record \(lost) was corrected, but \(request.physicalName) has no such record",
                object: request.physicalName, leftBehind: "nothing of it was converted",
                hint: "remove it from \(request.correctionsPath ?? "the corrections")")
        }
        return byOrdinal
    }

    /// The text as a record of the file's text, and why it is none.
    private func readable(_ text: String, _ place: RawRecord?) throws -> (text: String, problem: String?) {
        guard case .json(let layout) = request.spec.format.content, JSONCorrection.isJSON(text) else {
            return (Self.withoutLineEnd(text), nil)
        }
        let outcome = try JSONCorrection.read(
            text, layout, names: context.mapping.names, place: place.map(placeText) ?? "")
        switch outcome {
        case .record(let record): return (record, nil)
        case .problem(let problem): return (text, problem)
        }
    }

    /// A record that could not be read stands there without its place.
    private func placeText(_ record: RawRecord) -> String {
        let isLine = request.spec.format.type == .ndjson
        let written = RecordPlace.of(record.text).flatMap { $0.hasPrefix(isLine ? "line " : "$") ? $0 : nil }
        return written ?? (isLine ? "line \(record.line)" : "record \(record.record)")
    }

    private func problem(of text: String) -> String? {
        var scanner = RecordScanner(CSVFormat(format.dialect))
        var records = 0
        var damage: RecordDamage?
        var copy = text
        _ = copy.withUTF8 {
            scanner.scan($0, isLast: true) { record in
                records += 1
                damage = damage ?? record.damage
            }
        }
        if records == 0 { return "the corrected text is empty" }
        if records > 1 || scanner.blankLines > 0 {
            return
                "the corrected text is \(records + scanner.blankLines) lines, not one record: quote line breaks"
        }
        switch damage {
        case .textAfterQuote:
            return "the corrected text has text between a closing quote and the next delimiter"
        case .unterminated: return "the corrected text ends inside quotes"
        case .unreadable(let reason): return reason
        case nil: return nil
        }
    }

    private func add(
        _ reasons: [RejectedRecord.Reason], _ ordinal: Int, _ places: [Int: RawRecord],
        to quarantine: QuarantineTable
    ) throws {
        guard let place = places[ordinal] else { return }
        for reason in reasons {
            try quarantine.add(
                QuarantineRecord(
                    file: request.physicalName, record: ordinal, line: place.line,
                    byteOffset: place.byteOffset,
                    column: reason.column, value: reason.value, stage: .convert, rule: reason.rule,
                    reason: reason.text, rawText: corrections.texts[ordinal]!))
        }
    }

    private static func withoutLineEnd(_ text: String) -> String {
        var bytes = text.utf8[...]
        if bytes.last == ASCII.lineFeed { bytes.removeLast() }
        if bytes.last == ASCII.carriageReturn { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
