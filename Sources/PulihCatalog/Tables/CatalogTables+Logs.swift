import PulihModel

extension CatalogTables {
    /// The journal, and what its stages found.
    static let logs: [CatalogTable] = [
        CatalogTable(
            name: "step_log",
            comment: "The journal: one row per attempt at a step, in the order in which they began.",
            columns: [
                .sequence("sequence", "the order in which they began"),
                .client, .batch, stage, thing, attempt,
                .status("status", "how it ended"),
                .text("reason", "why it ran, was kept or was skipped"),
                .text("fingerprint", "of everything its result depends on"),
                .time("started_at", "when it began"),
                .optionalTime("ended_at", "when it ended; NULL: it has not"),
                .optionalCount("row_count", "rows that it wrote"),
                .optionalText("error_code", "kind of error; NULL: none"),
                .optionalText("error_message", "what happened"),
                .optionalText("error_object", "what it happened to"),
                .optionalText("left_behind", "what state is left"),
                .optionalText("hint", "what to do next"),
                .json("details", "JSON: figures and findings of the stage"),
            ],
            unique: stepKey,
            indexes: [
                CatalogIndex(name: "step_by_status", columns: ["status"]),
                CatalogIndex(
                    name: "step_failed", columns: ["started_at"], condition: "status = 'FAILED'",
                    isOfServer: true),
            ], references: [.batch]),
        CatalogTable(
            name: "mapping_validation_log", comment: "What the check of a file's columns found.",
            key: fileStepKey,
            columns: [
                .client, .batch, thing, attempt,
                .status("status", "how it ended"),
                .json("missing_columns", "JSON list: expected and not there"),
                .json("extra_columns", "JSON list: there and not expected"),
                .json("expected_columns", "JSON list"),
                .json("received_columns", "JSON list"),
                .json("renamed_columns", "JSON list of from, to: probably renamed"),
            ], references: [.batch]),
        CatalogTable(
            name: "row_validation_log", comment: "What the rules found in a file.",
            key: fileStepKey + ["position"],
            columns: [
                .client, .batch, thing, attempt,
                .ordinal("position", "among the findings, from 1"),
                .text("rule_name", "the rule"),
                .text("severity", "what it led to"),
                .count("record_count", "records that break it"),
                .text("message", "an example"),
            ], references: [.batch]),
        CatalogTable(
            name: "load_error_log", comment: "Files that could not be converted or loaded.", key: stepKey,
            columns: [
                .client, .batch,
                .text("stage", "convert or load_bronze"),
                thing, attempt,
                .time("failed_at", "when"),
                .text("error_code", "kind of error"),
                .text("error_message", "what happened"),
                .text("left_behind", "what state is left"),
                .text("hint", "what to do next"),
            ],
            indexes: [CatalogIndex(name: "load_error_by_time", columns: ["failed_at"], isOfServer: true)],
            references: [CatalogReference(columns: stepKey, table: "step_log")]),
        CatalogTable(
            name: "etl_audit_log",
            comment: "The catalog's copy of the audit; the NDJSON files come first.", key: ["event_id"],
            columns: [
                .text("event_id", "client, epoch and number"),
                .time("timestamp", "when"),
                .client,
                .optionalText("batch_id", "NULL: of no batch"),
                .text("process_name", "what acted: a stage, claim, apply, release, …"),
                .status("status", "how it ended"),
                .optionalReal("duration_sec", "how long it took"),
                .optionalCount("data_rows_loaded", "rows that it wrote"),
                .text("message", "what happened"),
            ],
            indexes: [
                CatalogIndex(name: "audit_by_batch", columns: ["client_schema", "batch_id"]),
                CatalogIndex(name: "audit_by_time", columns: ["timestamp"]),
                CatalogIndex(
                    name: "audit_failed", columns: ["timestamp"], condition: "status = 'FAILED'",
                    isOfServer: true),
            ]),
    ]

    static let views: [CatalogView] = [
        CatalogView(
            name: "job_execution_log", comment: "The journal with durations, all stages.",
            columns: [
                ("client_schema", "the client's name"), ("batch_id", "BATCH000014"),
                ("stage", "the stage"), ("thing", "file, model, procedure or batch"),
                ("attempt", "run of the batch"), ("status", "how it ended"),
                ("reason", "why it ran, was kept or was skipped"), ("started_at", "when it began"),
                ("ended_at", "when it ended"), ("duration_sec", "how long it took"),
                ("row_count", "rows that it wrote"), ("error_message", "what happened"),
            ]
        ) { seconds in
            """
            SELECT client_schema, batch_id, stage, thing, attempt, status, reason, started_at, ended_at,
                \(seconds) AS duration_sec, row_count, error_message
            FROM step_log
            """
        },
        ofStage(.transform, "transformation_log", "Runs of silver models and procedures."),
        ofStage(.integrate, "integration_log", "Runs of gold models and procedures."),
        ofStage(.refreshMV, "mv_refresh_log", "Refreshes of materialized views."),
    ]

    private static func ofStage(_ stage: Stage, _ name: String, _ comment: String) -> CatalogView {
        CatalogView(
            name: name, comment: comment,
            columns: [
                ("client_schema", "the client's name"), ("batch_id", "BATCH000014"),
                ("model_name", "the model or procedure"), ("attempt", "run of the batch"),
                ("status", "how it ended"), ("started_at", "when it began"), ("ended_at", "when it ended"),
                ("duration_sec", "how long it took"), ("row_count", "rows that it wrote"),
                ("error_message", "what happened"),
            ]
        ) { _ in
            """
            SELECT client_schema, batch_id, thing AS model_name, attempt, status, started_at, ended_at,
                duration_sec, row_count, error_message
            FROM job_execution_log WHERE stage = \(SQLText.literal(stage.rawValue))
            """
        }
    }

    private static let stepKey = ["client_schema", "batch_id", "stage", "thing", "attempt"]
    private static let fileStepKey = ["client_schema", "batch_id", "thing", "attempt"]
    private static let stage = CatalogColumn.words("stage", "the stage", Stage.allCases.map(\.rawValue))
    private static let thing = CatalogColumn.text("thing", "file, model, procedure or batch")
    private static let attempt = CatalogColumn.ordinal("attempt", "run of the batch, from 1")
}
