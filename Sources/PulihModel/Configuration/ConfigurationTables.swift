/// The catalog's configuration tables, in the order in which a difference is shown.
public enum ConfigurationTable: String, Sendable, CaseIterable {
    case clientReference = "client_reference"
    case clientConfig = "client_config"
    case columnMapping = "column_mapping"
    case requiredColumns = "required_columns"
    case rowRules = "row_rules"
    case schemaRegistry = "schema_registry"
    case transformationConfig = "transformation_config"
    case integrationConfig = "integration_config"
    case integrationDependencies = "integration_dependencies"
    case mvRefreshConfig = "mv_refresh_config"
    case runHooks = "run_hooks"

    /// About models, procedures and hooks. Says nothing about files: neither about reading and checking them nor about who delivers them.
    var isAboutModels: Bool {
        switch self {
        case .transformationConfig, .integrationConfig, .integrationDependencies, .mvRefreshConfig, .runHooks:
            true
        case .clientReference, .clientConfig, .columnMapping, .requiredColumns, .rowRules, .schemaRegistry:
            false
        }
    }
}
