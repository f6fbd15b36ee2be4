import PulihModel
import PulihSystem

/// A store in the hands of a run: each of its transactions first looks whether the lease is still that run's.
struct FencedStore: CatalogStore {
    let store: any CatalogStore
    let lease: Lease

    func reading<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await store.reading(body)
    }

    func writing(_ body: @escaping @Sendable (any CatalogSession) throws -> Void) async throws {
        let lease = lease
        try await store.writing { session in
            try session.check(lease)
            try body(session)
        }
    }

    func writingAlone<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await store.writingAlone { session in
            try session.check(lease)
            return try body(session)
        }
    }

    func close() async throws { try await store.close() }
}

extension CatalogSession {
    /// Whoever takes the lease waits for this transaction, or is seen by it.
    fileprivate func check(_ lease: Lease) throws {
        let own = try query(
            "SELECT epoch FROM run_lease WHERE client_schema = $1 AND epoch = $2 AND held\(sharedLock)",
            [.text(lease.client), CatalogValue(lease.epoch)])
        guard own.isEmpty else { return }
        let holder = try self.lease(lease.client).map {
            "\($0.doing) (pid \($0.lease.owner.pid) on \($0.lease.owner.hostName),"
                + " since \(Timestamp.format($0.since))) has it now"
        }
        throw PulihError(
            .busy,
            "this run lost the lease of \(lease.client) (epoch \(lease.epoch)); \(holder ?? "nobody has it now")",
            object: lease.client, leftBehind: "nothing of this was written",
            hint: "'pulih status \(lease.client)' shows what runs")
    }
}
