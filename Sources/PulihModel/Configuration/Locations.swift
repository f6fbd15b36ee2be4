/// Where the catalog lives.
public enum CatalogLocation: Sendable, Equatable {
    /// `data/catalog.sqlite` in the workspace, or the path given, relative to the workspace.
    case sqlite(path: String)
    /// The schema `tools` of a PostgreSQL database.
    case postgresql(PostgresLocation)
}

/// Where bronze, silver and gold live.
public enum WarehouseLocation: Sendable, Equatable {
    /// One DuckDB file per client in this folder, relative to the workspace.
    case duckdb(folder: String)
    /// Schemas of their own for each client in one PostgreSQL database.
    case postgresql(PostgresLocation)

    /// In words of `pulih.yml`.
    public var kind: String {
        switch self {
        case .duckdb: "duckdb"
        case .postgresql: "postgresql"
        }
    }

    /// Whether procedures can be declared; what `Capabilities` of such a warehouse says too.
    public var hasProcedures: Bool { isServer }
    /// Whether models are in the SQL of the engine, whose parser can then check them before they run.
    public var speaksLikeEngine: Bool { !isServer }
    /// Whether a client can have a role of its own.
    public var hasRoles: Bool { isServer }

    private var isServer: Bool {
        switch self {
        case .duckdb: false
        case .postgresql: true
        }
    }
}

/// How to reach a PostgreSQL database.
public struct PostgresLocation: Sendable, Hashable {
    /// Address as libpq takes it: `postgresql://pulih@localhost:5432/dwh`, or `service=dwh` and other `key=value`.
    /// Never with a password in it.
    public var url: String
    /// nil: what libpq finds by itself, such as in `~/.pgpass`.
    public var password: SecretReference?

    public init(url: String, password: SecretReference? = nil) {
        self.url = url
        self.password = password
    }
}

/// Where a secret is read when it is needed. The secret itself is in no value and no log.
public enum SecretReference: Sendable, Hashable {
    /// An environment variable.
    case env(String)
    /// A file with nothing else in it than the secret and perhaps a line end; relative to the workspace.
    case file(String)
}
