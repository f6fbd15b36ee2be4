import PulihModel

extension SQLCatalog {
    func control(client: String) async throws -> ClientControl? {
        try await store.reading { session in
            try session.first(
                "SELECT \(SQLText.identifiers(ControlRow.columns)) FROM client_control WHERE client_schema = $1",
                [.text(client)]
            ).map(ControlRow.read)
        }
    }

    func record(_ control: ClientControl) async throws {
        try await store.writing { session in
            try session.execute(
                CatalogSQL.upsert("client_control", ControlRow.columns, key: ["client_schema"]),
                ControlRow.values(of: control))
        }
    }

    func clearControl(client: String) async throws {
        try await store.writing { session in
            try session.execute("DELETE FROM client_control WHERE client_schema = $1", [.text(client)])
        }
    }

    func record(_ block: ClientBlock) async throws {
        try await store.writing { session in
            try session.execute(
                CatalogSQL.upsert("client_block", BlockRow.columns, key: ["block_id"]),
                BlockRow.values(of: block))
        }
    }

    func blocks(client: String?, openOnly: Bool) async throws -> [ClientBlock] {
        let conditions =
            (client == nil ? [] : ["client_schema = $1"]) + (openOnly ? ["resolved_at IS NULL"] : [])
        let chosen = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try await store.reading { session in
            try session.query(
                "SELECT \(SQLText.identifiers(BlockRow.columns)) FROM client_block \(chosen)"
                    + " ORDER BY found_at, block_id",
                client.map { [.text($0)] } ?? []
            ).map(BlockRow.read)
        }
    }

    func record(_ recovery: RecoveryRecord) async throws {
        try await store.writing { session in
            try session.execute(
                CatalogSQL.upsert("recovery_log", RecoveryRow.columns, key: ["recovery_id"]),
                RecoveryRow.values(of: recovery))
        }
    }

    func recoveries(client: String?, limit: Int) async throws -> [RecoveryRecord] {
        let chosen = client == nil ? "" : "WHERE client_schema = $1"
        let values = (client.map { [.text($0)] } ?? []) + [CatalogValue(limit)]
        return try await store.reading { session in
            try session.query(
                "SELECT \(SQLText.identifiers(RecoveryRow.columns)) FROM recovery_log \(chosen)"
                    + " ORDER BY started_at DESC, recovery_id DESC LIMIT $\(values.count)", values
            ).map(RecoveryRow.read)
        }
    }
}

/// `ClientControl` as a row of `client_control`.
private enum ControlRow {
    static let columns = [
        "client_schema", "request", "epoch", "requested_by", "host_name", "requested_at", "reason",
    ]

    static func values(of control: ClientControl) -> [CatalogValue] {
        [
            .text(control.client), .text(control.request.rawValue), CatalogValue(control.epoch),
            .text(control.by), .text(control.hostName), .time(control.at), .text(control.reason),
        ]
    }

    static func read(_ row: CatalogRow) throws -> ClientControl {
        ClientControl(
            client: try row.text("client_schema"), request: try row.named("request"),
            epoch: Int(try row.int("epoch")), by: try row.text("requested_by"),
            hostName: try row.text("host_name"), at: try row.time("requested_at"),
            reason: try row.text("reason"))
    }
}

/// `ClientBlock` as a row of `client_block`.
private enum BlockRow {
    static let columns = [
        "block_id", "client_schema", "batch_id", "object", "finding", "found_at", "resolved_at",
        "resolved_by", "reason",
    ]

    static func values(of block: ClientBlock) -> [CatalogValue] {
        [
            .text(block.id), .text(block.client), CatalogValue(block.batch?.description),
            .text(block.object), .text(block.finding), .time(block.foundAt),
            CatalogValue(time: block.resolvedAt), CatalogValue(block.resolvedBy), CatalogValue(block.reason),
        ]
    }

    static func read(_ row: CatalogRow) throws -> ClientBlock {
        ClientBlock(
            id: try row.text("block_id"), client: try row.text("client_schema"),
            batch: try row.optionalBatch("batch_id"), object: try row.text("object"),
            finding: try row.text("finding"), foundAt: try row.time("found_at"),
            resolvedAt: try row.optionalTime("resolved_at"), resolvedBy: try row.optionalText("resolved_by"),
            reason: try row.optionalText("reason"))
    }
}

/// `RecoveryRecord` as a row of `recovery_log`.
private enum RecoveryRow {
    static let columns = [
        "recovery_id", "client_schema", "batch_id", "what", "cause", "from_status", "to_status", "seconds",
        "rows_checked", "duplicates", "is_consistent", "outcome", "started_at", "ended_at", "message",
    ]

    static func values(of recovery: RecoveryRecord) -> [CatalogValue] {
        [
            .text(recovery.id), CatalogValue(recovery.client), CatalogValue(recovery.batch?.description),
            .text(recovery.what), .text(recovery.cause), .text(recovery.from.rawValue),
            .text(recovery.to.rawValue), CatalogValue(recovery.seconds), CatalogValue(recovery.rowsChecked),
            CatalogValue(recovery.duplicates), .flag(recovery.isConsistent),
            .text(recovery.outcome.rawValue), .time(recovery.startedAt), CatalogValue(time: recovery.endedAt),
            .text(recovery.message),
        ]
    }

    static func read(_ row: CatalogRow) throws -> RecoveryRecord {
        RecoveryRecord(
            id: try row.text("recovery_id"), client: try row.optionalText("client_schema"),
            batch: try row.optionalBatch("batch_id"), what: try row.text("what"),
            cause: try row.text("cause"), from: try row.named("from_status"), to: try row.named("to_status"),
            seconds: try row.optionalDouble("seconds"), rowsChecked: Int(try row.int("rows_checked")),
            duplicates: Int(try row.int("duplicates")), isConsistent: try row.flag("is_consistent"),
            outcome: try row.named("outcome"), startedAt: try row.time("started_at"),
            endedAt: try row.optionalTime("ended_at"), message: try row.text("message"))
    }
}
