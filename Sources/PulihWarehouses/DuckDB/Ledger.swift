import PulihDuckDB
import PulihModel
import PulihSystem

/// Ledger and fence, as the holder of one lease writes them. All methods belong inside a transaction.
struct Ledger: Sendable {
    let lease: Lease

    /// - Throws: `busy` when a later run had the warehouse already.
    func raiseFence(in session: DuckDBSession) throws {
        try Timings.measure(.ledger) {
            let stored = try session.scalar("SELECT epoch FROM pulih.fence").int ?? 0
            guard stored <= lease.epoch else { throw lost(to: stored) }
            if stored < lease.epoch {
                try session.execute("UPDATE pulih.fence SET epoch = ?", [.int(Int64(lease.epoch))])
            }
        }
    }

    /// The last statement of a transaction without ledger row.
    func checkFence(in session: DuckDBSession) throws {
        try Timings.measure(.ledger) {
            let stored = try session.scalar("SELECT epoch FROM pulih.fence").int ?? 0
            guard stored == lease.epoch else { throw lost(to: stored) }
        }
    }

    /// Takes the row of a step out.
    /// - Returns: its target when there was one.
    func remove(_ batch: BatchID, _ step: StepID, in session: DuckDBSession) throws -> LedgerTarget? {
        try Timings.measure(.ledger) {
            try session.queryPlanned(
                "DELETE FROM pulih.ledger WHERE batch_id = ? AND stage = ? AND thing = ? RETURNING target",
                [.text(batch.description), .text(step.stage.rawValue), .text(step.thing)]
            ).rows.first.map { LedgerTarget(table: $0[0].string) }
        }
    }

    /// Writes the row of a step, which must not be there, if the fence still is this lease's: one statement
    /// for both, to be the last of its transaction.
    func write(_ entry: LedgerEntry, rows: Int, target: String? = nil, in session: DuckDBSession) throws {
        try Timings.measure(.ledger) {
            let written = try session.executePlanned(
                """
                INSERT INTO pulih.ledger
                SELECT nextval('pulih.ledger_sequence'), ?, ?, ?, ?, ?, ?, epoch, ?, ?, ?
                FROM pulih.fence WHERE epoch = ?
                """,
                [
                    .text(lease.client), .text(entry.batch.description), .text(entry.step.stage.rawValue),
                    .text(entry.step.thing), target.map { .text($0) } ?? .null, .int(Int64(entry.attempt)),
                    .text(entry.fingerprint), .int(Int64(rows)), .timestampTZ(microseconds: entry.at),
                    .int(Int64(lease.epoch)),
                ])
            guard written == 1 else {
                throw lost(to: try session.scalar("SELECT epoch FROM pulih.fence").int ?? 0)
            }
        }
    }

    /// `remove`, then `write`.
    func replace(_ entry: LedgerEntry, rows: Int, in session: DuckDBSession) throws {
        _ = try remove(entry.batch, entry.step, in: session)
        try write(entry, rows: rows, in: session)
    }

    private func lost(to epoch: Int) -> PulihError {
        PulihError(
            .busy,
            "\(lease.client) was taken over by a later run (epoch \(epoch), this one has \(lease.epoch))",
            leftBehind: "nothing was written", hint: "'pulih status \(lease.client)' shows what runs")
    }
}

/// What a ledger row says about where its rows are.
struct LedgerTarget {
    let table: String?
}

extension DuckDBSession {
    /// The epoch that may write; 0 before the first.
    func storedEpoch() throws -> Int {
        guard try relation(TableName(schema: "pulih", table: "fence")) != nil else { return 0 }
        return try scalar("SELECT epoch FROM pulih.fence").number
    }

    func ledgerSnapshot() throws -> LedgerSnapshot {
        // A file that was made and never opened to write has no ledger yet.
        guard try relation(TableName(schema: "pulih", table: "ledger")) != nil else {
            return LedgerSnapshot()
        }
        var snapshot = LedgerSnapshot()
        try forEachRow(
            """
            SELECT sequence, batch_id, stage, thing, attempt, epoch, fingerprint, row_count,
                epoch_us(committed_at)
            FROM pulih.ledger ORDER BY sequence
            """
        ) { row in
            snapshot.rows.append(
                LedgerRow(
                    sequence: try row[0].number, batch: try row[1].batch,
                    step: StepID(try row[2].named(Stage.self), try row[3].content),
                    attempt: try row[4].number,
                    epoch: try row[5].number, fingerprint: try row[6].content, rows: try row[7].number,
                    committedAt: Int64(try row[8].number)))
        }
        try forEachRow("SELECT layer, name, batch_id, fingerprint FROM pulih.builds ORDER BY layer, name") {
            row in
            snapshot.builds.append(
                BuildRow(
                    table: LayerTable(try row[0].named(Layer.self), try row[1].content),
                    batch: try row[2].batch,
                    fingerprint: try row[3].content))
        }
        return snapshot
    }
}

// Values of Pulih's own tables; anything unexpected there is damage.
extension DuckDBValue {
    var number: Int { get throws { try required(int, "a number") } }
    var content: String { get throws { try required(string, "text") } }
    var batch: BatchID { get throws { try required(string.flatMap { BatchID($0) }, "a batch id") } }

    func named<Name: RawRepresentable<String>>(_ type: Name.Type) throws -> Name {
        try required(string.flatMap { Name(rawValue: $0) }, "the name of a \(type)")
    }

    private func required<T>(_ value: T?, _ expected: String) throws -> T {
        if let value { return value }
        throw PulihError(
            .damaged, "the schema pulih of the warehouse holds '\(text ?? "NULL")' where \(expected) belongs",
            hint: "something else than Pulih changed it; restore the newest copy of the file")
    }
}
