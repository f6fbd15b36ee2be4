public import PulihModel
import PulihSQLite
import PulihSystem

extension SQLiteCatalog {
    public func claimLease(
        client: String, owner: LeaseOwner, doing: String, at: Int64, expiry: Int64, above: Int,
        isDead: @Sendable (LeaseRecord) -> Bool
    ) async throws -> Lease {
        do {
            return try await database.transaction { session in
                if let record = try session.lease(client), record.heartbeat + expiry >= at, !isDead(record) {
                    throw record.isBusy(at: at)
                }
                let epoch = max(try session.lastEpoch(client), above) + 1
                let lease = Lease(client: client, epoch: epoch, owner: owner)
                try session.write(lease, doing: doing, at: at)
                return lease
            }
        } catch {
            throw catalogError(error, path: database.path)
        }
    }

    public func renewLease(_ lease: Lease, at: Int64) async throws {
        try await writing { session in
            let renewed = try session.execute(
                "UPDATE run_lease SET heartbeat = ? WHERE client_schema = ? AND epoch = ? AND held = 1",
                [.int(at), .text(lease.client), .int(Int64(lease.epoch))])
            guard renewed == 0 else { return }
            if let record = try session.lease(lease.client) { throw record.isBusy(at: at) }
            throw PulihError(
                .busy, "the lease of \(lease.client) with epoch \(lease.epoch) was given back or taken",
                object: lease.client, hint: "'pulih status \(lease.client)' shows what runs")
        }
    }

    public func releaseLease(_ lease: Lease) async throws {
        try await writing { session in
            try session.execute(
                "UPDATE run_lease SET held = 0 WHERE client_schema = ? AND epoch = ?",
                [.text(lease.client), .int(Int64(lease.epoch))])
        }
    }

    public func lease(client: String) async throws -> LeaseRecord? {
        try await reading { try $0.lease(client) }
    }
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

extension SQLiteSession {
    /// The lease, if somebody holds it.
    fileprivate func lease(_ client: String) throws -> LeaseRecord? {
        guard
            let row = try first(
                "SELECT * FROM run_lease WHERE client_schema = ? AND held = 1", [.text(client)])
        else { return nil }
        let owner = LeaseOwner(
            hostID: try row.text("host_id"), hostName: try row.text("host_name"),
            bootID: try row.text("boot_id"),
            pid: Int32(truncatingIfNeeded: try row.int("pid")),
            processStart: UInt64(bitPattern: try row.int("process_start")), user: try row.text("user_name"))
        return LeaseRecord(
            lease: Lease(client: client, epoch: Int(try row.int("epoch")), owner: owner),
            since: try row.int("since"), heartbeat: try row.int("heartbeat"), doing: try row.text("doing"))
    }

    fileprivate func lastEpoch(_ client: String) throws -> Int {
        Int(
            try first("SELECT epoch FROM run_lease WHERE client_schema = ?", [.text(client)])?.int("epoch")
                ?? 0)
    }

    fileprivate func write(_ lease: Lease, doing: String, at: Int64) throws {
        let owner = lease.owner
        try execute(
            "INSERT OR REPLACE INTO run_lease VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .text(lease.client), .int(Int64(lease.epoch)), .text(owner.hostID), .text(owner.hostName),
                .text(owner.bootID), .int(Int64(owner.pid)), .int(Int64(bitPattern: owner.processStart)),
                .text(owner.user), .int(at), .int(at), .text(doing),
            ])
    }
}
