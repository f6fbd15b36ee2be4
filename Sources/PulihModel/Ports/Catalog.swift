/// The `tools` schema: applied configuration, journal, logs, leases.
///
/// Every method is one transaction: it is wholly there after a crash or not at all. Methods may be called from any
/// task. All throw `PulihError` (`unreachable` when the catalog cannot be opened, `damaged` when it is not one).
public protocol Catalog: Sendable {
    // MARK: configuration

    /// All rows of the configuration tables, without `schema_registry` versions that were superseded.
    func configurationRows() async throws -> [ConfigurationRow]
    /// Brings the tables to `changes`; a changed `schema_registry` row is added as the next version.
    func apply(_ changes: [ConfigurationChange], at: Int64) async throws
    /// All registered schemas of a file, oldest first.
    func schemaVersions(client: String, key: FileKey) async throws -> [SchemaVersion]
    /// Columns that deliveries brought and no configuration names yet, by file.
    func acceptedColumns(client: String) async throws -> [FileKey: [SchemaColumn]]
    /// Registers columns that a delivery brought as the next version. Those that are there are left alone, except that
    /// the earliest batch counts.
    func accept(_ columns: [SchemaColumn], client: String, key: FileKey, at: Int64) async throws

    // MARK: leases

    /// Takes the client's lease with the next epoch.
    /// - Parameters:
    ///   - above: an epoch that the new one must exceed, 0 for none. Where the catalog was lost or is older than the
    ///     warehouse, the warehouse's `lastEpoch`.
    ///   - isDead: says whether the recorded owner is known to be gone; asked inside the transaction, of every lease
    ///     that somebody still holds.
    /// - Throws: `busy` naming who, since when, doing what.
    func claimLease(
        client: String, owner: LeaseOwner, doing: String, at: Int64, expiry: Int64, above: Int,
        isDead: @Sendable (LeaseRecord) -> Bool
    ) async throws -> Lease
    /// - Throws: `busy` when the lease is no longer this one.
    func renewLease(_ lease: Lease, at: Int64) async throws
    /// Does nothing when the lease is no longer this one.
    func releaseLease(_ lease: Lease) async throws
    func lease(client: String) async throws -> LeaseRecord?
    /// The time by which leases expire: the server's, where there is one.
    /// - Parameter caller: what the caller's clock says.
    func leaseTime(_ caller: Int64) async throws -> Int64
    /// The same catalog for the holder of a lease: whatever it writes is refused as `busy` once the lease is not this
    /// one any more, so that a run which lost it cannot change what the next one records.
    func fenced(by lease: Lease) -> any Catalog

    // MARK: batches

    /// The greatest batch number ever given to the client, 0 if none.
    func lastBatchNumber(client: String) async throws -> Int
    /// Batch row, file rows and `last_batch_id` in one transaction: the intent of a claim.
    func recordClaim(_ batch: BatchRecord, files: [FileRecord]) async throws
    func updateBatch(_ batch: BatchRecord) async throws
    func updateFiles(_ files: [FileRecord]) async throws
    /// Newest first.
    func batches(client: String?, limit: Int) async throws -> [BatchRecord]
    func batch(client: String, _ id: BatchID) async throws -> BatchRecord?
    func files(client: String, batch: BatchID) async throws -> [FileRecord]
    /// Earlier files of the client with this content that were loaded (load status good), newest first.
    func loadedFiles(client: String, sha256: String) async throws -> [FileRecord]
    /// Files of this kind, of one original name or of any, whose load was good, newest first.
    func loadedFiles(client: String, key: FileKey, named name: String?) async throws -> [FileRecord]
    /// The newest file of this kind whose load was good.
    func lastLoaded(client: String, key: FileKey) async throws -> FileRecord?
    /// Records read in the newest earlier batch whose load of this logical file was good.
    func lastGoodRecords(client: String, key: FileKey, before: BatchID) async throws -> Int?

    // MARK: journal and logs

    /// Writes begun and ended steps: one row per (client, batch, step, attempt), replaced when written again.
    /// Findings in `details` also fill the logs of their stage.
    func record(_ steps: [StepRecord]) async throws
    /// All of these in one transaction: how a file's stages ended, what the audit says of it, and its own row.
    func record(_ steps: [StepRecord], events: [AuditEvent], files: [FileRecord]) async throws
    /// All attempts, in the order in which they began.
    func steps(client: String, batch: BatchID) async throws -> [StepRecord]
    /// Events whose id is already there are left alone.
    func record(_ events: [AuditEvent]) async throws
    /// Newest first.
    func auditEvents(client: String?, batch: BatchID?, limit: Int) async throws -> [AuditEvent]

    // MARK: recovery

    /// What is asked of the client; nil: nothing.
    func control(client: String) async throws -> ClientControl?
    /// Replaces what was asked before.
    func record(_ control: ClientControl) async throws
    /// Does nothing when nothing is asked.
    func clearControl(client: String) async throws
    /// Written again with the same id it takes the new values: that is how a block is lifted.
    func record(_ block: ClientBlock) async throws
    /// Oldest first.
    /// - Parameter openOnly: without those that were lifted.
    func blocks(client: String?, openOnly: Bool) async throws -> [ClientBlock]
    /// Written again with the same id it takes the new values.
    func record(_ recovery: RecoveryRecord) async throws
    /// Newest first.
    func recoveries(client: String?, limit: Int) async throws -> [RecoveryRecord]

    func close() async throws
}

/// One row of one configuration table.
public struct ConfigurationRow: Sendable, Equatable {
    public let table: String
    /// Key columns in order.
    public let key: [ConfigurationField]
    public let values: [ConfigurationField]

    public init(table: String, key: [ConfigurationField], values: [ConfigurationField]) {
        self.table = table
        self.key = key
        self.values = values
    }

    /// `client_config client1 crm.cust_info`, for messages.
    public var title: String { ([table] + key.map(\.value.plain)).joined(separator: " ") }
}

public struct ConfigurationField: Sendable, Equatable {
    public let column: String
    public let value: ConfigurationValue

    public init(_ column: String, _ value: ConfigurationValue) {
        self.column = column
        self.value = value
    }
}

public enum ConfigurationValue: Sendable, Equatable, Hashable {
    case null
    case int(Int64)
    case text(String)

    public var plain: String {
        switch self {
        case .null: ""
        case .int(let number): String(number)
        case .text(let text): text
        }
    }
}

public enum ConfigurationChange: Sendable, Equatable {
    case add(ConfigurationRow)
    case change(from: ConfigurationRow, to: ConfigurationRow)
    case remove(ConfigurationRow)

    public var row: ConfigurationRow {
        switch self {
        case .add(let row), .remove(let row), .change(_, let row): row
        }
    }
}
