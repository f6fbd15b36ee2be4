import PulihModel

extension CatalogTables {
    /// What `apply` wrote. Files and models appear once per client.
    static let configuration: [CatalogTable] = [
        CatalogTable(
            name: "client_reference",
            comment: "Clients. A removed one keeps its row, so that its batch ids never come again.",
            key: ["client_schema"],
            columns: [
                .client,
                .int("client_id", "the id in pulih.yml"),
                .serverWords("severity", "of row rules that name none", severities),
                .json("sources", "JSON list of source systems"),
                .count("last_batch_id", "greatest batch number ever given", standard: 0),
                .flag("removed", "no longer configured", standard: false),
            ]),
        CatalogTable(
            name: "client_config", comment: "Logical source files.", key: fileKey,
            columns: fileColumns + [
                .text("source_type", "how the file is written: csv"),
                .text("file_pattern", "names of the files, with * and ?"),
                .json("delivery", "JSON: how a delivery relates to those before it"),
                .serverWords("per_batch", "how many of its files one batch takes", ["one", "all"]),
                .text("target_schema", "schema of the bronze table"),
                .text("target_table", "name of the bronze table"),
                .json("dialect", "JSON: delimiter, quote, escape, header, encoding, skip_lines, nulls"),
                .text("drift", "what other columns than the expected lead to"),
                .text("duplicates", "what content that was loaded before leads to"),
                .text("empty_files", "what a file without records leads to"),
                .json("limits", "JSON: how much may go to quarantine"),
                .json("skip_rules", "JSON: records that are no data"),
            ], references: [.client]),
        CatalogTable(
            name: "column_mapping", comment: "Columns of a logical source file.",
            key: fileKey + ["source_column"],
            columns: fileColumns + [
                .text("source_column", "name in the file"),
                .text("target_column", "name in bronze"),
                .ordinal("position", "in the file, from 1"),
                .text("data_type", "type in bronze"),
                .json("options", "JSON: what differs from the defaults"),
            ], references: [.file]),
        CatalogTable(
            name: "required_columns", comment: "Columns whose absence fails the file.",
            key: fileKey + ["column_name"],
            columns: fileColumns + [.text("column_name", "name in the file")], references: [.file]),
        CatalogTable(
            name: "row_rules", comment: "Rules that every record of a file is checked against.",
            key: fileKey + ["rule_name"],
            columns: fileColumns + [
                .text("rule_name", "name in messages"),
                .json("rule_check", "JSON: what must hold"),
                .serverWords(
                    "severity", "what a broken rule leads to; the client's default filled in", severities),
                .ordinal("position", "among the rules of the file, from 1"),
            ], references: [.file]),
        CatalogTable(
            name: "schema_registry",
            comment: "Registered schemas of files; the newest version is in force.",
            key: fileKey + ["version"],
            columns: fileColumns + [
                .ordinal("version", "from 1"),
                .optionalJSON(
                    "columns", "JSON list of name, type, required; NULL: the file is no longer configured"),
                .time("registered_at", "when it was applied"),
            ]),
        CatalogTable(
            name: "transformation_config", comment: "Models and procedures of the silver layer.",
            key: modelKey, columns: modelColumns, references: [.client]),
        CatalogTable(
            name: "integration_config", comment: "Models and procedures of the gold layer.", key: modelKey,
            columns: modelColumns + [
                .serverWords("table_type", "what it loads", ["dimension", "fact", "other"])
            ],
            references: [.client]),
        CatalogTable(
            name: "mv_refresh_config",
            comment: "Materialized views, and procedures that refresh.", key: modelKey,
            columns: modelColumns, references: [.client]),
        CatalogTable(
            name: "run_hooks", comment: "Statements that run around a batch.", key: ["hook"],
            columns: [
                .serverWords("hook", "when they run", ["on_start", "on_success", "on_failure"]),
                .json("statements", "JSON list"),
            ]),
    ]

    static let fileKey = ["client_schema", "source_system", "logical_source_file"]
    static let fileColumns: [CatalogColumn] = [.client, .source, .logicalFile]
    private static let severities = Severity.allCases.map(\.rawValue)
    private static let modelKey = ["client_schema", "model_name"]
    private static let modelColumns: [CatalogColumn] = [
        .client,
        .text("model_name", "gold.dim_customers, tools.load_dim_customers_v1"),
        .text("model_path", "the file that declares it"),
        .text("materialized", "what becomes of its rows: table, incremental, view, procedure, …"),
        .ordinal("run_order", "place in the configuration; dependencies decide what runs when"),
        .text("body", "the SELECT, variables unexpanded"),
        .json("options", "JSON: the rest of what is declared"),
    ]
}
