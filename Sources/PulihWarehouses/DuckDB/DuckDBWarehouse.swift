import PulihDuckDB
public import PulihModel
import PulihSystem

/// DuckDB as warehouse: one file per client, `{folder}/{client}.duckdb`, and DuckDB's lock on it.
///
/// A process that writes holds the file alone: nobody else can open it meanwhile, not even to read. Beside
/// the layers' schemas each file has the schema `pulih` with the fence, the ledger and what undoing needs.
/// Times are UTC.
public struct DuckDBWarehouse: Warehouse {
    private let folder: String
    private let workFolder: String
    private let settings: Settings

    /// - Parameters:
    ///   - workFolder: for what does not fit in memory; nothing in it outlives a session.
    ///   - settings: a session buffers at most half of the memory limit, since the engine's DuckDB takes the
    /// other half.
    public init(folder: String, workFolder: String, settings: Settings) {
        self.folder = folder
        self.workFolder = workFolder
        self.settings = settings
    }

    public var capabilities: Capabilities {
        Capabilities(name: "duckdb", readsDuringRun: false, procedures: false)
    }

    public func open(for lease: Lease) async throws -> any WarehouseSession {
        let file = file(of: lease.client)
        let pool = try await openToWrite(file)
        do {
            try await pool.withConnection { connection in
                try await connection.transaction { session in
                    try WarehouseSchema.prepare(client: lease.client, in: session)
                    try Ledger(lease: lease).raiseFence(in: session)
                }
            }
        } catch {
            try await pool.close(checkpointing: false)
            throw FailureContext("open the warehouse of \(lease.client)", object: file.path).error(error)
        }
        return DuckDBWarehouseSession(lease: lease, pool: pool, threads: LazyThreads(settings.threads))
    }

    public func openToRead(client: String) async throws -> any WarehouseReader {
        DuckDBWarehouseReader(client: client, pool: try await poolToRead(file(of: client)))
    }

    public func lastEpoch(client: String) async throws -> Int {
        let file = file(of: client)
        guard try await BlockingWork.run({ try file.isPresent() }) else { return 0 }
        let pool = try await poolToRead(file)
        do {
            let context = FailureContext("read the fence of \(client)", object: file.path)
            let epoch = try await pool.reading(context) { try $0.storedEpoch() }
            try await pool.close(checkpointing: false)
            return epoch
        } catch {
            try await pool.close(checkpointing: false)
            throw error
        }
    }

    private func poolToRead(_ file: WarehouseFile) async throws -> ConnectionPool {
        let database: DuckDBDatabase
        do {
            database = try await BlockingWork.run { try file.openToRead() }
        } catch is RecoveryNeeded {
            try await openToWrite(file).close(checkpointing: true)
            database = try await BlockingWork.run { try file.openToRead() }
        }
        let pool = ConnectionPool(database, limit: 1)
        let threads = settings.threads
        do {
            try await prepare(pool) { session in
                try LazyThreads(threads).raise(session)
                // No other files than this one and the temporary ones.
                try session.execute("SET GLOBAL enable_external_access = false")
                try session.execute("SET GLOBAL lock_configuration = true")
            }
        } catch {
            try await pool.close(checkpointing: false)
            throw FailureContext("read the warehouse of \(file.client)", object: file.path).error(error)
        }
        return pool
    }

    private func openToWrite(_ file: WarehouseFile) async throws -> ConnectionPool {
        let database = try await BlockingWork.run { try file.openToWrite() }
        let pool = ConnectionPool(database, limit: settings.parallelSmallSteps + 1)
        do {
            try await prepare(pool) { try $0.settleIndexes() }
        } catch {
            try await pool.close(checkpointing: false)
            throw FailureContext("open the warehouse of \(file.client)", object: file.path).error(error)
        }
        return pool
    }

    /// Settings that hold for all connections of the pool.
    private func prepare(_ pool: ConnectionPool, _ body: @Sendable (DuckDBSession) throws -> Void)
        async throws
    {
        try await pool.withConnection { connection in
            try await connection.run { session in
                try session.execute("SET GLOBAL TimeZone = 'UTC'")
                try body(session)
            }
        }
    }

    private func file(of client: String) -> WarehouseFile {
        WarehouseFile(client: client, folder: folder, workFolder: workFolder, settings: settings)
    }
}
