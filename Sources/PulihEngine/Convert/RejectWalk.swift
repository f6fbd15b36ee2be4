internal import PulihDuckDB
internal import PulihModel

/// A record that is not loaded, with its place and its reasons.
struct RejectedRecord {
    /// Ordinal in the source.
    var ordinal: Int
    var line: Int
    var byteOffset: Int
    var rawText: String
    /// It is not in the Parquet.
    var isStructural: Bool
    /// Set when configuration names it: it is skipped, not quarantined.
    var skipReason: String?
    /// Empty, as the text is, when only the number of the record is kept.
    var reasons: [Reason]
    var isKept = true

    struct Reason {
        var column: String
        var value: String?
        var rule: String
        var text: String
    }
}

/// One reading of a source beside what its load says: finds the records that were rejected, and why.
///
/// Merges three streams that have the same order: the records, DuckDB's rejects by byte offset, and the rows of the
/// Parquet that are quarantined by row number. Memory does not grow with the number of rejects.
struct RejectWalk {
    let context: LoadContext
    let load: CSVLoad
    let outcome: CSVLoad.Outcome

    private var splitter: FieldSplitter { FieldSplitter(CSVFormat(load.format.dialect)) }

    /// Hands over each rejected record, in order.
    /// - Parameter quarantine: says of which records text and reasons are wanted; nil: of all.
    func run(for quarantine: QuarantineTable? = nil, _ body: (RejectedRecord) throws -> Void) throws {
        var rejects = try rejectCursor()
        let mistyped = try badRowCursor()
        var bad = mistyped.cursor
        var left = try Left(
            structural: outcome.rejects == nil ? 0 : count(outcome.rejects), excluded: outcome.leftOut)
        quarantine?.expect(left.structural + left.excluded + mistyped.rows)
        let isWanted = { quarantine?.keepsNext() ?? true }
        var row = 0
        var copyOffset = 0
        let skips = try SkipMatcher(context)
        try RecordPass(path: load.source, format: load.format, known: load.shape).run { record in
            guard record.ordinal > 0 else { return true }
            if let filter = outcome.filter, filter.leavesOut(record) {
                left.excluded -= 1
                try body(rejected(record, isKept: isWanted(), skips) { [damage(record, filter)] })
                return try left.isOpen(&rejects, &bad)
            }
            let offset = outcome.filter != nil ? copyOffset : record.rawOffset
            copyOffset += PreparedCopy.span(record)
            if let next = try rejects?.peek(), (next[0].int ?? 0) <= offset {
                let own = try takeRejects(&rejects, upTo: offset)
                left.structural -= own.count
                try body(rejected(record, isKept: isWanted(), skips) { reasons(own, record) })
            } else {
                row += 1
                if let next = try bad?.peek(), next[0].int == row - 1 {
                    _ = try bad?.next()
                    try body(
                        isWanted()
                            ? self.mistyped(record, nulls: next[1].string ?? "") : number(of: record))
                }
            }
            return try left.isOpen(&rejects, &bad)
        }
        guard left.structural == 0, left.excluded == 0, try bad?.peek() == nil else {
            throw PulihError(
                .bug, "rejects of \(load.source) do not lie at its records", object: load.source,
                leftBehind: "nothing of it was converted")
        }
    }

    /// What is still to be found.
    private struct Left {
        var structural: Int
        var excluded: Int

        func isOpen(_ rejects: inout TableCursor?, _ bad: inout TableCursor?) throws -> Bool {
            if structural > 0 || excluded > 0 { return true }
            return try bad?.peek() != nil
        }
    }

    // MARK: streams

    private func count(_ table: String?) throws -> Int {
        guard let table else { return 0 }
        return try context.session.scalar("SELECT count(*) FROM \(SQLText.identifier(table))").int ?? 0
    }

    private func rejectCursor() throws -> TableCursor? {
        guard let rejects = outcome.rejects else { return nil }
        let table = context.scratch.name("\(load.label)_rejects")
        // DuckDB counts bytes from 1, and now and then begins at the line break before the record.
        try context.session.execute(
            """
            CREATE TABLE \(SQLText.identifier(table)) AS \
            SELECT row_number() OVER (ORDER BY line_byte_position, column_idx, error_type) AS k, \
            line_byte_position::BIGINT - 1 AS o, error_type::VARCHAR AS e, column_idx::BIGINT AS c \
            FROM \(SQLText.identifier(rejects))
            """)
        return TableCursor(context.session, table: table, columns: "o, e, c")
    }

    private func badRowCursor() throws -> (cursor: TableCursor?, rows: Int) {
        guard outcome.hasFates else { return (nil, 0) }
        let table = context.scratch.name("\(load.label)_bad")
        let flags = context.mapping.received.map {
            "(\(SQLText.identifier($0.column.name)) IS NULL)::INTEGER"
        }
        let rows = try context.session.execute(
            """
            CREATE TABLE \(SQLText.identifier(table)) AS \
            SELECT row_number() OVER (ORDER BY file_row_number) AS k, file_row_number AS n, \
            concat(\((flags + ["''"]).joined(separator: ", "))) AS f \
            FROM \(ParquetSQL.read(outcome.parquet, rowNumbers: true)) \
            WHERE \(SQLText.identifier(ParquetColumn.fate)) = \(SQLText.literal(ParquetColumn.quarantined))
            """)
        return (TableCursor(context.session, table: table, columns: "n, f"), rows)
    }

    private func takeRejects(_ rejects: inout TableCursor?, upTo offset: Int) throws -> [[DuckDBValue]] {
        var own: [[DuckDBValue]] = []
        while let next = try rejects?.peek(), (next[0].int ?? 0) <= offset {
            own.append(next)
            _ = try rejects?.next()
        }
        return own
    }

    // MARK: reasons

    private func rejected(
        _ record: LocatedRecord, isKept: Bool, _ skips: SkipMatcher,
        structural reasons: () -> [RejectedRecord.Reason]
    ) throws -> RejectedRecord {
        RejectedRecord(
            ordinal: record.ordinal, line: record.line, byteOffset: record.rawOffset,
            rawText: isKept ? text(record) : "", isStructural: true,
            skipReason: skips.isEmpty ? nil : try skips.reason(splitter.fields(of: record.text)),
            reasons: isKept ? reasons() : [], isKept: isKept)
    }

    private func number(of record: LocatedRecord) -> RejectedRecord {
        RejectedRecord(
            ordinal: record.ordinal, line: record.line, byteOffset: record.rawOffset, rawText: "",
            isStructural: false, reasons: [], isKept: false)
    }

    private func mistyped(_ record: LocatedRecord, nulls flags: String) -> RejectedRecord {
        let fields = splitter.fields(of: record.text)
        let values = context.spec.format.tellsMissing ? splitter.values(of: record.text) : fields
        let isMissing = { (field: Int) in values[field] == nil }
        var reasons: [RejectedRecord.Reason] = []
        for (received, flag) in zip(context.mapping.received, flags.utf8) where flag == UInt8(ascii: "1") {
            let column = received.column
            guard received.field < fields.count else { continue }
            let value = fields[received.field]
            if column.type == .text {
                guard let problem = TypeReason.zero(in: value) else { continue }
                reasons.append(.init(column: column.source, value: value, rule: "character", text: problem))
                continue
            }
            if isMissing(received.field) { continue }
            let words = column.nulls ?? context.spec.dialect.nulls
            guard !words.contains(value), !words.contains(Blanks.trim(value)) else { continue }
            reasons.append(
                .init(
                    column: column.source, value: value, rule: "type",
                    text: TypeReason.describe(value, column)))
        }
        if reasons.isEmpty {
            reasons.append(
                .init(
                    column: "", value: nil, rule: "type",
                    text: "a value is not of its column's type, or is a text with U+0000"))
        }
        return RejectedRecord(
            ordinal: record.ordinal, line: record.line, byteOffset: record.rawOffset, rawText: text(record),
            isStructural: false, reasons: reasons)
    }

    private func damage(_ record: LocatedRecord, _ filter: RecordFilter) -> RejectedRecord.Reason {
        if record.damage == nil, record.length <= context.longest, !filter.hasOtherFields(record) {
            let fields = splitter.fields(of: record.text)
            return undecoded(fields.firstIndex { $0.contains("\u{FFFD}") } ?? -1, fields)
        }
        let text =
            switch record.damage {
            case .textAfterQuote: "there is text between a closing quote and the next delimiter"
            case .unterminated(let quoteLine, let lines):
                """
                the file ends inside quotes that begin at line \(quoteLine): \
                \(lines == 1 ? "1 line is" : "\(lines.grouped) lines are") in this record; \
                a quote is missing or the file is cut
                """
            case .unreadable(let reason): reason
            case nil where record.length <= context.longest:
                "the record has \(splitter.fields(of: record.text).count), not \(context.mapping.names.count) fields"
            case nil:
                "the record has \(record.length) bytes, more than the \(context.longest) that can be read"
            }
        return .init(column: "", value: nil, rule: "structure", text: text)
    }

    /// One reason per error and column; DuckDB repeats some.
    private func reasons(_ rejects: [[DuckDBValue]], _ record: LocatedRecord) -> [RejectedRecord.Reason] {
        let fields = splitter.fields(of: record.text)
        var reasons: [RejectedRecord.Reason] = []
        var seen = Set<String>()
        for reject in rejects {
            let error = reject[1].string ?? ""
            switch error {
            case "INVALID ENCODING":
                let index = (reject[2].int ?? 0) - 1
                guard seen.insert("\(error) \(index)").inserted else { continue }
                reasons.append(undecoded(index, fields))
            default:
                guard seen.insert("structure").inserted else { continue }
                let expected = context.mapping.names.count
                let found = record.isCut ? "not" : "\(fields.count), not"
                let text =
                    error == "MISSING COLUMNS" || error == "TOO MANY COLUMNS"
                    ? "the record has \(found) \(expected) fields"
                    : "the record cannot be split into fields (\(error.lowercased()))"
                reasons.append(.init(column: "", value: nil, rule: "structure", text: text))
            }
        }
        return reasons
    }

    private func undecoded(_ index: Int, _ fields: [String]) -> RejectedRecord.Reason {
        let names = context.mapping.names
        return .init(
            column: names.indices.contains(index) ? names[index] : "",
            value: fields.indices.contains(index) ? fields[index] : nil, rule: "encoding",
            text: "there are bytes that mean nothing in \(load.format.dialect.encoding.rawValue)")
    }

    private func text(_ record: LocatedRecord) -> String {
        RawRecord(record).text
    }
}

extension Int {
    /// With commas between groups of three digits, as in 12,345.
    fileprivate var grouped: String {
        let digits = String(self)
        return digits.enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text += "," }
            text.append(digit.element)
        }
    }
}

/// Finds the skip rule that names a record which could not be split as the others.
private struct SkipMatcher {
    private let session: DuckDBSession
    private let rules: [(field: Int, rule: SkipRule)]

    init(_ context: LoadContext) throws {
        session = context.session
        rules = context.spec.skips.compactMap { rule in
            context.mapping.field(of: rule).map { ($0, rule) }
        }
    }

    var isEmpty: Bool { rules.isEmpty }

    func reason(_ fields: [String]) throws -> String? {
        for (field, rule) in rules where field < fields.count {
            let matches = try session.scalar(
                "SELECT regexp_full_match(?, ?)", [.text(fields[field]), .text(rule.matches)])
            if matches.bool == true { return rule.reason }
        }
        return nil
    }
}
