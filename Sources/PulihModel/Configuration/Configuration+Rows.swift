extension Configuration {
    /// The configuration as rows of the catalog's tables: what `apply` brings the catalog to. Columns that
    /// hold JSON hold it compact.
    ///
    /// Files, models and procedures appear once per client, so that a table answers every question about a client by
    /// itself.
    public func rows() -> [ConfigurationRow] {
        clients.flatMap { client in
            [referenceRow(client)] + files(of: client).flatMap { fileRows($0, client) } + stageRows(client)
                + dependencyRows(client)
        } + hookRows
    }

    private func referenceRow(_ client: Client) -> ConfigurationRow {
        ConfigurationRow(
            .clientReference, key: [.init("client_schema", client.name)],
            values: [
                .init("client_id", client.id), .init("severity", client.severity.rawValue),
                .init("sources", .strings(client.sources)),
            ])
    }

    // MARK: files

    private func fileRows(_ file: FileSpec, _ client: Client) -> [ConfigurationRow] {
        let key: [ConfigurationField] = [
            .init("client_schema", client.name), .init("source_system", file.key.source),
            .init("logical_source_file", file.key.name),
        ]
        let required = file.columns.filter(\.isRequired).map {
            ConfigurationRow(.requiredColumns, key: key + [.init("column_name", $0.source)], values: [])
        }
        let columns = file.columns.enumerated().map { mappingRow($1, position: $0 + 1, key) }
        let rules = file.rules.enumerated().map { ruleRow($1, position: $0 + 1, key, client) }
        return [configRow(file, key, client)] + columns + required + rules + [schemaRow(file, key)]
    }

    private func configRow(
        _ file: FileSpec, _ key: [ConfigurationField], _ client: Client
    ) -> ConfigurationRow {
        ConfigurationRow(
            .clientConfig, key: key,
            values: [
                .init("source_type", file.format.type.rawValue), .init("file_pattern", file.pattern),
                .init("delivery", file.delivery.json), .init("per_batch", file.perBatch.rawValue),
                .init("target_schema", file.bronze.layer.schema(of: client.name)),
                .init("target_table", file.target), .init("dialect", file.format.json),
                .init("drift", file.drift.rawValue), .init("duplicates", file.duplicatesText),
                .init("empty_files", file.empty.rawValue), .init("limits", file.limits.json),
                .init("skip_rules", .array(file.skips.map(\.json))),
                .init("expected", expectation(of: file, from: client)?.json ?? .null),
                .init("control", file.control?.json ?? .null),
            ])
    }

    private func mappingRow(
        _ column: ColumnSpec, position: Int, _ key: [ConfigurationField]
    ) -> ConfigurationRow {
        ConfigurationRow(
            .columnMapping, key: key + [.init("source_column", column.source)],
            values: [
                .init("target_column", column.name), .init("position", position),
                .init("data_type", column.type.description), .init("options", column.optionsJSON),
            ])
    }

    private func ruleRow(
        _ rule: RowRule, position: Int, _ key: [ConfigurationField], _ client: Client
    ) -> ConfigurationRow {
        ConfigurationRow(
            .rowRules, key: key + [.init("rule_name", rule.name)],
            values: [
                .init("rule_check", rule.check.json),
                .init("severity", rule.severity(default: client.severity).rawValue),
                .init("position", position),
            ])
    }

    private func schemaRow(_ file: FileSpec, _ key: [ConfigurationField]) -> ConfigurationRow {
        let columns = file.columns.map {
            SchemaColumn(name: $0.name, type: $0.type.description, isRequired: $0.isRequired).json
        }
        return ConfigurationRow(.schemaRegistry, key: key, values: [.init("columns", .array(columns))])
    }

    // MARK: models and procedures

    /// Models and then procedures of each stage: the latter are called when the former are made.
    private func stageRows(_ client: Client) -> [ConfigurationRow] {
        [Stage.transform, .integrate, .refreshMV].flatMap { stage in
            let models = models.filter { $0.stage == stage }.map(\.stageRow)
            let procedures = procedures.filter { $0.stage == stage }.map(\.stageRow)
            return (models + procedures).enumerated().map {
                $1.row(order: $0 + 1, stage: stage, client: client)
            }
        }
    }

    /// What the procedures of `integrate` need of each other.
    private func dependencyRows(_ client: Client) -> [ConfigurationRow] {
        procedures.filter { $0.stage == .integrate }.flatMap { procedure in
            procedure.needs.filter { self.procedure($0)?.stage == .integrate }.map { need in
                ConfigurationRow(
                    .integrationDependencies,
                    key: [
                        .init("client_schema", client.name),
                        .init("fact_proc_name", procedure.name.description),
                        .init("dim_proc_name", need.description),
                    ], values: [])
            }
        }
    }

    private var hookRows: [ConfigurationRow] {
        [("on_start", hooks.onStart), ("on_success", hooks.onSuccess), ("on_failure", hooks.onFailure)]
            .filter { !$0.1.isEmpty }
            .map {
                ConfigurationRow(
                    .runHooks, key: [.init("hook", $0.0)], values: [.init("statements", .strings($0.1))])
            }
    }
}

/// A row of `transformation_config`, `integration_config` or `mv_refresh_config`.
private struct StageRow {
    let name: String
    let path: String
    let materialized: String
    let body: String
    let options: JSONValue
    let tableType: ProcedureKind

    func row(order: Int, stage: Stage, client: Client) -> ConfigurationRow {
        let table: ConfigurationTable
        var values: [ConfigurationField] = [
            .init("model_path", path), .init("materialized", materialized), .init("run_order", order),
            .init("body", body), .init("options", options),
        ]
        switch stage {
        case .integrate:
            table = .integrationConfig
            values.append(.init("table_type", tableType.rawValue))
        case .refreshMV: table = .mvRefreshConfig
        default: table = .transformationConfig
        }
        return ConfigurationRow(
            table, key: [.init("client_schema", client.name), .init("model_name", name)], values: values)
    }
}

extension Model {
    fileprivate var stageRow: StageRow {
        StageRow(
            name: table.description, path: at.file, materialized: materialization.rawValue, body: sql,
            options: optionsJSON, tableType: tableType)
    }

    /// By the name's beginning.
    private var tableType: ProcedureKind {
        if table.name.hasPrefix("dim_") { return .dimension }
        return table.name.hasPrefix("fact_") || table.name.hasPrefix("fct_") ? .fact : .other
    }
}

extension Procedure {
    /// Told apart from models by what stands for the materialization; its body is in the warehouse.
    fileprivate var stageRow: StageRow {
        StageRow(
            name: name.description, path: at.file, materialized: "procedure", body: "", options: optionsJSON,
            tableType: kind)
    }
}

extension ConfigurationRow {
    fileprivate init(_ table: ConfigurationTable, key: [ConfigurationField], values: [ConfigurationField]) {
        self.init(table: table.rawValue, key: key, values: values)
    }
}

extension ConfigurationField {
    fileprivate init(_ column: String, _ text: String) { self.init(column, ConfigurationValue.text(text)) }
    fileprivate init(_ column: String, _ number: Int) {
        self.init(column, ConfigurationValue.int(Int64(number)))
    }
    fileprivate init(_ column: String, _ json: JSONValue) {
        self.init(column, ConfigurationValue.text(json.compact))
    }
}
