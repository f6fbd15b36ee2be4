internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// What a load needs to know and may use.
struct LoadContext {
    let session: DuckDBSession
    let files: TemporaryFiles
    let scratch: ScratchTables
    let spec: FileSpec
    let mapping: ColumnMapping
    /// Bytes of the longest record that is given to DuckDB.
    let longest: Int
}

/// Reads one CSV source into one typed Parquet file, and proves that no record was lost on the way.
///
/// Ladder: DuckDB reads the file as it is, on all threads. Where that cannot work, or where the records and rejects do not
/// add up to what was counted (its parallel reader loses its way at block borders inside quotes), one thread does; where
/// that does not add up either, a prepared copy is read, and at last one without a byte that is no UTF-8.
struct CSVLoad {
    let context: LoadContext
    let source: String
    let format: RecordFormat
    let shape: FileShape
    /// Tells the temporary files of one call apart.
    let label: String

    struct Outcome {
        var parquet: String
        /// Rows of the Parquet.
        var rows: Int
        /// Some rows have a fate.
        var hasFates: Bool
        /// Table of the structural rejects, nil when there are none.
        var rejects: String?
        /// Of the copy that the source was read through; nil: it was read as it is.
        var filter: RecordFilter?
        /// Records that the copy left out.
        var leftOut: Int
    }

    /// Beyond this size DuckDB splits a file among threads.
    private static let oneBlock = 4 << 20
    /// Below it a first attempt without reject tables, which cost more than such a file.
    private static let small = 1 << 20

    func run() throws -> Outcome {
        let expected = max(1, context.mapping.names.count)
        let isCounted = RecordFilter.isWorthCounting(shape, expected: expected)
        let isCopied =
            isCounted || !shape.isDirect || !shape.isPrologueClear || shape.damaged > 0
            || shape.longest > context.longest
            || ![[], .lf, .crlf, .cr].contains(shape.lineEnds)
        let isSequential = shape.hasQuotedLineBreak && shape.identity.size > Self.oneBlock
        if !isCopied {
            if !isSequential, let outcome = try attempt(copy: nil, isParallel: true) { return outcome }
            if let outcome = try attempt(copy: nil, isParallel: false) { return outcome }
        }
        for isStrict in [false, true] {
            let filter = RecordFilter(
                longest: context.longest, fields: isCounted ? expected : nil, isStrict: isStrict,
                CSVFormat(dialect))
            let path = context.files.path("\(label)\(isStrict ? "-strict" : "").csv")
            let copy = try PreparedCopy.write(source, format, known: shape, to: path, filter)
            if isCopied, !isStrict, !isSequential, let outcome = try attempt(copy: copy, isParallel: true) {
                return outcome
            }
            if let outcome = try attempt(copy: copy, isParallel: false) { return outcome }
        }
        throw PulihError(
            .data, "the reader does not find the \(shape.records) records that were counted in \(source)",
            object: source, leftBehind: "nothing of it was converted",
            hint: "check delimiter, quote and escape of \(context.spec.key) in pulih.yml (\(context.spec.at))"
        )
    }

    /// - Returns: nil if what came out is not what was counted.
    private func attempt(copy: PreparedCopy?, isParallel: Bool) throws -> Outcome? {
        let leftOut = copy?.leftOut ?? 0
        let name =
            "\(label)\(copy == nil ? "" : copy?.filter.isStrict == true ? "_strict" : "_copy")_\(isParallel)"
        var outcome = Outcome(
            parquet: context.files.path("\(name).parquet"),
            rows: 0,
            hasFates: false, rejects: nil, filter: copy?.filter, leftOut: leftOut)
        if shape.records == 0 {
            try context.session.execute(
                ParquetSQL.copy("\(select(from: emptySource)) LIMIT 0", to: outcome.parquet))
            return outcome
        }
        var csv = CSVSQL(
            path: copy?.path ?? source, columns: max(1, context.mapping.names.count),
            format: CSVFormat(dialect),
            lineEnds: copy == nil ? shape.lineEnds : .lf, skip: copy == nil ? linesBeforeFirst : 0,
            isEmptyNull: isEmptyNull || tellsMissing, isQuotedKept: tellsMissing, isParallel: isParallel,
            longest: min(shape.longest, context.longest),
            rejects: nil)
        let isWritten = try isSmall && leftOut == 0 && writeStrictly(csv, &outcome)
        if !isWritten {
            let tables = CSVSQL.RejectTables(
                errors: context.scratch.name("\(name)_errors"), scans: context.scratch.name("\(name)_scans"))
            csv.rejects = tables
            do {
                try write(csv, &outcome, isLong: true)
            } catch {
                // It could not even say of a record that it is none.
                guard error.isAboutContent else { throw error }
                return nil
            }
            outcome.rejects = tables.errors
        }
        return try verify(&outcome) ? outcome : nil
    }

    /// - Returns: false when some record cannot be split or decoded.
    private func writeStrictly(_ csv: CSVSQL, _ outcome: inout Outcome) throws -> Bool {
        do {
            try write(csv, &outcome, isLong: false)
            return true
        } catch {
            if error.isAboutContent { return false }
            throw error
        }
    }

    /// Counts as it writes; the rules and the load count again what they read.
    private func write(_ csv: CSVSQL, _ outcome: inout Outcome, isLong: Bool) throws(DuckDBFailure) {
        let copied = try context.session.copy(
            ParquetSQL.copy(
                select(from: csv.select), to: outcome.parquet, width: context.width, isCounted: true),
            isLong: isLong)
        outcome.rows = copied.rows
        outcome.hasFates = copied.nulls[SQLText.identifier(ParquetColumn.fate)] != copied.rows
    }

    /// Whether what came out is what was counted.
    private func verify(_ outcome: inout Outcome) throws -> Bool {
        var rejected = 0
        if let table = outcome.rejects {
            let counts = try context.session.query(
                """
                SELECT count(DISTINCT line_byte_position), count(*) FILTER (error_type = 'UNQUOTED VALUE') \
                FROM \(SQLText.identifier(table))
                """
            ).rows[0]
            rejected = counts[0].int ?? 0
            if rejected == 0 { outcome.rejects = nil }
            // Quotes were checked before: if one offends, the reader began in the middle of a field.
            if counts[1].int != 0 { return false }
        }
        return outcome.rows + rejected + outcome.leftOut == shape.records
    }

    // MARK: SQL

    private var dialect: CSVDialect { format.dialect }
    private var isSmall: Bool { shape.identity.size < Self.small }
    private var linesBeforeFirst: Int { dialect.skipLines + (dialect.hasHeader ? 1 : 0) }

    private func nulls(_ column: ColumnSpec) -> [String] { column.nulls ?? context.spec.dialect.nulls }

    /// The configured file's, also where its corrections are read.
    private var tellsMissing: Bool { context.spec.format.tellsMissing }

    /// The empty field comes as NULL, however it was written.
    private var isEmptyNull: Bool {
        !tellsMissing && !context.mapping.received.isEmpty
            && context.mapping.received.allSatisfy { nulls($0.column).contains("") }
    }

    private var emptySource: String {
        let fields = (0..<max(1, context.mapping.names.count)).map { "NULL::VARCHAR AS \(CSVSQL.column($0))" }
        return "(SELECT \(fields.joined(separator: ", ")))"
    }

    /// The typed columns and the fate of each record.
    private func select(from csv: String) -> String {
        var inner: [String] = []
        var outer: [String] = []
        var bad: [String] = []
        var texts = Set<Int>()
        for (index, received) in context.mapping.received.enumerated() {
            let (value, text) = ("v\(index)", CSVSQL.column(received.field))
            let conversion = ColumnConversion(
                received.column, nulls: nulls(received.column), text: text, isEmptyNull: isEmptyNull,
                isShort: isSmall, mayHoldZero: shape.hasZero)
            inner.append("\(conversion.value) AS \(value)")
            outer.append(
                "\(received.column.type.stored(value)) AS \(SQLText.identifier(received.column.name))")
            if let test = conversion.isBad(value: value) {
                bad.append("(\(test))")
                texts.insert(received.field)
            }
        }
        var fates: [String] = []
        for skip in context.spec.skips {
            guard let field = context.mapping.field(of: skip) else { continue }
            texts.insert(field)
            let text = "coalesce(\(CSVSQL.column(field)), '')"
            fates.append(
                "WHEN regexp_full_match(\(text), \(SQLText.literal(skip.matches)))"
                    + " THEN \(SQLText.literal(ParquetColumn.skippedPrefix + skip.reason))")
        }
        if !bad.isEmpty {
            fates.append(
                "WHEN \(bad.joined(separator: " OR ")) THEN \(SQLText.literal(ParquetColumn.quarantined))")
        }
        if outer.isEmpty {
            // DuckDB checks nothing of a file of which it reads no column.
            texts.insert(0)
            outer.append("\(CSVSQL.column(0)) AS \(SQLText.identifier(ParquetColumn.placeholder))")
        }
        fates += readingAll(before: texts.union(context.mapping.received.map(\.field)), &texts)
        let fate = fates.isEmpty ? "NULL::VARCHAR" : "CASE \(fates.joined(separator: " ")) END"
        outer.append("\(fate) AS \(SQLText.identifier(ParquetColumn.fate))")
        let columns = (inner + texts.sorted().map(CSVSQL.column)).joined(separator: ", ")
        return "SELECT \(outer.joined(separator: ", ")) FROM (SELECT \(columns) FROM \(csv))"
    }

    /// DuckDB fails inside, and is of no use afterwards, when it meets bytes that are no UTF-8 in a column before which
    /// another one is not read: it takes the column's place in the file for that among those it reads. So all before the
    /// last one are looked at, in a condition that changes nothing.
    private func readingAll(before wanted: Set<Int>, _ texts: inout Set<Int>) -> [String] {
        let unread = (0..<(wanted.max() ?? 0)).filter { !wanted.contains($0) }
        guard !unread.isEmpty else { return [] }
        texts.formUnion(unread)
        let tests = unread.map { "\(CSVSQL.column($0)) = ''" }
        return ["WHEN \(tests.joined(separator: " OR ")) THEN NULL::VARCHAR"]
    }
}

extension DuckDBFailure {
    /// The content of a file was not to DuckDB's liking, rather than the machine or the statement.
    var isAboutContent: Bool {
        switch kind {
        case .invalidInput, .conversion: true
        default: false
        }
    }
}
