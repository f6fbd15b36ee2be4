public import PulihModel
import PulihSQLite

extension SQLiteCatalog {
    public func record(_ steps: [StepRecord]) async throws {
        guard !steps.isEmpty else { return }
        try await writing { session in
            for step in steps {
                try session.put(step)
                try session.putFindings(of: step)
            }
        }
    }

    public func steps(client: String, batch: BatchID) async throws -> [StepRecord] {
        try await reading { session in
            try session.query(
                "SELECT * FROM step_log WHERE client_schema = ? AND batch_id = ? ORDER BY sequence",
                [.text(client), .text(batch.description)]
            ).map { row in try row.step(client: client, batch: batch) }
        }
    }

    public func record(_ events: [AuditEvent]) async throws {
        guard !events.isEmpty else { return }
        try await writing { session in
            for event in events {
                try session.execute(
                    """
                    INSERT INTO etl_audit_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (event_id) DO NOTHING
                    """,
                    [
                        .text(event.id), .int(event.at), .text(event.client),
                        SQLiteValue(event.batch?.description),
                        .text(event.process), .text(event.status.rawValue), SQLiteValue(event.seconds),
                        SQLiteValue(event.rows), .text(event.message),
                    ])
            }
        }
    }

    public func auditEvents(client: String?, batch: BatchID?, limit: Int) async throws -> [AuditEvent] {
        try await reading { session in
            try session.query(
                """
                SELECT * FROM etl_audit_log
                WHERE (?1 IS NULL OR client_schema = ?1) AND (?2 IS NULL OR batch_id = ?2)
                ORDER BY timestamp DESC, rowid DESC LIMIT ?3
                """, [SQLiteValue(client), SQLiteValue(batch?.description), .int(Int64(limit))]
            ).map { row in
                AuditEvent(
                    id: try row.text("event_id"), at: try row.int("timestamp"),
                    client: try row.text("client_schema"), batch: try row.optionalBatch("batch_id"),
                    process: try row.text("process_name"), status: try row.named("status"),
                    seconds: try row.optionalDouble("duration_sec"),
                    rows: try row.optionalInt("data_rows_loaded").map { Int($0) },
                    message: try row.text("message"))
            }
        }
    }
}

extension SQLiteSession {
    /// A row that is there keeps its place in the sequence.
    fileprivate func put(_ step: StepRecord) throws {
        try execute(
            """
            INSERT INTO step_log (
                client_schema, batch_id, stage, thing, attempt, status, reason, fingerprint, started_at, ended_at,
                row_count, error_code, error_message, error_object, left_behind, hint, details)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (client_schema, batch_id, stage, thing, attempt) DO UPDATE SET
                status = excluded.status, reason = excluded.reason, fingerprint = excluded.fingerprint,
                started_at = excluded.started_at, ended_at = excluded.ended_at, row_count = excluded.row_count,
                error_code = excluded.error_code, error_message = excluded.error_message,
                error_object = excluded.error_object, left_behind = excluded.left_behind, hint = excluded.hint,
                details = excluded.details
            """,
            step.identity + [
                .text(step.status.rawValue), .text(step.reason), .text(step.fingerprint),
                .int(step.startedAt),
                SQLiteValue(step.endedAt), SQLiteValue(step.rows), SQLiteValue(step.error?.code),
                SQLiteValue(step.error?.summary), SQLiteValue(step.error?.object),
                SQLiteValue(step.error?.leftBehind), SQLiteValue(step.error?.hint),
                .text(step.details.compact),
            ])
    }

    /// What a step found, in the log of its stage; an attempt that is written again replaces its findings.
    fileprivate func putFindings(of step: StepRecord) throws {
        guard step.status.isTerminal else { return }
        switch step.step.stage {
        case .validateMapping: try putMapping(of: step)
        case .validateRow: try putRuleFindings(of: step)
        case .convert, .loadBronze: try putLoadError(of: step)
        default: break
        }
    }

    private func putMapping(of step: StepRecord) throws {
        guard case .object = step.details else { return }
        let lists = ["missing", "extra", "expected", "received", "renamed"].map {
            SQLiteValue.text((step.details[$0] ?? .array([])).compact)
        }
        try execute(
            "INSERT OR REPLACE INTO mapping_validation_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            step.fileIdentity + [.text(step.status.rawValue)] + lists)
    }

    private func putRuleFindings(of step: StepRecord) throws {
        try execute(
            """
            DELETE FROM row_validation_log
            WHERE client_schema = ? AND batch_id = ? AND thing = ? AND attempt = ?
            """,
            step.fileIdentity)
        for (position, finding) in zip(Int64(1)..., step.details["findings"]?.array ?? []) {
            try execute(
                "INSERT INTO row_validation_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                step.fileIdentity + [
                    .int(position), .text(finding["rule"]?.string ?? ""),
                    .text(finding["severity"]?.string ?? ""),
                    .int(finding["records"]?.int ?? 0), .text(finding["message"]?.string ?? ""),
                ])
        }
    }

    private func putLoadError(of step: StepRecord) throws {
        guard step.status == .failed, let error = step.error else { return }
        try execute(
            "INSERT OR REPLACE INTO load_error_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            step.identity + [
                .int(step.endedAt ?? step.startedAt), .text(error.code), .text(error.summary),
                .text(error.leftBehind), .text(error.hint),
            ])
    }
}

extension StepRecord {
    fileprivate var identity: [SQLiteValue] {
        [
            .text(client), .text(batch.description), .text(step.stage.rawValue), .text(step.thing),
            .int(Int64(attempt)),
        ]
    }

    fileprivate var fileIdentity: [SQLiteValue] {
        [.text(client), .text(batch.description), .text(step.thing), .int(Int64(attempt))]
    }
}

extension SQLiteRow {
    fileprivate func step(client: String, batch: BatchID) throws -> StepRecord {
        let error = try optionalText("error_code").map { code in
            StepError(
                code: code, summary: try text("error_message"), object: try text("error_object"),
                leftBehind: try text("left_behind"), hint: try text("hint"))
        }
        return StepRecord(
            client: client, batch: batch, step: StepID(try named("stage"), try text("thing")),
            attempt: Int(try int("attempt")), status: try named("status"), reason: try text("reason"),
            fingerprint: try text("fingerprint"), startedAt: try int("started_at"),
            endedAt: try optionalInt("ended_at"), rows: try optionalInt("row_count").map { Int($0) },
            error: error,
            details: try json("details"))
    }

    fileprivate func optionalBatch(_ column: String) throws -> BatchID? {
        guard let text = try optionalText(column) else { return nil }
        guard let batch = BatchID(text) else { throw unknown(text, in: column) }
        return batch
    }
}
