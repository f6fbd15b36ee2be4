internal import PulihModel
internal import Synchronization

/// Which clients this process works on. A lease of its own that it could not give back, because the catalog was gone
/// then, must not stand in its way while it lives.
enum OwnLeases {
    private static let working = Mutex<[String: Int]>([:])

    static func enter(_ client: String) {
        working.withLock { $0[client, default: 0] += 1 }
    }

    static func leave(_ client: String) {
        working.withLock { $0[client, default: 1] -= 1 }
    }

    /// Whether a lease of this process was left by work that has ended. To be asked by work that has entered.
    static func isLeft(_ lease: Lease, by owner: LeaseOwner) -> Bool {
        lease.owner == owner && working.withLock { $0[lease.client] } == 1
    }
}
