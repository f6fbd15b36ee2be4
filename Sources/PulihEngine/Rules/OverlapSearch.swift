internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Finds the records of a file that stand, with the same content, in files of earlier batches. Blocks the thread.
///
/// One hash join over the Parquet files, which DuckDB does on disk where memory does not suffice.
struct OverlapSearch {
    private static let shown = 3

    let session: DuckDBSession
    let file: ConvertedFile
    let sought: SoughtOverlap
    let parquets: ParquetCache
    /// For temporary files; on the file system of the quarantine.
    let workFolder: String

    /// Adds what was found. Records that are to be skipped are marked in the file's row quarantine, from which a load
    /// learns what to leave out.
    func run(into outcome: inout RowCheckOutcome) throws {
        guard !sought.earlier.isEmpty else { return }
        let files = try TemporaryFiles(in: workFolder)
        let scratch = ScratchTables(session)
        let result = Result { try search(&outcome, files, scratch) }
        let cleaning = Result {
            try scratch.dropAll()
            try files.removeAll()
        }
        try result.get()
        try cleaning.get()
    }

    private func search(
        _ outcome: inout RowCheckOutcome, _ files: TemporaryFiles, _ scratch: ScratchTables
    ) throws {
        let found = scratch.name("overlap")
        let count = try session.execute(
            "CREATE TABLE \(SQLText.identifier(found)) AS SELECT r.\(row) AS record FROM (\(try rows())) AS r"
                + " SEMI JOIN (\(try earlier())) AS e ON \(condition)")
        guard count > 0 else { return }
        let policy = sought.overlap.policy
        outcome.findings.append(
            RuleFinding(
                rule: "overlap", severity: policy == .refuse ? .fail : .warn, records: count,
                message: try message(found, count, of: outcome.remaining), examples: []))
        guard policy == .skip else { return }
        try mark(found, files)
        outcome.overlapping = count
        outcome.remaining -= count
    }

    private var row: String { SQLText.identifier(Lineage.row) }
    private var key: [String] { sought.overlap.key }

    private func rows() throws -> String { try FileRows(session, file, parquets).toLoad() }

    private func earlier() throws -> String {
        let names = SQLText.identifiers(file.spec.columns.map(\.name))
        return try sought.earlier.map { other in
            "SELECT \(names) FROM (\(try FileRows(session, other, parquets).toLoad()))"
        }.joined(separator: " UNION ALL ")
    }

    /// A key without a value is no key.
    private var condition: String {
        file.spec.columns.map { column in
            let name = SQLText.identifier(column.name)
            let isSame = key.contains(column.name) ? "=" : "IS NOT DISTINCT FROM"
            return "r.\(name) \(isSame) e.\(name)"
        }.joined(separator: " AND ")
    }

    private func message(_ found: String, _ count: Int, of remaining: Int) throws -> String {
        let shownKey = key.map {
            "\(SQLText.literal("\($0) = ")) || CAST(\(SQLText.identifier($0)) AS VARCHAR)"
        }
        .joined(separator: " || ', ' || ")
        let examples = try session.query(
            """
            SELECT \(row), \(shownKey) FROM (\(try rows())) \
            WHERE \(row) IN (FROM \(SQLText.identifier(found))) ORDER BY \(row) LIMIT \(Self.shown)
            """
        ).rows.map { "\($0[1].string ?? "") (record \($0[0].int ?? 0))" }
        let left = sought.overlap.policy == .skip ? "; they are left out" : ""
        return
            "\(count) of \(remaining) records stand in bronze already, from earlier batches and with the same"
            + " content: \(examples.joined(separator: ", "))\(left)"
    }

    private func mark(_ found: String, _ files: TemporaryFiles) throws {
        let temporary = files.path("skipped.parquet")
        var parts = [QuarantineTable.skippedRows(of: found)]
        if try FileIdentity.ifPresent(file.rowRejectedPath) != nil {
            parts.insert("SELECT * FROM \(ParquetSQL.read(file.rowRejectedPath))", at: 0)
        }
        try session.execute(ParquetSQL.copy(parts.joined(separator: " UNION ALL "), to: temporary))
        try DurableFile.install(temporary, as: file.rowRejectedPath)
    }
}
