import PulihModel
import PulihSystem

extension SQLCatalog {
    func claimLease(
        client: String, owner: LeaseOwner, doing: String, at: Int64, expiry: Int64, above: Int,
        isDead: @Sendable (LeaseRecord) -> Bool
    ) async throws -> Lease {
        try await store.writingAlone { session in
            try session.lockLease(of: client)
            let now = try session.leaseTime(at)
            if let record = try session.lease(client), !isDead(record), record.heartbeat + expiry >= now {
                throw record.isBusy(at: now)
            }
            let epoch = max(try session.lastEpoch(client), above) + 1
            let lease = Lease(client: client, epoch: epoch, owner: owner)
            try session.write(lease, doing: doing, at: now)
            return lease
        }
    }

    func renewLease(_ lease: Lease, at: Int64) async throws {
        try await store.writing { session in
            let now = try session.leaseTime(at)
            let renewed = try session.execute(
                "UPDATE run_lease SET heartbeat = $1 WHERE client_schema = $2 AND epoch = $3 AND held",
                [.time(now), .text(lease.client), CatalogValue(lease.epoch)])
            guard renewed == 0 else { return }
            if let record = try session.lease(lease.client) { throw record.isBusy(at: now) }
            throw PulihError(
                .busy, "the lease of \(lease.client) with epoch \(lease.epoch) was given back or taken",
                object: lease.client, hint: "'pulih status \(lease.client)' shows what runs")
        }
    }

    func releaseLease(_ lease: Lease) async throws {
        try await store.writing { session in
            try session.execute(
                "UPDATE run_lease SET held = FALSE WHERE client_schema = $1 AND epoch = $2",
                [.text(lease.client), CatalogValue(lease.epoch)])
        }
    }

    func lease(client: String) async throws -> LeaseRecord? {
        try await store.reading { try $0.lease(client) }
    }

    func leaseTime(_ caller: Int64) async throws -> Int64 {
        try await store.reading { try $0.leaseTime(caller) }
    }

    func fenced(by lease: Lease) -> any Catalog { SQLCatalog(store: FencedStore(store: store, lease: lease)) }
}

extension LeaseRecord {
    /// `client1 is being run by start client1 (pid 123 on host, since 02:00:11)`, UTC, with the date when it
    /// is long ago.
    fileprivate func isBusy(at now: Int64) -> PulihError {
        let stamp = Timestamp.format(since)
        let clock = stamp.dropFirst(11).prefix(8)
        let time = now - since < 86_400_000_000 ? String(clock) : "\(stamp.prefix(10)) \(clock)"
        return PulihError(
            .busy,
            "\(lease.client) is being run by \(doing)"
                + " (pid \(lease.owner.pid) on \(lease.owner.hostName), since \(time))",
            object: lease.client, leftBehind: "nothing was done",
            hint: "wait until it ends, or see 'pulih status \(lease.client)'", isTransient: true)
    }
}

extension CatalogSession {
    /// The lease, if somebody holds it.
    func lease(_ client: String) throws -> LeaseRecord? {
        guard
            let row = try first(
                "SELECT \(SQLText.identifiers(LeaseRow.columns)) FROM run_lease WHERE client_schema = $1 AND held",
                [.text(client)])
        else { return nil }
        let owner = LeaseOwner(
            hostID: try row.text("host_id"), hostName: try row.text("host_name"),
            bootID: try row.text("boot_id"),
            pid: Int32(truncatingIfNeeded: try row.int("pid")),
            processStart: UInt64(bitPattern: try row.int("process_start")), user: try row.text("user_name"))
        return LeaseRecord(
            lease: Lease(client: client, epoch: Int(try row.int("epoch")), owner: owner),
            since: try row.time("since"), heartbeat: try row.time("heartbeat"), doing: try row.text("doing"))
    }

    fileprivate func lastEpoch(_ client: String) throws -> Int {
        Int(
            try first("SELECT epoch FROM run_lease WHERE client_schema = $1", [.text(client)])?.int("epoch")
                ?? 0)
    }

    fileprivate func write(_ lease: Lease, doing: String, at: Int64) throws {
        let owner = lease.owner
        try execute(
            CatalogSQL.upsert("run_lease", LeaseRow.columns, key: ["client_schema"]),
            [
                .text(lease.client), CatalogValue(lease.epoch), .flag(true), .text(owner.hostID),
                .text(owner.hostName), .text(owner.bootID), .int(Int64(owner.pid)),
                .int(Int64(bitPattern: owner.processStart)), .text(owner.user), .time(at), .time(at),
                .text(doing),
            ])
    }
}

enum LeaseRow {
    static let columns = [
        "client_schema", "epoch", "held", "host_id", "host_name", "boot_id", "pid", "process_start",
        "user_name", "since", "heartbeat", "doing",
    ]
}
