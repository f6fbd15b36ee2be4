extension Configuration {
    /// The configuration as rows of the catalog's tables: what `apply` brings the catalog to. Columns that
    /// hold JSON hold it compact.
    ///
    /// Files and models appear once per client, so that a table answers every question about a client by
    /// itself.
    public func rows() -> [ConfigurationRow] {
        clients.flatMap { client in
            [referenceRow(client)] + files(of: client).flatMap { fileRows($0, client) } + modelRows(client)
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
                .init("source_type", file.type.rawValue), .init("file_pattern", file.pattern),
                .init("delivery", file.delivery.json), .init("per_batch", file.perBatch.rawValue),
                .init("target_schema", file.bronze.layer.schema(of: client.name)),
                .init("target_table", file.target), .init("dialect", file.dialect.json),
                .init("drift", file.drift.rawValue), .init("duplicates", file.duplicates.rawValue),
                .init("empty_files", file.empty.rawValue), .init("limits", file.limits.json),
                .init("skip_rules", .array(file.skips.map(\.json))),
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
        let columns: [JSONValue] = file.columns.map {
            [
                "name": .string($0.name), "type": .string($0.type.description),
                "required": .bool($0.isRequired),
            ]
        }
        return ConfigurationRow(.schemaRegistry, key: key, values: [.init("columns", .array(columns))])
    }

    // MARK: models

    private func modelRows(_ client: Client) -> [ConfigurationRow] {
        [Stage.transform, .integrate, .refreshMV].flatMap { stage in
            models.filter { $0.stage == stage }.enumerated().map { modelRow($1, order: $0 + 1, client) }
        }
    }

    private func modelRow(_ model: Model, order: Int, _ client: Client) -> ConfigurationRow {
        let table: ConfigurationTable
        var values: [ConfigurationField] = [
            .init("model_path", model.at.file), .init("materialized", model.materialization.rawValue),
            .init("run_order", order), .init("body", model.sql), .init("options", model.optionsJSON),
        ]
        switch model.stage {
        case .integrate:
            table = .integrationConfig
            values.append(.init("table_type", model.tableType))
        case .refreshMV: table = .mvRefreshConfig
        default: table = .transformationConfig
        }
        return ConfigurationRow(
            table,
            key: [.init("client_schema", client.name), .init("model_name", model.table.description)],
            values: values)
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

extension Model {
    /// By the name's beginning: `dimension`, `fact` or `other`.
    fileprivate var tableType: String {
        if table.name.hasPrefix("dim_") { return "dimension" }
        return table.name.hasPrefix("fact_") || table.name.hasPrefix("fct_") ? "fact" : "other"
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
