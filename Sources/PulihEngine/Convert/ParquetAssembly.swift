internal import PulihDuckDB
internal import PulihModel

/// Makes the final Parquet of a file. Usually that is what the load wrote; where records are missing in it, or were
/// corrected, it is written anew with the ordinal of every record.
struct ParquetAssembly {
    struct Result {
        var path: String
        var rows: Int
        var hasFates: Bool
        var isAssembled: Bool
    }

    /// Ordinals of records that are not in the load's Parquet, ascending.
    var missing: [Int] = []
    /// Records among them that configuration skips.
    var skipped: [(ordinal: Int, reason: String)] = []
    /// Rows that come from corrections, and the records they stand for.
    var corrected: CorrectionLoad.Outcome?

    private let context: LoadContext

    init(_ context: LoadContext) {
        self.context = context
    }

    func finish(_ load: CSVLoad.Outcome) throws -> Result {
        guard !missing.isEmpty || corrected != nil else {
            return Result(path: load.parquet, rows: load.rows, hasFates: load.hasFates, isAssembled: false)
        }
        let columns = context.columnNames
        let ordinals = try OrdinalShift(missing).numbered(
            load.parquet, columns: columns, context, label: "main")
        var parts = ["SELECT \(SQLText.identifiers(columns)), ordinal, NULL::VARCHAR FROM \(ordinals)"]
        if let corrected {
            parts[0] +=
                " WHERE ordinal NOT IN (SELECT ordinal FROM \(SQLText.identifier(corrected.ordinals)))"
        }
        if let table = try skippedTable() {
            let nulls = columns.dropLast().map { _ in "NULL, " }.joined()
            parts.append("SELECT \(nulls)fate, ordinal, NULL FROM \(SQLText.identifier(table))")
        }
        if let rows = corrected?.rows { parts.append(rows) }
        let path = context.files.path("assembled.parquet")
        let names = SQLText.identifiers(columns + [ParquetColumn.record, ParquetColumn.text])
        let rows = try context.session.execute(
            ParquetSQL.copy(
                "SELECT * FROM (\(parts.joined(separator: " UNION ALL "))) AS r(\(names))", to: path,
                width: context.width))
        return Result(path: path, rows: rows, hasFates: true, isAssembled: true)
    }

    private func skippedTable() throws -> String? {
        guard !skipped.isEmpty else { return nil }
        let table = context.scratch.name("skipped")
        try context.session.execute(
            "CREATE TABLE \(SQLText.identifier(table)) (ordinal BIGINT, fate VARCHAR)")
        try context.session.append(
            table: table,
            rows: skipped.lazy.map {
                [.int(Int64($0.ordinal)), .text(ParquetColumn.skippedPrefix + $0.reason)]
            })
        return table
    }
}

extension LoadContext {
    /// The columns of a load's Parquet, the fate last.
    var columnNames: [String] {
        let received = mapping.received.map(\.column.name)
        return (received.isEmpty ? [ParquetColumn.placeholder] : received) + [ParquetColumn.fate]
    }

    /// Of the rows of a Parquet.
    var width: ParquetWidth {
        let texts = mapping.received.count { $0.column.type.isStoredAsText }
        return ParquetWidth(texts: texts, others: mapping.received.count - texts)
    }
}

/// The way from a row's position in a Parquet back to the record's ordinal in its source.
struct OrdinalShift {
    /// From this row on (from 0) so many records are missing before it.
    private let steps: [(row: Int, count: Int)]
    private static let mostInline = 64

    /// - Parameter missing: ordinals that are not in the Parquet, ascending.
    init(_ missing: [Int]) {
        var steps: [(row: Int, count: Int)] = []
        for (index, ordinal) in missing.enumerated() {
            let row = ordinal - 1 - index
            if steps.last?.row == row {
                steps[steps.count - 1].count = index + 1
            } else {
                steps.append((row, index + 1))
            }
        }
        self.steps = steps
    }

    /// A relation of the columns and `ordinal`.
    func numbered(_ parquet: String, columns: [String], _ context: LoadContext, label: String) throws
        -> String
    {
        let names = SQLText.identifiers(columns)
        let source = ParquetSQL.read(parquet, rowNumbers: true)
        guard steps.count > Self.mostInline else {
            let cases = steps.reversed().map { "WHEN file_row_number >= \($0.row) THEN \($0.count) " }
                .joined()
            let shift = cases.isEmpty ? "0" : "CASE \(cases)ELSE 0 END"
            return "(SELECT \(names), file_row_number + 1 + \(shift) AS ordinal FROM \(source))"
        }
        let table = context.scratch.name("\(label)_steps")
        try context.session.execute(
            "CREATE TABLE \(SQLText.identifier(table)) (first_row BIGINT, missing BIGINT)")
        try context.session.append(
            table: table, rows: steps.lazy.map { [.int(Int64($0.row)), .int(Int64($0.count))] })
        return """
            (SELECT \(names), file_row_number + 1 + coalesce(missing, 0) AS ordinal FROM \(source) AS p \
            ASOF LEFT JOIN \(SQLText.identifier(table)) AS s ON p.file_row_number >= s.first_row)
            """
    }
}
