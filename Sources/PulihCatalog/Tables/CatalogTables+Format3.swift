extension CatalogTables {
    /// What came with format 3: columns of files as they are configured and as they came.
    static let format3: [(table: String, columns: [CatalogColumn])] = [
        (
            "client_config",
            [
                .json(
                    "expected", "JSON: when the client's file is waited for; null: never", standard: "null"),
                .json(
                    "control", "JSON: where its sender says what it holds; null: nowhere", standard: "null"),
            ]
        ),
        (
            "file_audit_log",
            [
                .optionalText("control_file", "the side file that was claimed with it; NULL: none was"),
                .optionalText("control_sha256", "of the side file"),
                .optionalTime("raw_purged_at", "NULL: its raw file was not purged"),
                .optionalTime("parquet_purged_at", "NULL: its Parquet was not purged"),
                .optionalTime("quarantine_purged_at", "NULL: its quarantine was not purged"),
            ]
        ),
    ]
}
