/// A kind of warehouse: where bronze, silver and gold live and SQL runs.
public protocol Warehouse: Sendable {
    var capabilities: Capabilities { get }

    /// Opens the client's warehouse for the holder of a lease and raises the fence to its epoch.
    /// - Throws: `busy` when another process holds it; `unreachable`; `damaged`.
    func open(for lease: Lease) async throws -> any WarehouseSession

    /// Opens the client's warehouse to read. - Throws: as above; `unreachable` when nothing was loaded yet.
    func openToRead(client: String) async throws -> any WarehouseReader

    /// The epoch that may write now, 0 before the first run: a lease with a smaller one is refused by `open`.
    /// - Throws: as above, except that nothing loaded is 0.
    func lastEpoch(client: String) async throws -> Int

    /// Looks the procedures up as the client's role would call them; calls none. Among the problems is every one that
    /// is missing, has another signature or may not be called.
    /// - Throws: `unreachable`.
    func checkProcedures(_ procedures: [Procedure], client: String) async throws -> ProcedureCheck

    /// How the scripts of `sql/procedures` differ from those that were run in the warehouse.
    func scriptChanges(_ scripts: [ProcedureScript]) async throws -> [ScriptChange]
    /// Runs those that differ, in order, each in a transaction of its own, and forgets those that are gone.
    /// - Returns: what was done.
    /// - Throws: `configuration` with file and line for a statement that fails; what ran before it stands.
    func deploy(_ scripts: [ProcedureScript]) async throws -> [ScriptChange]
}

/// Differences between warehouses, as data.
public struct Capabilities: Sendable, Equatable {
    public var name: String
    /// Readers of other processes can read while a run writes.
    public var readsDuringRun: Bool
    public var procedures: Bool

    public init(name: String, readsDuringRun: Bool, procedures: Bool) {
        self.name = name
        self.readsDuringRun = readsDuringRun
        self.procedures = procedures
    }
}

public protocol WarehouseReader: Sendable {
    /// Runs one statement and hands rows over as they come, values as text (nil for NULL). Nothing it does stays.
    /// - Parameter parameters: stand as `$1`, `$2` in the statement, whose types they take.
    /// - Throws: `sql`. Of a reader that is no session: `usage` unless it is one statement; `refused` for one that
    ///   does not read, or reaches for files or settings.
    func query(_ sql: String, parameters: [String], rows: @Sendable (QueryRow) throws -> Void) async throws
        -> [QueryColumn]
    /// Content fingerprint of a table without the columns named: order-independent, duplicates count.
    func fingerprint(_ table: TableName, leavingOut: [String]) async throws -> TableFingerprint
    /// Tables and views of the client's schemas, with kind and rows.
    func tables() async throws -> [TableInfo]
    func ledger() async throws -> LedgerSnapshot
    /// Tables that loads of dead runs left, which nothing reads and the next `open(for:)` drops.
    func orphans() async throws -> [TableName]
    func close() async throws
}

extension WarehouseReader {
    /// None where a load leaves nothing that was not committed.
    public func orphans() async throws -> [TableName] { [] }
}

/// What the holder of a lease may do. Every method that writes is one transaction, which checks the fence last and
/// writes its ledger row inside itself: after a crash it is wholly there or not at all.
public protocol WarehouseSession: WarehouseReader {
    /// Schemas, the table, missing columns and the `_current` view of a bronze table, which shows batches that
    /// were published only (see `publish`).
    /// - Throws: `configuration` naming each column whose type differs.
    func prepareBronze(_ table: BronzeTable) async throws
    /// Gives models a view of bronze as it will be after `batch`: `build_bronze_client1.x_current` for each table
    /// shows `batch`, published or not, and the published batches before it. `dropBuilds` removes it.
    func prepareBronze(_ tables: [BronzeTable], asOf batch: BatchID) async throws
    /// Replaces the rows of (batch, file) by those of the relation.
    /// - Throws: `failed` when other than `expectedRows` rows arrive (the balance), with nothing changed.
    func loadBronze(_ load: BronzeLoad) async throws -> LoadOutcome
    /// Builds a model aside and tests it; nothing of it is visible to readers.
    /// - Throws: `sql` for SQL that fails, `data` for a test that fails, with nothing built.
    func build(_ build: ModelBuild) async throws -> BuildOutcome
    /// Makes all built models live in one transaction, and with them the batch's rows in the `_current` views;
    /// a batch without models is published with an empty list. Procedures are called in it, in order, after the
    /// models are applied; when one fails the others that do not need it are still tried, then everything is rolled
    /// back and the outcome says of each what became of it.
    func publish(_ publication: Publication) async throws -> PublishOutcome
    /// Rebuilds a materialized view, tests it and makes it live in one transaction.
    func refresh(_ build: ModelBuild) async throws -> BuildOutcome
    /// Calls a procedure of `publish: step` outside any transaction, and writes its ledger row in one of its own
    /// when it succeeded.
    func call(_ call: ProcedureCall) async throws -> ProcedureOutcome
    /// Drops what builds of this client left behind.
    func dropBuilds() async throws
    /// Runs a hook's statements in one transaction.
    func runHook(_ statements: [String]) async throws
}

public struct QueryColumn: Sendable, Equatable {
    public var name: String
    /// Type in the warehouse's words.
    public var type: String
    /// How JSON should show it.
    public var kind: Kind
    public enum Kind: Sendable, Equatable { case number, boolean, text, json }

    public init(name: String, type: String, kind: Kind) {
        self.name = name
        self.type = type
        self.kind = kind
    }
}

public struct QueryRow: Sendable, Equatable {
    public var values: [String?]
    /// The same for every row of a query.
    public var columns: [QueryColumn]

    public init(values: [String?], columns: [QueryColumn]) {
        self.values = values
        self.columns = columns
    }
}

public struct TableFingerprint: Sendable, Equatable, CustomStringConvertible {
    public var rows: Int
    public var hash: String

    public init(rows: Int, hash: String) {
        self.rows = rows
        self.hash = hash
    }

    public var description: String { "\(rows):\(hash)" }
}

public struct TableInfo: Sendable, Equatable {
    public var name: TableName
    public var isView: Bool
    public var columns: [QueryColumn]

    public init(name: TableName, isView: Bool, columns: [QueryColumn]) {
        self.name = name
        self.isView = isView
        self.columns = columns
    }
}

/// What the warehouse says was committed in it.
public struct LedgerSnapshot: Sendable, Equatable {
    /// One row per (batch, step), the newest commit of each.
    public var rows: [LedgerRow]
    /// Models that stand built and not yet published.
    public var builds: [BuildRow]

    public init(rows: [LedgerRow] = [], builds: [BuildRow] = []) {
        self.rows = rows
        self.builds = builds
    }

    public func row(_ batch: BatchID, _ step: StepID) -> LedgerRow? {
        rows.first { $0.batch == batch && $0.step == step }
    }
}

public struct LedgerRow: Sendable, Equatable {
    /// Grows with every commit.
    public var sequence: Int
    public var batch: BatchID
    public var step: StepID
    public var attempt: Int
    public var epoch: Int
    public var fingerprint: String
    public var rows: Int
    public var committedAt: Int64

    public init(
        sequence: Int, batch: BatchID, step: StepID, attempt: Int, epoch: Int, fingerprint: String, rows: Int,
        committedAt: Int64
    ) {
        self.sequence = sequence
        self.batch = batch
        self.step = step
        self.attempt = attempt
        self.epoch = epoch
        self.fingerprint = fingerprint
        self.rows = rows
        self.committedAt = committedAt
    }
}

public struct BuildRow: Sendable, Equatable {
    public var table: LayerTable
    public var batch: BatchID
    public var fingerprint: String

    public init(table: LayerTable, batch: BatchID, fingerprint: String) {
        self.table = table
        self.batch = batch
        self.fingerprint = fingerprint
    }
}

/// What a transaction writes into the ledger.
public struct LedgerEntry: Sendable, Equatable {
    public var batch: BatchID
    public var step: StepID
    public var attempt: Int
    public var fingerprint: String
    public var at: Int64

    public init(batch: BatchID, step: StepID, attempt: Int, fingerprint: String, at: Int64) {
        self.batch = batch
        self.step = step
        self.attempt = attempt
        self.fingerprint = fingerprint
        self.at = at
    }
}

public struct BronzeTable: Sendable, Equatable {
    public var name: TableName
    public var columns: [ColumnSpec]
    public var delivery: Delivery

    public init(name: TableName, columns: [ColumnSpec], delivery: Delivery) {
        self.name = name
        self.columns = columns
        self.delivery = delivery
    }

    /// `{table}_current`: the rows in force.
    public var currentView: TableName { TableName(schema: name.schema, table: name.table + "_current") }
}

public struct BronzeLoad: Sendable {
    public var table: BronzeTable
    public var physicalName: String
    /// A DuckDB SELECT: the columns of the table in order, then `dwh_source_row`.
    public var relation: String
    /// SELECTs that together give the rows of `relation`, to be loaded side by side; one where it is not worth splitting.
    public var parts: [String]
    public var expectedRows: Int
    public var entry: LedgerEntry

    /// - Parameter parts: nil: `relation` is the only one.
    public init(
        table: BronzeTable, physicalName: String, relation: String, parts: [String]? = nil, expectedRows: Int,
        entry: LedgerEntry
    ) {
        self.table = table
        self.physicalName = physicalName
        self.relation = relation
        self.parts = parts ?? [relation]
        self.expectedRows = expectedRows
        self.entry = entry
    }
}

public struct LoadOutcome: Sendable, Equatable {
    public var rows: Int
    /// Rows of an earlier attempt that were replaced.
    public var replaced: Int

    public init(rows: Int, replaced: Int) {
        self.rows = rows
        self.replaced = replaced
    }
}

/// A model ready to build: every variable expanded, every reference resolved.
public struct ModelBuild: Sendable {
    public var model: Model
    public var client: String
    /// Microseconds since 1970 UTC, from the manifest: where versions of a history begin and end.
    public var batchTime: Int64
    /// The SELECT. For a view: as it will read once it is live.
    public var sql: String
    /// The SELECT with references to what this plan builds; equal to `sql` where nothing is.
    public var buildSQL: String
    public var preHooks: [String]
    public var postHooks: [String]
    public var tests: [ResolvedTest]
    public var entry: LedgerEntry

    public init(
        model: Model, client: String, batchTime: Int64, sql: String, buildSQL: String, preHooks: [String],
        postHooks: [String], tests: [ResolvedTest], entry: LedgerEntry
    ) {
        self.model = model
        self.client = client
        self.batchTime = batchTime
        self.sql = sql
        self.buildSQL = buildSQL
        self.preHooks = preHooks
        self.postHooks = postHooks
        self.tests = tests
        self.entry = entry
    }
}

/// A model's test with its other table resolved and its SQL expanded.
public struct ResolvedTest: Sendable, Equatable {
    public var test: ModelTest
    /// Of `relationship`.
    public var other: TableName?
    /// Of `sql`.
    public var sql: String?

    public init(test: ModelTest, other: TableName?, sql: String?) {
        self.test = test
        self.other = other
        self.sql = sql
    }
}

public struct BuildOutcome: Sendable, Equatable {
    public var rows: Int
    public var warnings: [String]

    public init(rows: Int, warnings: [String]) {
        self.rows = rows
        self.warnings = warnings
    }
}

/// What one publish transaction makes live.
public struct Publication: Sendable {
    public var client: String
    public var models: [ModelBuild]
    /// Those of `publish: batch`, in the order in which they are called.
    public var procedures: [ProcedureCall]
    /// After the first procedure that fails no other is tried.
    public var failFast: Bool
    /// Told just before a procedure is called.
    public var began: @Sendable (ProcedureName) -> Void
    public var entry: LedgerEntry

    public init(
        client: String, models: [ModelBuild], procedures: [ProcedureCall] = [], failFast: Bool = false,
        entry: LedgerEntry, began: @escaping @Sendable (ProcedureName) -> Void = { _ in }
    ) {
        self.client = client
        self.models = models
        self.procedures = procedures
        self.failFast = failFast
        self.entry = entry
        self.began = began
    }
}

public struct PublishOutcome: Sendable, Equatable {
    /// Rows per model as it is live now (of the delta for an incremental one, of the SELECT for
    /// a history).
    public var rows: [LayerTable: Int]
    /// One per call, in their order.
    public var procedures: [ProcedureOutcome]

    public init(rows: [LayerTable: Int], procedures: [ProcedureOutcome] = []) {
        self.rows = rows
        self.procedures = procedures
    }

    /// Otherwise nothing of the publication was kept.
    public var isPublished: Bool { procedures.allSatisfy { $0.status == .succeeded } }
}
