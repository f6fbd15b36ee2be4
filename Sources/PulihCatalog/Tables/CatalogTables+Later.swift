import PulihModel

extension CatalogTables {
    /// `integration_dependencies`, and tables of features to come.
    static let later: [CatalogTable] = [
        CatalogTable(
            name: "integration_dependencies",
            comment: "Dimensions that a fact's procedure needs.",
            key: ["client_schema", "fact_proc_name", "dim_proc_name"],
            columns: [
                .client,
                .text("fact_proc_name", "the procedure that needs the other"),
                .text("dim_proc_name", "the procedure that comes before"),
            ],
            checks: ["dim_proc_name <> fact_proc_name"], references: [.client]),
        CatalogTable(
            name: "job_schedule", comment: "When clients run by themselves.",
            key: ["client_schema", "job_name"],
            columns: [
                .client,
                .text("job_name", "name of the job"),
                .text("cron", "minute, hour, day, month, weekday"),
                .text("time_zone", "IANA name"),
                .flag("enabled", "whether it runs", standard: true),
                .optionalTime("last_started_at", "when it last ran"),
                .optionalTime("next_start_at", "when it runs next"),
            ], references: [.client]),
        CatalogTable(
            name: "connector_checkpoint",
            comment: "How far a source was read; written with the batch that took it.",
            key: fileKey + ["batch_id"],
            columns: fileColumns + [
                .batch,
                .json("position", "JSON, in the connector's terms"),
                .time("recorded_at", "when"),
            ], references: [.batch]),
        CatalogTable(
            name: "snapshot", comment: "States of a client's warehouse that can be gone back to.",
            key: ["snapshot_id"],
            columns: [
                .text("snapshot_id", "name of the snapshot"),
                .client,
                .optionalText("batch_id", "the newest batch in it"),
                .text("path", "where it lies"),
                .int("bytes", "its size"),
                .text("sha256", "of its content"),
                .status("status", "how making it ended"),
                .time("created_at", "when it was made"),
                .optionalTime("expires_at", "NULL: kept until it is removed"),
            ],
            checks: ["bytes >= 0"],
            indexes: [CatalogIndex(name: "snapshot_by_client", columns: ["client_schema", "created_at"])],
            references: [.client]),
        CatalogTable(
            name: "backup", comment: "Copies of a whole workspace.", key: ["backup_id"],
            columns: [
                .text("backup_id", "name of the backup"),
                .text("target", "where it lies"),
                .words("kind", "whether it needs others", ["full", "incremental"]),
                .optionalText("parent_id", "the backup that an incremental one builds on"),
                .optionalInt("bytes", "its size"),
                .optionalText("sha256", "of its list of files"),
                .status("status", "how making it ended"),
                .time("started_at", "when it began"),
                .optionalTime("ended_at", "when it ended"),
                .optionalTime("verified_at", "when it was last restored elsewhere and compared"),
                .text("message", "what happened"),
            ],
            checks: ["bytes >= 0", "(kind = 'incremental') = (parent_id IS NOT NULL)"],
            references: [
                CatalogReference(
                    columns: ["parent_id"], table: "backup", others: ["backup_id"], isOfServer: false)
            ]),
        CatalogTable(
            name: "recovery_log", comment: "Restores, and what else brought a client back.",
            key: ["recovery_id"],
            columns: [
                .text("recovery_id", "name of the recovery"),
                .optionalText("client_schema", "NULL: the whole workspace"),
                .words("source_kind", "what was restored", ["snapshot", "backup"]),
                .text("source_id", "which snapshot or backup"),
                .optionalText("batch_id", "the newest batch afterwards"),
                .status("status", "how it ended"),
                .time("started_at", "when it began"),
                .optionalTime("ended_at", "when it ended"),
                .text("message", "what happened"),
            ],
            indexes: [CatalogIndex(name: "recovery_by_client", columns: ["client_schema", "started_at"])]),
    ]
}
