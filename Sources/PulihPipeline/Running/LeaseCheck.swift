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
}
