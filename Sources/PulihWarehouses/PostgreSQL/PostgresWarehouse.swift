public import PulihModel
import PulihPostgres
import PulihSystem

/// PostgreSQL as warehouse: schemas of their own for each client in one database.
///
/// Beside the layers' schemas each client has `pulih_{client}` with the fence, the ledger, the partitions of bronze
/// and what undoing needs. Readers read while a run writes. Times are UTC.
public struct PostgresWarehouse: Warehouse {
    private let location: PostgresLocation
    private let password: String?
    private let roles: [String: String]
    private let source: (any BinaryCopySource)?
    private let settings: Settings

    /// - Parameters:
    ///   - password: what `location.password` stands for; nil: what libpq finds by itself.
    ///   - roles: database role of a client, where it has one.
    ///   - source: makes the rows that are loaded; nil: only for reading.
    public init(
        _ location: PostgresLocation, password: String? = nil, roles: [String: String] = [:],
        source: (any BinaryCopySource)?, settings: Settings
    ) {
        self.location = location
        self.password = password
        self.roles = roles
        self.source = source
        self.settings = settings
    }

    public var capabilities: Capabilities {
        Capabilities(name: "postgresql", readsDuringRun: true, procedures: true)
    }

    public func open(for lease: Lease) async throws -> any WarehouseSession {
        guard let source else { throw PulihError(.bug, "a warehouse to read was opened to write") }
        let own = OwnSchema(lease.client)
        try own.check()
        let context = FailureContext("open the warehouse of \(lease.client)", object: location.url)
        let pool = PostgresPool(
            connecting(lease.client, as: own.applicationName(epoch: lease.epoch)),
            // Of small files, or beside the steps the streams of a load that is split.
            limit: max(settings.parallelSteps * 2, settings.parallelSmallSteps) + 1)
        let ledgerStore = PostgresLedger(lease)
        do {
            let stored = try await pool.withConnection { connection in
                try await connection.run { try $0.storedEpoch(own) }
            }
            if let stored {
                guard stored <= lease.epoch else { throw ledgerStore.lost(to: stored) }
                try await endOlderSessions(of: own, before: lease.epoch)
            }
            try await pool.withConnection { connection in
                try await connection.transaction { session in
                    try OwnTables.prepare(own, in: session)
                    try ledgerStore.raiseFence(in: session)
                    try session.dropStages(own)
                }
            }
        } catch {
            await pool.close()
            throw context.error(error, whileOpening: true)
        }
        return PostgresWarehouseSession(lease: lease, pool: pool, source: source)
    }

    public func openToRead(client: String) async throws -> any WarehouseReader {
        let own = OwnSchema(client)
        try own.check()
        var connecting = connecting(client, as: own.applicationPrefix + "reader")
        connecting.parameters["default_transaction_read_only"] = "on"
        let pool = PostgresPool(connecting, limit: 1)
        do {
            let stored = try await pool.withConnection { connection in
                try await connection.run { try $0.storedEpoch(own) }
            }
            guard stored != nil else {
                throw PulihError(
                    .unreachable, "nothing was loaded for \(client) yet", object: location.url,
                    hint: "put files into raw/\(client)/SOURCE/incoming and run 'pulih start \(client)'")
            }
        } catch {
            await pool.close()
            throw FailureContext("read the warehouse of \(client)", object: location.url)
                .error(error, whileOpening: true)
        }
        return PostgresWarehouseReader(client: client, pool: pool)
    }

    public func lastEpoch(client: String) async throws -> Int {
        let own = OwnSchema(client)
        try own.check()
        let pool = PostgresPool(connecting(client, as: own.applicationPrefix + "reader"), limit: 1)
        do {
            let epoch = try await pool.withConnection { connection in
                try await connection.run { try $0.storedEpoch(own) }
            }
            await pool.close()
            return epoch ?? 0
        } catch {
            await pool.close()
            throw FailureContext("read the fence of \(client)", object: location.url)
                .error(error, whileOpening: true)
        }
    }

    /// - Parameter asLogin: as who logs in, without the client's role.
    func connecting(_ client: String, as application: String, asLogin: Bool = false) -> PostgresSettings {
        PostgresSettings(
            conninfo: location.url, password: password, applicationName: application,
            role: asLogin ? nil : roles[client],
            parameters: ["lock_timeout": "\(PostgresWarehouse.lockSeconds)s"])
    }

    /// A statement that waits for a lock makes all others wait that come after it, readers too: not for long.
    static let lockSeconds = 5
}
