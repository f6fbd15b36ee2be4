import PulihModel

extension SQLCatalog {
    func record(_ steps: [StepRecord]) async throws {
        try await record(steps, events: [], files: [])
    }

    func record(_ events: [AuditEvent]) async throws {
        try await record([], events: events, files: [])
    }

    func record(_ steps: [StepRecord], events: [AuditEvent], files: [FileRecord]) async throws {
        guard !steps.isEmpty || !events.isEmpty || !files.isEmpty else { return }
        try await store.writing { session in
            for step in steps {
                try session.put(step)
                try session.putFindings(of: step)
            }
            for event in events {
                try session.execute(AuditRow.insert, AuditRow.values(of: event))
            }
            for file in files { try session.put(file) }
        }
    }

    func steps(client: String, batch: BatchID) async throws -> [StepRecord] {
        try await store.reading { session in
            try session.query(
                """
                SELECT \(SQLText.identifiers(StepRow.columns)) FROM step_log
                WHERE client_schema = $1 AND batch_id = $2 ORDER BY sequence
                """, [.text(client), .text(batch.description)]
            ).map { row in try StepRow.read(row, client: client, batch: batch) }
        }
    }

    func auditEvents(client: String?, batch: BatchID?, limit: Int) async throws -> [AuditEvent] {
        var conditions: [String] = []
        var values: [CatalogValue] = []
        for (column, value) in [("client_schema", client), ("batch_id", batch?.description)] {
            guard let value else { continue }
            values.append(.text(value))
            conditions.append("\(column) = $\(values.count)")
        }
        values.append(CatalogValue(limit))
        // Of the same moment those with greater numbers are newer: ids end with one.
        let sql = """
            SELECT \(SQLText.identifiers(AuditRow.columns)) FROM etl_audit_log
            \(conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))")
            ORDER BY timestamp DESC, length(event_id) DESC, event_id DESC LIMIT $\(values.count)
            """
        return try await store.reading { [values] session in
            try session.query(sql, values).map(AuditRow.read)
        }
    }
}

/// `StepRecord` as a row of `step_log`.
private enum StepRow {
    static let key = ["client_schema", "batch_id", "stage", "thing", "attempt"]
    static let columns =
        key + [
            "status", "reason", "fingerprint", "started_at", "ended_at", "row_count", "error_code",
            "error_message", "error_object", "left_behind", "hint", "details",
        ]

    static let upsert = CatalogSQL.upsert("step_log", columns, key: key)

    static func values(of step: StepRecord) -> [CatalogValue] {
        step.identity + [
            .text(step.status.rawValue), .text(step.reason), .text(step.fingerprint), .time(step.startedAt),
            CatalogValue(time: step.endedAt), CatalogValue(step.rows), CatalogValue(step.error?.code),
            CatalogValue(step.error?.summary), CatalogValue(step.error?.object),
            CatalogValue(step.error?.leftBehind), CatalogValue(step.error?.hint),
            .text(step.details.compact),
        ]
    }

    static func read(_ row: CatalogRow, client: String, batch: BatchID) throws -> StepRecord {
        let error = try row.optionalText("error_code").map { code in
            StepError(
                code: code, summary: try row.text("error_message"), object: try row.text("error_object"),
                leftBehind: try row.text("left_behind"), hint: try row.text("hint"))
        }
        return StepRecord(
            client: client, batch: batch, step: StepID(try row.named("stage"), try row.text("thing")),
            attempt: Int(try row.int("attempt")), status: try row.named("status"),
            reason: try row.text("reason"), fingerprint: try row.text("fingerprint"),
            startedAt: try row.time("started_at"), endedAt: try row.optionalTime("ended_at"),
            rows: try row.optionalInt("row_count").map { Int($0) }, error: error,
            details: try row.json("details"))
    }
}

/// `AuditEvent` as a row of `etl_audit_log`.
private enum AuditRow {
    static let columns = [
        "event_id", "timestamp", "client_schema", "batch_id", "process_name", "status", "duration_sec",
        "data_rows_loaded", "message",
    ]

    static let insert = CatalogSQL.insert("etl_audit_log", columns) + " ON CONFLICT (event_id) DO NOTHING"

    static func values(of event: AuditEvent) -> [CatalogValue] {
        [
            .text(event.id), .time(event.at), .text(event.client), CatalogValue(event.batch?.description),
            .text(event.process), .text(event.status.rawValue), CatalogValue(event.seconds),
            CatalogValue(event.rows), .text(event.message),
        ]
    }

    static func read(_ row: CatalogRow) throws -> AuditEvent {
        AuditEvent(
            id: try row.text("event_id"), at: try row.time("timestamp"),
            client: try row.text("client_schema"), batch: try row.optionalBatch("batch_id"),
            process: try row.text("process_name"),
            status: try row.named("status"), seconds: try row.optionalDouble("duration_sec"),
            rows: try row.optionalInt("data_rows_loaded").map { Int($0) }, message: try row.text("message"))
    }
}

extension CatalogSession {
    /// A row that is there keeps its place in the sequence.
    fileprivate func put(_ step: StepRecord) throws {
        try execute(StepRow.upsert, StepRow.values(of: step))
    }
}
