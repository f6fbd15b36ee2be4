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
            let counted =
                rows == 0
                ? "ledger and catalog agree on each load" : "\(rows) rows counted again, no duplicate"
            return "\(counted), fingerprints match"
        }
    }

    /// - Parameters:
    ///   - fresh: things of the loads that this recovery made; their rows are counted, and repetitions sought among
    ///     them. nil: a run that died has left the check to this one. The configuration may have changed since, and then
    ///     a plan of today says nothing about what was done.
    ///   - countsKept: the rows of the other loads are counted too, as it must be when a run died. A run that ended in
    ///     order has proven its loads, and of a large batch counting again takes longer than the steps that are left.
    func check(_ id: BatchID, fresh: Set<String>? = nil, countsKept: Bool = true) async throws -> Finding {
        let prepared = try await BatchRunner(held: held).prepare(
            id, mode: .restart, options: RunOptions(), isDry: true, verifiesRaw: false)
        var finding = try await count(prepared, fresh: fresh, countsKept: countsKept)
        if fresh != nil || isSamePlan(prepared.context) {
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
        /// Rows beyond one for each record.
        let repeated: Int
    }

    /// Every file of the batch: rows that stand, those of the ledger, those of the file's record, and no record twice.
    private func count(
        _ prepared: BatchRunner.Prepared, fresh: Set<String>?, countsKept: Bool
    ) async throws -> Finding {
        let context = prepared.context
        let records = Dictionary(prepared.files.map { ($0.thing, $0) }, uniquingKeysWith: { $1 })
        // A file that is no longer configured keeps its rows in a table that Pulih no longer answers for.
        let files = context.manifest.files.filter { held.environment.configuration.file($0.key) != nil }
        var finding = Finding()
        for (table, files) in Dictionary(grouping: files, by: \.target).sorted(by: { $0.key < $1.key }) {
            let ledger = Dictionary(
                files.map { file in
                    let step = StepID(.loadBronze, file.thing)
                    return (file.physicalName, context.ledger.row(context.batch, step)?.rows ?? 0)
                }, uniquingKeysWith: { $1 })
            let isFresh = files.contains { fresh?.contains($0.thing) ?? true }
            guard isFresh || countsKept else {
                finding.differences += files.flatMap { file in
                    differences(
                        file, ledger: ledger[file.physicalName] ?? 0, record: records[file.thing])
                }
                continue
            }
            var standing = try await counts(
                in: table, of: context.batch, ledger: ledger, seeksRepetitions: isFresh)
            for file in files {
                let stands = standing.removeValue(forKey: file.physicalName) ?? Count(rows: 0, repeated: 0)
                finding.rows += stands.rows
                finding.duplicates += stands.repeated
                let noted = ledger[file.physicalName] ?? 0
                finding.differences += differences(file, table: table, stands, ledger: noted)
                finding.differences += differences(file, ledger: noted, record: records[file.thing])
            }
            for (name, stands) in standing.sorted(by: { $0.key < $1.key }) {
                finding.rows += stands.rows
                finding.differences.append(
                    "\(table) holds \(stands.rows) rows of \(name), which is no file of \(context.batch)")
            }
        }
        return finding
    }

    /// Of what stands in the table.
    private func differences(
        _ file: ManifestFile, table: TableName, _ stands: Count, ledger: Int
    ) -> [String] {
        let name = file.physicalName
        var found: [String] = []
        if stands.rows != ledger {
            found.append("\(table) holds \(stands.rows) rows of \(name), the ledger says \(ledger)")
        }
        if stands.repeated > 0 {
            found.append("\(table) holds \(stands.repeated) records of \(name) more than once")
        }
        return found
    }

    /// Of what is written down.
    private func differences(_ file: ManifestFile, ledger: Int, record: FileRecord?) -> [String] {
        guard let record, record.loadStatus.isGood else { return [] }
        let name = file.physicalName
        var found: [String] = []
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

    /// By physical name.
    private func counts(
        in table: TableName, of batch: BatchID, ledger: [String: Int], seeksRepetitions: Bool
    ) async throws -> [String: Count] {
        let found = try await read(
            table, batch, seeksRepetitions ? Self.blocks(of: table) : Self.rows(of: table))
        let isSuspicious = found.contains { $0.value.repeated > 0 || $0.value.rows != ledger[$0.key] }
        return isSuspicious ? try await read(table, batch, Self.repetitions(in: table)) : found
    }

    private static func rows(of table: TableName) -> String {
        "SELECT \(Lineage.file), count(*), 0 FROM \(table.sql)"
            + " WHERE \(Lineage.batch) = $1 GROUP BY \(Lineage.file)"
    }

    /// Thirty records share a number, one bit each: the sum of the bits is their union unless one came twice. Many
    /// times faster than counting distinct records, and as sure.
    private static func blocks(of table: TableName) -> String {
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

    private func read(_ table: TableName, _ batch: BatchID, _ sql: String) async throws -> [String: Count] {
        let found = Gathered<[String: Count]>([:])
        _ = try await held.session.query(sql, parameters: [batch.description]) { row in
            guard let name = row.values[0], let rows = row.values[1].flatMap({ Int($0) }),
                let repeated = row.values[2].flatMap({ Int($0) })
            else { throw PulihError(.bug, "a count of \(table) is no number") }
            found.update { $0[name] = Count(rows: rows, repeated: repeated) }
        }
        return found.value
    }
}

extension BatchContext {
    /// Loads that this run makes, and those that a dead one committed without saying so.
    var freshLoads: Set<String> {
        Set(
            plan.steps.filter { step in
                guard step.id.stage == .loadBronze else { return false }
                if step.decision.runs { return true }
                return (ledger.row(batch, step.id)?.attempt ?? 0) > (lastGood[step.id]?.attempt ?? 0)
            }.map(\.id.thing))
    }
}
