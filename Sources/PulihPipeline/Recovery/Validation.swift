internal import PulihModel

/// Whether a batch that ended well is in the warehouse what ledger and catalog say it is. Reads the batch's rows only.
struct Validation: Sendable {
    let held: HeldClient

    struct Finding: Sendable, Equatable {
        /// Rows of bronze that were counted.
        var rows = 0
        /// Records that stand more than once.
        var duplicates = 0
        /// One line for each thing that is not as it should be.
        var differences: [String] = []

        var isConsistent: Bool { differences.isEmpty }

        var message: String {
            guard isConsistent else { return differences.joined(separator: "; ") }
            return "\(rows) rows counted again, no duplicate, fingerprints match"
        }
    }

    /// - Parameter isLater: a run that died has left the check to this one. The configuration may have changed since,
    ///   and then a plan of today says nothing about what was done.
    func check(_ id: BatchID, isLater: Bool = false) async throws -> Finding {
        let prepared = try await BatchRunner(held: held).prepare(
            id, mode: .restart, options: RunOptions(), isDry: true, verifiesRaw: false)
        var finding = try await count(prepared)
        if !isLater || isSamePlan(prepared.context) {
            finding.differences += prepared.context.plan.runs.filter { $0.id.stage != .finalize }
                .map { "\($0.id) would have to run again: \($0.decision.reason)" }
        }
        return finding
    }

    private func isSamePlan(_ context: BatchContext) -> Bool {
        context.plan.steps.last.map { context.lastGood[$0.id]?.fingerprint == $0.fingerprint } ?? false
    }

    // MARK: rows

    private struct Count: Sendable {
        let rows: Int
        let records: Int
    }

    /// Every file of the batch: rows that stand, those of the ledger, those of the file's record, and no record twice.
    private func count(_ prepared: BatchRunner.Prepared) async throws -> Finding {
        let context = prepared.context
        let records = Dictionary(prepared.files.map { ($0.thing, $0) }, uniquingKeysWith: { $1 })
        // A file that is no longer configured keeps its rows in a table that Pulih no longer answers for.
        let files = context.manifest.files.filter { held.environment.configuration.file($0.key) != nil }
        var finding = Finding()
        for (table, files) in Dictionary(grouping: files, by: \.target).sorted(by: { $0.key < $1.key }) {
            var standing = try await counts(in: table, of: context.batch)
            for file in files {
                let stands = standing.removeValue(forKey: file.physicalName) ?? Count(rows: 0, records: 0)
                finding.rows += stands.rows
                finding.duplicates += stands.rows - stands.records
                let ledger = context.ledger.row(context.batch, StepID(.loadBronze, file.thing))?.rows
                finding.differences += differences(
                    file, table: table, stands, ledger: ledger, record: records[file.thing])
            }
            for (name, stands) in standing.sorted(by: { $0.key < $1.key }) {
                finding.rows += stands.rows
                finding.differences.append(
                    "\(table) holds \(stands.rows) rows of \(name), which is no file of \(context.batch)")
            }
        }
        return finding
    }

    private func differences(
        _ file: ManifestFile, table: TableName, _ stands: Count, ledger: Int?, record: FileRecord?
    ) -> [String] {
        let name = file.physicalName
        var found: [String] = []
        if stands.rows != ledger ?? 0 {
            found.append("\(table) holds \(stands.rows) rows of \(name), the ledger says \(ledger ?? 0)")
        }
        if stands.rows != stands.records {
            found.append("\(table) holds \(stands.rows - stands.records) records of \(name) more than once")
        }
        guard let record, record.loadStatus.isGood, let ledger else { return found }
        if record.loaded != ledger {
            found.append(
                "the catalog says that \(record.loaded ?? 0) records of \(name) were loaded, the ledger \(ledger)"
            )
        }
        let sum = (record.loaded ?? 0) + (record.quarantined ?? 0) + record.skipped.values.reduce(0, +)
        if sum != record.records {
            found.append(
                "\(name) is out of balance: \(record.records) records read, \(sum) loaded, quarantined or skipped"
            )
        }
        return found
    }

    /// Rows and records by file.
    private func counts(in table: TableName, of batch: BatchID) async throws -> [String: Count] {
        let found = try await read(table, batch, Self.wholeRows(of: table))
        guard found.values.contains(where: { $0.repeated > 0 }) else {
            return found.mapValues { Count(rows: $0.rows, records: $0.rows) }
        }
        return try await read(table, batch, Self.repetitions(in: table))
            .mapValues { Count(rows: $0.rows, records: $0.rows - $0.repeated) }
    }

    /// Thirty records share a number, one bit each: the sum of the bits is their union unless one came twice. Many
    /// times faster than counting distinct records, and as sure.
    private static func wholeRows(of table: TableName) -> String {
        let bit = "1 << CAST(\(Lineage.row) % 30 AS integer)"
        return """
            SELECT file, sum(n), sum(CASE WHEN total = bits THEN 0 ELSE 1 END)
            FROM (
                SELECT \(Lineage.file) AS file, \(Lineage.row) - \(Lineage.row) % 30 AS first_row,
                    count(*) AS n, sum(\(bit)) AS total, bit_or(\(bit)) AS bits
                FROM \(table.sql) WHERE \(Lineage.batch) = $1 GROUP BY 1, 2) AS blocks
            GROUP BY file
            """
    }

    private static func repetitions(in table: TableName) -> String {
        """
        SELECT \(Lineage.file), count(*), count(*) - count(DISTINCT \(Lineage.row))
        FROM \(table.sql) WHERE \(Lineage.batch) = $1 GROUP BY \(Lineage.file)
        """
    }

    private struct Reading: Sendable {
        let rows: Int
        let repeated: Int
    }

    private func read(
        _ table: TableName, _ batch: BatchID, _ sql: String
    ) async throws -> [String: Reading] {
        let found = Gathered<[String: Reading]>([:])
        _ = try await held.session.query(sql, parameters: [batch.description]) { row in
            guard let name = row.values[0], let rows = row.values[1].flatMap({ Int($0) }),
                let repeated = row.values[2].flatMap({ Int($0) })
            else { throw PulihError(.bug, "a count of \(table) is no number") }
            found.update { $0[name] = Reading(rows: rows, repeated: repeated) }
        }
        return found.value
    }
}
