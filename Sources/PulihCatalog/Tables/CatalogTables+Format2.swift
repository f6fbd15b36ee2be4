import PulihModel

extension CatalogTables {
    /// What came with format 2: who asked a client to stop, what blocks it, and how it came back from a bad state.
    /// `recovery_log` of format 1 was never written and is made anew.
    static let format2 = [
        CatalogTable(
            name: "client_control", comment: "What was asked of a client; no row: nothing.",
            key: ["client_schema"],
            columns: [
                .client,
                .words(
                    "request", "stop: the run of that epoch; pause: every run until it is lifted",
                    ["stop", "pause"]),
                .count("epoch", "the run that is meant; 0: there was none"),
                .text("requested_by", "user who asked"),
                .text("host_name", "from which host"),
                .time("requested_at", "when"),
                .text("reason", "why, as typed; may be empty"),
            ], references: [.client]),
        CatalogTable(
            name: "client_block", comment: "What was found damaged; an open one keeps every run away.",
            key: ["block_id"],
            columns: [
                .text("block_id", "name of the finding"),
                .text("client_schema", "the client's name"),
                .optionalText("batch_id", "the batch it concerns"),
                .text("object", "what is damaged: a path, a table"),
                .text("finding", "what is wrong with it"),
                .time("found_at", "when"),
                .optionalTime("resolved_at", "NULL: it blocks"),
                .optionalText("resolved_by", "user who lifted it"),
                .optionalText("reason", "why it was lifted, as typed"),
            ],
            indexes: [CatalogIndex(name: "block_by_client", columns: ["client_schema", "found_at"])]),
        CatalogTable(
            name: "recovery_log",
            comment: "What brought a client back from a bad state, and whether it held.",
            key: ["recovery_id"],
            columns: [
                .text("recovery_id", "name of the recovery"),
                .optionalText("client_schema", "NULL: the whole workspace"),
                .optionalText("batch_id", "the batch it concerned"),
                .text("what", "restart, start, reprocess, resume, takeover, rebuild, repair, restore"),
                .text("cause", "what had happened"),
                .status("from_status", "the state before"),
                .status("to_status", "how the run ended"),
                .optionalReal("seconds", "how long it took"),
                .count("rows_checked", "rows of bronze that were counted again"),
                .count("duplicates", "records that were found twice"),
                .flag("is_consistent", "counts, duplicates and fingerprints are as they should be"),
                .status("outcome", "how it ended"),
                .time("started_at", "when it began"),
                .optionalTime("ended_at", "when it ended"),
                .text("message", "what was done, and each difference found"),
            ],
            indexes: [CatalogIndex(name: "recovery_by_client", columns: ["client_schema", "started_at"])]),
    ]
}
