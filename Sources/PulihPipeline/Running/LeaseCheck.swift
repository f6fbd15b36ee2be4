public import PulihModel
public import PulihSystem

/// Whether the owner of a lease still lives.
public enum LeaseCheck {
    /// On the same host a dead process is known at once; of another host only the heartbeat tells.
    public static func isDead(_ owner: LeaseOwner, host: HostIdentity) -> Bool {
        guard owner.hostID == host.hostID else { return false }
        if owner.bootID != host.bootID { return true }
        do {
            return try !ProcessIdentity.isAlive(
                ProcessIdentity(pid: owner.pid, startTime: owner.processStart))
        } catch {
            // What cannot be looked at counts as alive: waiting is safe, a second writer is not.
            return false
        }
    }

    /// Why the owner counts as gone, as a claim of the lease would see it; nil: it runs.
    /// - Parameters:
    ///   - now: by the catalog's clock.
    ///   - expiry: seconds.
    public static func absence(
        of record: LeaseRecord, host: HostIdentity, now: Int64, expiry: Int
    ) -> String? {
        guard isDead(record.lease.owner, host: host) || isSilent(record, now: now, expiry: expiry) else {
            return nil
        }
        return cause(of: record, host: host)
    }

    /// No sign of life for longer than a run may be silent.
    static func isSilent(_ record: LeaseRecord, now: Int64, expiry: Int) -> Bool {
        record.heartbeat + Int64(expiry) * 1_000_000 < now
    }

    /// What became of an owner that is gone, as it reads after "interrupted: ".
    static func cause(of record: LeaseRecord, host: HostIdentity) -> String {
        let owner = record.lease.owner
        let silence = "no heartbeat from \(owner.hostName) since \(Timestamp.format(record.heartbeat))"
        guard owner.hostID == host.hostID else { return silence }
        if owner.bootID != host.bootID { return "\(owner.hostName) was restarted" }
        if isDead(owner, host: host) { return "process \(owner.pid) on \(owner.hostName) is gone" }
        return "\(silence), where process \(owner.pid) hangs"
    }
}

extension RunEnvironment {
    var leaseExpirySeconds: Int { configuration.settings.leaseExpirySeconds }

    /// Why the owner of a lease counts as gone; nil: it runs.
    func absence(of record: LeaseRecord) async throws -> String? {
        LeaseCheck.absence(
            of: record, host: host, now: try await catalog.leaseTime(clock.now()), expiry: leaseExpirySeconds)
    }
}
