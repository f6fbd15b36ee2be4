internal import PulihModel
internal import PulihSystem

/// A lease that was just claimed.
struct ClaimedLease: Sendable {
    let lease: Lease
    /// What became of the run that held it before and did not give it back; nil: nobody held it.
    let takenOver: String?
}

/// Claims a client's lease, also from a run that is gone.
struct Takeover: Sendable {
    let environment: RunEnvironment
    let client: String
    private var host: HostIdentity { environment.host }

    /// - Parameter ended: what became of a run that was ended already.
    /// - Throws: `busy` naming who runs the client.
    func claim(doing: String, above: Int, ended: String? = nil) async throws -> ClaimedLease {
        let ended = try await endWhatHangs() ?? ended
        let process = try ProcessIdentity.current()
        let owner = LeaseOwner(
            hostID: host.hostID, hostName: host.hostName, bootID: host.bootID, pid: process.pid,
            processStart: process.startTime, user: environment.user)
        let (host, found) = (host, Gathered<LeaseRecord?>(nil))
        let lease = try await environment.catalog.claimLease(
            client: client, owner: owner, doing: doing, at: environment.clock.now(),
            expiry: Int64(environment.leaseExpirySeconds) * 1_000_000, above: above,
            isDead: { record in
                found.update { $0 = record }
                return LeaseCheck.isDead(record.lease.owner, host: host)
                    || OwnLeases.isLeft(record.lease, by: owner)
            })
        let cause = found.value.map { record in
            record.lease.owner == owner
                ? "it could not give its lease back" : LeaseCheck.cause(of: record, host: host)
        }
        return ClaimedLease(lease: lease, takenOver: ended ?? cause)
    }

    /// A process of this host that is alive and gives no sign of life is halted or hangs: it is killed, as a power cut
    /// would, before anything is taken from it. What it holds, an open transaction or the lock of a file, goes with it.
    /// - Returns: what was done; nil: there is none.
    func endWhatHangs() async throws -> String? {
        guard let record = try await environment.catalog.lease(client: client) else { return nil }
        let owner = record.lease.owner
        let now = try await environment.catalog.leaseTime(environment.clock.now())
        let own = try ProcessIdentity.current()
        guard owner.hostID == host.hostID, owner.bootID == host.bootID, owner.pid != own.pid,
            LeaseCheck.isSilent(record, now: now, expiry: environment.leaseExpirySeconds),
            !LeaseCheck.isDead(owner, host: host)
        else { return nil }
        let cause = LeaseCheck.cause(of: record, host: host)
        let identity = ProcessIdentity(pid: owner.pid, startTime: owner.processStart)
        guard try await BlockingWork.run({ try identity.kill() }) == .sent else { return nil }
        let watch = Stopwatch()
        while !LeaseCheck.isDead(owner, host: host) {
            guard watch.elapsedSeconds < 10 else {
                throw PulihError(
                    .busy, "process \(owner.pid), which ran \(record.doing) and hangs, does not end",
                    object: client, leftBehind: "nothing was done",
                    hint: "see what keeps it ('ps -o stat,wchan -p \(owner.pid)'), then run again")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        let done = "\(cause); it was killed"
        environment.report(.note("\(record.doing) was taken over: \(done)"))
        return done
    }
}
