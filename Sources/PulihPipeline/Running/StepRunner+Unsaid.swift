internal import PulihModel

extension StepRunner {
    /// Lines for kept steps that were committed by a run which was killed before it could say so: the ledger outranks
    /// the journal, and what it holds must be in the audit too.
    func unsaid(_ records: [StepRecord]) async throws -> [Auditor.Entry] {
        let late = records.compactMap { record in lateCommit(of: record).map { (record, $0) } }
        guard !late.isEmpty else { return [] }
        let client = context.client.name
        let said = try await context.environment.catalog.auditEvents(
            client: client, batch: context.batch, limit: 10_000)
        return late.compactMap { record, row in
            // It may have died between the two.
            let isSaid = said.contains {
                $0.process == record.step.stage.rawValue && $0.message == record.step.thing
                    && $0.id.hasPrefix("\(client)-\(row.epoch)-")
            }
            return isSaid
                ? nil
                : Auditor.Entry(
                    process: record.step.stage.rawValue, status: record.status, batch: context.batch,
                    rows: record.rows,
                    message: "\(record.step.thing): committed by a run that was killed before it said so")
        }
    }

    /// The commit of a kept step, where it is younger than what the journal knows.
    func lateCommit(of record: StepRecord) -> LedgerRow? {
        guard record.reason.hasPrefix("kept"), let row = context.ledger.row(context.batch, record.step),
            (context.lastGood[record.step]?.attempt ?? 0) < row.attempt
        else { return nil }
        return row
    }
}

extension PlannedStep {
    /// Whether the rows of its commit are those of its record: a publication's and a procedure's are not counted there.
    var countsRows: Bool {
        switch subject {
        case .file, .model: true
        case .procedure, .batch: false
        }
    }
}
