/// What `pulih.yml` and `sql/` say, validated as a whole.
public struct Configuration: Sendable, Equatable {
    public var catalog: CatalogLocation
    public var warehouse: WarehouseLocation
    /// No part of what `apply` brings into the catalog.
    public var places = StoragePlaces()
    public var settings: Settings
    public var clients: [Client]
    public var sources: [SourceSystem]
    public var models: [Model]
    /// In the order in which they run, stage by stage.
    public var procedures: [Procedure]
    /// What `apply` runs in the warehouse to make procedures, in this order.
    public var scripts: [ProcedureScript]
    public var hooks: RunHooks
    public var alerts: Alerts

    public init(
        catalog: CatalogLocation, warehouse: WarehouseLocation, settings: Settings, clients: [Client],
        sources: [SourceSystem], models: [Model], procedures: [Procedure] = [],
        scripts: [ProcedureScript] = [],
        hooks: RunHooks, alerts: Alerts = Alerts()
    ) {
        self.catalog = catalog
        self.warehouse = warehouse
        self.settings = settings
        self.clients = clients
        self.sources = sources
        self.models = models
        self.procedures = procedures
        self.scripts = scripts
        self.hooks = hooks
        self.alerts = alerts
    }

    public func client(_ name: String) -> Client? { clients.first { $0.name == name } }

    /// The files that a client delivers, in the order of `pulih.yml`.
    public func files(of client: Client) -> [FileSpec] {
        sources.filter { client.sources.contains($0.name) }.flatMap(\.files)
    }

    public func file(_ key: FileKey) -> FileSpec? {
        sources.first { $0.name == key.source }?.files.first { $0.key == key }
    }

    public func model(_ table: LayerTable) -> Model? { models.first { $0.table == table } }

    public func procedure(_ name: ProcedureName) -> Procedure? { procedures.first { $0.name == name } }
}

/// Limits and defaults of a workspace.
public struct Settings: Sendable, Equatable {
    /// What DuckDB may use for its buffers, in bytes, over all its instances in one process.
    public var memoryLimitBytes: Int
    /// Threads of DuckDB.
    public var threads: Int
    /// Steps that may run side by side; of small files more.
    public var parallelSteps: Int
    /// A file counts as complete when size and mtime did not change for this long, in seconds, or when a file of its
    /// name plus `.done` stands beside it.
    public var settleSeconds: Double
    /// What has to stay free on every disk that a run writes to; 0: no limit.
    public var diskReserveBytes: Int
    /// What the process may have of the machine's memory when another step begins; 0: no limit; nil: nine tenths of it.
    public var processMemoryBytes: Int?
    public var retry: RetryPolicies
    /// Of unattended runs; its attempts are restarts.
    public var autoRestart: RetryPolicy
    /// Seconds without a sign of life after which a run counts as dead wherever it is.
    public var leaseExpirySeconds = 60
    /// Of clients that name none, as the IANA database calls it; nil: the machine's.
    public var timeZone: String?
    public var retention = Retention()

    public init(
        memoryLimitBytes: Int, threads: Int, parallelSteps: Int, settleSeconds: Double,
        diskReserveBytes: Int = 256_000_000, processMemoryBytes: Int? = nil,
        retry: RetryPolicies = RetryPolicies(), autoRestart: RetryPolicy = Settings.usualRestarts
    ) {
        self.memoryLimitBytes = memoryLimitBytes
        self.threads = threads
        self.parallelSteps = parallelSteps
        self.settleSeconds = settleSeconds
        self.diskReserveBytes = diskReserveBytes
        self.processMemoryBytes = processMemoryBytes
        self.retry = retry
        self.autoRestart = autoRestart
    }
}

extension Settings {
    /// Longer waits than those of a step: whole servers are started again meanwhile.
    public static let usualRestarts = RetryPolicy(
        attempts: 3, waitSeconds: 10, factor: 3, longestSeconds: 600)

    /// What `pulih.yml` need not say.
    public static func standard(cores: Int) -> Settings {
        Settings(memoryLimitBytes: 300_000_000, threads: cores, parallelSteps: cores, settleSeconds: 2)
    }

    /// Steps of small files that may run side by side: they wait for the disk most of the time. Whoever wants one step
    /// at a time has that.
    public var parallelSmallSteps: Int { parallelSteps == 1 ? 1 : parallelSteps * 3 }

    /// The engine writes Parquet in the order of the raw file. DuckDB needs 4 MB per column and thread for that, or
    /// else writes with one thread; so the engine gets two thirds.
    public var engineMemoryBytes: Int { memoryLimitBytes / 3 * 2 }

    /// The warehouse writes in any order and is as fast with little.
    public var warehouseMemoryBytes: Int { memoryLimitBytes / 3 }
}

/// A tenant.
public struct Client: Sendable, Equatable {
    public var name: String
    public var id: Int
    /// Names of the source systems that this client delivers.
    public var sources: [String]
    /// Severity of a row rule that names none.
    public var severity: Severity
    /// Database role that works in the client's schemas; nil: the one that logs in.
    public var role: String?
    /// As the IANA database calls it; nil: that of the settings.
    public var timeZone: String?
    /// Instead of what the files say; nil: nobody waits for this client's.
    public var expected: [FileKey: Expectation?] = [:]

    public init(name: String, id: Int, sources: [String], severity: Severity, role: String? = nil) {
        self.name = name
        self.id = id
        self.sources = sources
        self.severity = severity
        self.role = role
    }
}

public struct SourceSystem: Sendable, Equatable {
    public var name: String
    public var files: [FileSpec]

    public init(name: String, files: [FileSpec]) {
        self.name = name
        self.files = files
    }
}

/// SQL run against the client's warehouse around a run, each statement list in its own transaction.
public struct RunHooks: Sendable, Equatable {
    public var onStart: [String]
    public var onSuccess: [String]
    public var onFailure: [String]

    public init(onStart: [String] = [], onSuccess: [String] = [], onFailure: [String] = []) {
        self.onStart = onStart
        self.onSuccess = onSuccess
        self.onFailure = onFailure
    }
}

/// Where a piece of configuration stands, for messages.
public struct SourceLine: Sendable, Hashable, CustomStringConvertible {
    /// Relative to the workspace: `pulih.yml`, `sql/silver/crm_cust_info.sql`.
    public let file: String
    public let line: Int

    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    public var description: String { "\(file):\(line)" }
}
