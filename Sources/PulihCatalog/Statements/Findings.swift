import PulihModel

extension CatalogSession {
    /// What a step found, in the log of its stage; an attempt that is written again replaces its findings.
    func putFindings(of step: StepRecord) throws {
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
        let lists = ["missing", "extra", "expected", "received", "renamed"]
        let found = lists.map { CatalogValue.text((step.details[$0] ?? .array([])).compact) }
        try execute(
            CatalogSQL.upsert(
                "mapping_validation_log", fileKey + ["status"] + lists.map { "\($0)_columns" }, key: fileKey),
            step.fileIdentity + [.text(step.status.rawValue)] + found)
    }

    private func putRuleFindings(of step: StepRecord) throws {
        try execute(
            """
            DELETE FROM row_validation_log
            WHERE client_schema = $1 AND batch_id = $2 AND thing = $3 AND attempt = $4
            """, step.fileIdentity)
        let insert = CatalogSQL.insert(
            "row_validation_log", fileKey + ["position", "rule_name", "severity", "record_count", "message"])
        for (position, finding) in zip(1..., step.details["findings"]?.array ?? []) {
            try execute(
                insert,
                step.fileIdentity + [
                    CatalogValue(position), .text(finding["rule"]?.string ?? ""),
                    .text(finding["severity"]?.string ?? ""), .int(finding["records"]?.int ?? 0),
                    .text(finding["message"]?.string ?? ""),
                ])
        }
    }

    private func putLoadError(of step: StepRecord) throws {
        guard step.status == .failed, let error = step.error else { return }
        let key = ["client_schema", "batch_id", "stage", "thing", "attempt"]
        try execute(
            CatalogSQL.upsert(
                "load_error_log",
                key + ["failed_at", "error_code", "error_message", "left_behind", "hint"], key: key),
            step.identity + [
                .time(step.endedAt ?? step.startedAt), .text(error.code), .text(error.summary),
                .text(error.leftBehind), .text(error.hint),
            ])
    }

    private var fileKey: [String] { ["client_schema", "batch_id", "thing", "attempt"] }
}

extension StepRecord {
    var identity: [CatalogValue] {
        [
            .text(client), .text(batch.description), .text(step.stage.rawValue), .text(step.thing),
            CatalogValue(attempt),
        ]
    }

    fileprivate var fileIdentity: [CatalogValue] {
        [.text(client), .text(batch.description), .text(step.thing), CatalogValue(attempt)]
    }
}
