import PulihModel
import PulihPostgres
import PulihSystem

/// Ledger and fence, as the holder of one lease writes them. All methods belong inside a transaction.
struct PostgresLedger: Sendable {
    let lease: Lease
    let own: OwnSchema

    init(_ lease: Lease) {
        self.lease = lease
        own = OwnSchema(lease.client)
    }

    /// - Throws: `busy` when a later run had the warehouse already.
    func raiseFence(in session: PostgresSession) throws {
        try Timings.measure(.ledger) {
            let stored = try session.scalar("SELECT epoch FROM \(own.fence) FOR UPDATE").number
            guard stored <= lease.epoch else { throw lost(to: stored) }
            if stored < lease.epoch {
                try session.execute("UPDATE \(own.fence) SET epoch = $1", [.int(Int64(lease.epoch))])
            }
        }
    }

    /// The last statement of every transaction that writes: who raises the fence waits for its end.
    func checkFence(in session: PostgresSession) throws {
        try Timings.measure(.ledger) {
            let stored = try session.scalar("SELECT epoch FROM \(own.fence) FOR SHARE").number
            guard stored == lease.epoch else { throw lost(to: stored) }
        }
    }

    /// Takes the row of a step out.
    /// - Returns: its target when there was one.
    func remove(_ batch: BatchID, _ step: StepID, in session: PostgresSession) throws -> LedgerTarget? {
        try Timings.measure(.ledger) {
            try session.query(
                "DELETE FROM \(own.ledger) WHERE batch_id = $1 AND stage = $2 AND thing = $3 RETURNING target",
                [.text(batch.description), .text(step.stage.rawValue), .text(step.thing)]
            ).rows.first.map { LedgerTarget(table: $0[0].string) }
        }
    }

    /// Writes the row of a step, which must not be there, and checks the fence: the last of its transaction.
    /// - Parameters:
    ///   - target: bronze table of a load.
    ///   - file: physical name of the file of a load.
    func write(
        _ entry: LedgerEntry, rows: Int, target: String? = nil, file: String? = nil,
        in session: PostgresSession
    ) throws {
        try Timings.measure(.ledger) {
            _ = try session.execute(
                """
                INSERT INTO \(own.ledger) (batch_id, stage, thing, target, file, attempt, epoch, fingerprint,
                    row_count, committed_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                [
                    .text(entry.batch.description), .text(entry.step.stage.rawValue), .text(entry.step.thing),
                    PostgresValue(target), PostgresValue(file), .int(Int64(entry.attempt)),
                    .int(Int64(lease.epoch)), .text(entry.fingerprint), .int(Int64(rows)),
                    .timestamp(microseconds: entry.at),
                ])
        }
        try checkFence(in: session)
    }

    /// `remove`, then `write`.
    func replace(_ entry: LedgerEntry, rows: Int, in session: PostgresSession) throws {
        _ = try remove(entry.batch, entry.step, in: session)
        try write(entry, rows: rows, in: session)
    }

    func lost(to epoch: Int) -> PulihError {
        PulihError(
            .busy,
            "\(lease.client) was taken over by a later run (epoch \(epoch), this one has \(lease.epoch))",
            leftBehind: "nothing was written", hint: "'pulih status \(lease.client)' shows what runs")
    }
}

extension PostgresSession {
    /// The epoch that may write; nil when nothing was ever loaded.
    func storedEpoch(_ own: OwnSchema) throws -> Int? {
        guard try relation(own.table("fence")) != nil else { return nil }
        return try scalar("SELECT epoch FROM \(own.fence)").number
    }

    func ledgerSnapshot(_ own: OwnSchema) throws -> LedgerSnapshot {
        var snapshot = LedgerSnapshot()
        try forEachRow(
            """
            SELECT sequence, batch_id, stage, thing, attempt, epoch, fingerprint, row_count, committed_at
            FROM \(own.ledger) ORDER BY sequence
            """
        ) { row in
            snapshot.rows.append(
                LedgerRow(
                    sequence: try row[0].number, batch: try row[1].batch,
                    step: StepID(try row[2].named(Stage.self), try row[3].content),
                    attempt: try row[4].number, epoch: try row[5].number, fingerprint: try row[6].content,
                    rows: try row[7].number, committedAt: try row[8].moment))
        }
        try forEachRow("SELECT layer, name, batch_id, fingerprint FROM \(own.builds) ORDER BY layer, name") {
            row in
            snapshot.builds.append(
                BuildRow(
                    table: LayerTable(try row[0].named(Layer.self), try row[1].content),
                    batch: try row[2].batch, fingerprint: try row[3].content))
        }
        return snapshot
    }
}
