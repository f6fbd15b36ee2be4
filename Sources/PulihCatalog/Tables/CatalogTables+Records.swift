import PulihModel

extension CatalogTables {
    /// Who runs, batches and their files.
    static let records: [CatalogTable] = [
        CatalogTable(
            name: "run_lease",
            comment:
                "Who runs a client. The row stays after release, because an epoch must never come again.",
            key: ["client_schema"],
            columns: [
                .client,
                .count("epoch", "grows with every claim"),
                .flag("held", "whether somebody has it"),
                .text("host_id", "the machine"),
                .text("host_name", "the machine's name"),
                .text("boot_id", "the machine's boot"),
                .int("pid", "the process"),
                .int("process_start", "its start in clock ticks since boot"),
                .text("user_name", "who started it"),
                .time("since", "when the lease was taken"),
                .time("heartbeat", "when it was last renewed"),
                .text("doing", "start client1"),
            ]),
        CatalogTable(
            name: "batch", comment: "Batches of files.", key: ["client_schema", "batch_number"],
            columns: [
                .client, .batch,
                .ordinal("batch_number", "the number in batch_id"),
                .status("status", "of the last run; RUNNING while nobody holds the lease means interrupted"),
                .words("mode", "of the last run", RunMode.allCases.map(\.rawValue)),
                .time("batch_time", "fixed at the claim; models see it as batch_time"),
                .time("started_at", "of the last run"),
                .optionalTime("ended_at", "of the last run; NULL: it has not ended"),
                .ordinal("attempt", "runs so far"),
                .text("message", "what the last run said at its end"),
            ],
            indexes: [
                CatalogIndex(name: "batch_by_status", columns: ["status"]),
                CatalogIndex(
                    name: "batch_by_id", columns: ["client_schema", "batch_id"], isUnique: true,
                    isOfServer: true),
                CatalogIndex(name: "batch_by_time", columns: ["batch_time"], isOfServer: true),
            ], references: [.client]),
        CatalogTable(
            name: "file_audit_log",
            comment: "Physical files: the intent of their claim, and what became of them.",
            key: ["client_schema", "batch_number", "physical_file_name"],
            columns: [
                .client, .batch,
                .ordinal("batch_number", "the number in batch_id"),
                .ordinal("position", "place in the batch, from 1"),
                .source, .logicalFile,
                .text("original_file_name", "name in incoming"),
                .text("physical_file_name", "name with the batch in it"),
                .text("parquet_name", "name of its Parquet file"),
                .count("bytes", "size of the raw file"),
                .int("inode", "of the raw file, as a signed number"),
                .text("sha256", "of the raw bytes"),
                .count("total_rows", "records counted in the raw file"),
                .count("blank_lines", "lines of the raw file that are no records"),
                .optionalCount("loaded_rows", "records in bronze; NULL: not known yet"),
                .optionalCount("quarantined_rows", "records in quarantine; NULL: not known yet"),
                .json("skipped_rows", "JSON: records skipped, by reason"),
                .status("config_status", "whether a configuration was found"),
                .status("convert_status", "how reading and converting ended"),
                .status("mapping_validation_status", "how the check of its columns ended"),
                .status("row_validation_status", "how the check of its rows ended"),
                .status("load_status", "how loading into bronze ended"),
            ],
            indexes: [
                CatalogIndex(name: "file_by_content", columns: ["client_schema", "sha256"]),
                CatalogIndex(
                    name: "file_by_key",
                    columns: ["client_schema", "source_system", "logical_source_file", "batch_number"]),
                CatalogIndex(
                    name: "file_not_loaded", columns: ["client_schema", "batch_number"],
                    condition: "load_status NOT IN ('SUCCESS', 'WARNING')", isOfServer: true),
            ],
            references: [
                CatalogReference(columns: ["client_schema", "batch_number"], table: "batch")
            ]),
    ]
}
