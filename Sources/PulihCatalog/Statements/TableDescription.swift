import PulihModel

/// A configuration table as the generic code sees it.
struct TableDescription: Sendable {
    let name: String
    let key: [String]
    let values: [String]
    /// How a row is taken away.
    var removal = Removal.delete
    /// Every change adds a version; the newest counts.
    var isVersioned = false

    enum Removal {
        case delete
        /// Sets `removed`: the row holds something that must outlive its configuration.
        case mark
    }

    /// In the order in which rows are listed.
    static let all: [TableDescription] = [
        TableDescription(
            name: "client_reference", key: ["client_schema"], values: ["client_id", "severity", "sources"],
            removal: .mark),
        TableDescription(
            name: "client_config", key: file,
            values: [
                "source_type", "file_pattern", "delivery", "per_batch", "target_schema", "target_table",
                "dialect",
                "drift", "duplicates", "empty_files", "limits", "skip_rules", "expected", "control",
            ]),
        TableDescription(
            name: "column_mapping", key: file + ["source_column"],
            values: ["target_column", "position", "data_type", "options"]),
        TableDescription(name: "required_columns", key: file + ["column_name"], values: []),
        TableDescription(
            name: "row_rules", key: file + ["rule_name"], values: ["rule_check", "severity", "position"]),
        TableDescription(name: "schema_registry", key: file, values: ["columns"], isVersioned: true),
        TableDescription(name: "transformation_config", key: model, values: modelValues),
        TableDescription(name: "integration_config", key: model, values: modelValues + ["table_type"]),
        TableDescription(
            name: "integration_dependencies", key: ["client_schema", "fact_proc_name", "dim_proc_name"],
            values: []),
        TableDescription(name: "mv_refresh_config", key: model, values: modelValues),
        TableDescription(name: "run_hooks", key: ["hook"], values: ["statements"]),
    ]

    private static let file = ["client_schema", "source_system", "logical_source_file"]
    private static let model = ["client_schema", "model_name"]
    private static let modelValues = ["model_path", "materialized", "run_order", "body", "options"]

    /// - Throws: `bug` for a row that does not fit any table.
    static func of(_ row: ConfigurationRow) throws -> TableDescription {
        guard let table = all.first(where: { $0.name == row.table }), row.key.map(\.column) == table.key,
            row.values.map(\.column) == table.values
        else { throw PulihError(.bug, "the catalog has no place for the configuration row \(row.title)") }
        return table
    }
}
