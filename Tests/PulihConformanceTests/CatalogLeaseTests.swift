import PulihModel
import PulihSystem
import Testing

@Suite("Leases in every catalog")
struct CatalogLeaseTests {
    private let expiry: Int64 = 60_000_000

    private func claim(
        _ catalog: any Catalog, pid: Int32 = 123, at: Int64 = noon, above: Int = 0,
        isDead: @Sendable (LeaseRecord) -> Bool = { _ in false }
    ) async throws -> Lease {
        try await catalog.claimLease(
            client: client, owner: owner(pid: pid), doing: "start client1", at: at, expiry: expiry,
            above: above, isDead: isDead)
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aHeldLeaseIsBusyAndTellsWho(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let catalog = try await bench.open()
        #expect(try await catalog.lease(client: client) == nil)
        let lease = try await claim(catalog)
        #expect(lease == Lease(client: client, epoch: 1, owner: owner()))
        let record = try #require(try await catalog.lease(client: client))
        // A server tells the time by itself.
        if adapter == .sqlite { #expect(record.since == noon) }
        #expect(
            record
                == LeaseRecord(
                    lease: lease, since: record.since, heartbeat: record.since, doing: "start client1"))
        let later = try await bench.pass(seconds: 55)
        let error = try await failure(.busy) { _ = try await claim(catalog, pid: 9, at: later) }
        let since = try #require(try await catalog.lease(client: client)).since
        let time = Timestamp.format(since).dropFirst(11).prefix(8)
        #expect(error.summary == "client1 is being run by start client1 (pid 123 on host, since \(time))")
        #expect(error.hint == "wait until it ends, or see 'pulih status client1'")
        #expect(
            try await catalog.claimLease(
                client: "client2", owner: owner(), doing: "start", at: noon, expiry: expiry, above: 0,
                isDead: { _ in false }
            ).epoch == 1)
    }

    @Test(arguments: CatalogAdapter.allCases)
    func epochsNeverComeAgain(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).open()
        for epoch in 1...3 {
            let lease = try await claim(catalog)
            #expect(lease.epoch == epoch)
            try await catalog.releaseLease(lease)
            #expect(try await catalog.lease(client: client) == nil)
        }
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aCatalogThatIsOlderThanTheWarehouseCatchesUp(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).open()
        for (above, epoch) in [(7, 8), (0, 9), (3, 10), (10, 11)] {
            let lease = try await claim(catalog, above: above)
            #expect(lease.epoch == epoch)
            _ = try await failure(.busy) { _ = try await claim(catalog, pid: 9, above: 99) }
            try await catalog.releaseLease(lease)
        }
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aDeadOwnerIsTakenOverAtOnce(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).open()
        let old = try await claim(catalog)
        let new = try await claim(catalog, pid: 456, at: noon + 1) { $0.lease.owner.pid == 123 }
        #expect(new.epoch == 2)
        // The old owner is shut out, and cannot give back what is no longer its own.
        let error = try await failure(.busy) { try await catalog.renewLease(old, at: noon + 2) }
        #expect(error.summary.contains("pid 456"))
        try await catalog.releaseLease(old)
        #expect(try await catalog.lease(client: client)?.lease == new)
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aHeartbeatKeepsALeaseAndItsLackLosesIt(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let catalog = try await bench.open()
        let lease = try await claim(catalog)
        try await catalog.renewLease(lease, at: try await bench.pass(seconds: 50))
        let inTime = try await bench.pass(seconds: 55)
        _ = try await failure(.busy) { _ = try await claim(catalog, at: inTime) }
        #expect(try await claim(catalog, at: try await bench.pass(seconds: 6)).epoch == 2)
        try await catalog.releaseLease(try #require(try await catalog.lease(client: client)).lease)
        let gone = try await failure(.busy) { try await catalog.renewLease(lease, at: noon) }
        #expect(gone.summary == "the lease of client1 with epoch 1 was given back or taken")
    }

    @Test(arguments: CatalogAdapter.allCases)
    func whoLostTheLeaseWritesNothing(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithClient()
        let lease = try await claim(catalog)
        let fenced = catalog.fenced(by: lease)
        let event = { (id: String) in
            AuditEvent(
                id: id, at: noon, client: client, batch: nil, process: "x", status: .success, message: "")
        }
        try await fenced.record([event("first")])
        try await fenced.renewLease(lease, at: noon)
        _ = try await claim(catalog, pid: 9, isDead: { _ in true })
        let lost = try await failure(.busy) { try await fenced.record([event("second")]) }
        #expect(
            lost.summary.hasPrefix(
                "this run lost the lease of client1 (epoch 1); start client1 (pid 9 on host,"))
        #expect(!lost.isTransient)
        _ = try await failure(.busy) { try await fenced.renewLease(lease, at: noon) }
        #expect(try await fenced.auditEvents(client: client, batch: nil, limit: 9).map(\.id) == ["first"])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func ofManyClaimsAtOnceOneWins(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        var catalogs: [any Catalog] = []
        for _ in 1...4 { catalogs.append(try await bench.open()) }
        // At first there is no row to be locked, then there is one.
        for _ in 1...2 {
            let winners = await withTaskGroup(of: Bool.self) { group in
                for catalog in catalogs {
                    group.addTask {
                        do {
                            _ = try await claim(catalog)
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            try await catalogs[0].releaseLease(
                try #require(try await catalogs[0].lease(client: client)).lease)
        }
    }
}
