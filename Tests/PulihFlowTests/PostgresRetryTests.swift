import PulihModel
import PulihTesting
import Testing

/// What passes by itself: the run tries again, says so, and ends as if nothing had happened. Each test causes the real
/// condition while a run is at work.
@Suite(.everyServer) struct PostgresRetryTests {
    // MARK: locks

    @Test func aDeadlockWhileLoading() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await delivered()
        // Who looks for it first finds the deadlock and is its victim: the run, before its lock_timeout.
        try await server.sql("ALTER DATABASE \"\(name(shop))\" SET deadlock_timeout = '4s'")
        let other = try await shop.holdingTheLoadOfOrders(server)
        try await other.run("SET deadlock_timeout = '1h'")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilOrdersWait(server)
        try await other.run("LOCK TABLE pulih_client1.\"shop_orders__BATCH000002\" IN SHARE MODE")
        try await other.run("ROLLBACK")
        try await other.end()
        try await expectSecondTry(shop, try await start, "load_bronze", "SQLSTATE 40P01")
    }

    @Test func aLockThatIsNotHadInTime() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await delivered()
        let other = try OtherSession(server, shop.database!)
        try await other.run("BEGIN; UPDATE gold_client1.revenue SET amount = 0 WHERE customer_key = 2")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilItIsBlocked(server)
        // Longer than the run waits for a lock, and shorter than it waits twice.
        try await other.run("SET idle_in_transaction_session_timeout = '6s'")
        try await expectSecondTry(shop, try await start, "publish", "a lock was not free within 5 s")
        await other.leave()
    }

    // MARK: connections

    @Test func aConnectionThatIsCutWhileLoading() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await delivered()
        let other = try await shop.holdingTheLoadOfOrders(server)
        async let start = shop.run("start", "client1")
        try await shop.waitUntilOrdersWait(server)
        try await shop.cutOff(server)
        try await other.end()
        try await expectSecondTry(shop, try await start, "load_bronze", "SQLSTATE 57P01")
    }

    @Test func aConnectionThatIsCutWhileBuilding() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await delivered()
        let other = try OtherSession(server, shop.database!)
        try await other.run("BEGIN; LOCK TABLE pulih_client1.builds IN EXCLUSIVE MODE")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilItIsBlocked(server)
        try await shop.cutOff(server)
        try await other.end()
        try await expectSecondTry(shop, try await start, "transform", "SQLSTATE 57P01")
    }

    @Test func aConnectionThatIsCutWhilePublishing() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await delivered()
        let other = try OtherSession(server, shop.database!)
        try await other.run("BEGIN; UPDATE gold_client1.revenue SET amount = 0 WHERE customer_key = 2")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilItIsBlocked(server)
        try await shop.cutOff(server)
        try await other.end()
        try await expectSecondTry(shop, try await start, "publish", "SQLSTATE 57P01")
    }

    /// What is published is not there to be published again.
    @Test func aConnectionThatIsCutAfterThePublicationWasCommitted() async throws {
        guard Place.current == .mixed else { return }
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        let other = try OtherSession(server, shop.database!)
        try await other.run("BEGIN; UPDATE gold_client1.revenue SET amount = 0 WHERE customer_key = 2")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilItIsBlocked(server)
        // From now on whoever commits waits for a standby that there is not.
        try await server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try await server.sql("SELECT pg_reload_conf()")
        try await server.waitUntil("current_setting('synchronous_standby_names') = 'nobody'")
        try await other.run("ROLLBACK")
        try await server.waitUntil(
            """
            EXISTS (SELECT FROM pg_stat_activity WHERE application_name ~ '^pulih client1 [0-9]+$'
                AND wait_event = 'SyncRep' AND query = 'COMMIT')
            """)
        try await server.sql("ALTER SYSTEM RESET synchronous_standby_names")
        try await shop.cutOff(server)
        try await server.sql("SELECT pg_reload_conf()")
        await other.leave()
        let output = try await start
        #expect(output.stderr.contains("try 1 of 3, again in"), "\(output.everything)")
        try await expectSecondTry(shop, output, "publish", "")
        #expect(
            try await shop.rows(
                "SELECT attempt FROM pulih_client1.ledger WHERE batch_id = 'BATCH000002' AND stage = 'publish'"
            )
                == Array(repeating: "1", count: 7))
    }

    // MARK: servers

    @Test func aServerThatIsKilledWhileLoadingAndIsBackInTime() async throws {
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        try shop.set("retry: {attempts: 20, factor: 1}")
        let other = try await shop.holdingTheLoadOfOrders(server)
        async let start = shop.run("start", "client1")
        try await shop.waitUntilOrdersWait(server)
        try await server.kill()
        try await server.start()
        await other.leave()
        try await expectSecondTry(shop, try await start, "load_bronze", "server closed the connection")
    }

    @Test func aServerThatIsKilledWhilePublishingAndIsBackInTime() async throws {
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        try shop.set("retry: {attempts: 20, factor: 1}")
        let other = try OtherSession(server, shop.database!)
        try await other.run("BEGIN; UPDATE gold_client1.revenue SET amount = 0 WHERE customer_key = 2")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilItIsBlocked(server)
        try await server.kill()
        try await server.start()
        await other.leave()
        try await expectSecondTry(shop, try await start, "publish", "server closed the connection")
    }

    @Test func aServerThatIsKilledWhilePublishingAndStaysAway() async throws {
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        try shop.set("retry: {wait_seconds: 0.1}")
        let other = try OtherSession(server, shop.database!)
        try await other.run("BEGIN; UPDATE gold_client1.revenue SET amount = 0 WHERE customer_key = 2")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilItIsBlocked(server)
        try await server.kill()
        let output = try await start
        #expect(output.exit == 6, "\(output.everything)")
        #expect(output.stderr.contains("try 1 of 3, again in 0."))
        #expect(try shop.audited("publish", "FAILED").contains("server closed the connection"))
        try await server.start()
        await other.leave()
        #expect(try await shop.revenue() == Shop.firstRevenue)
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    // MARK: what is said

    private func delivered() async throws -> TestWorkspace {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        return shop
    }

    private func name(_ shop: TestWorkspace) -> String { PostgresServer.database(shop.database!) }

    /// The run ended well; of one step of the stage the first tries failed by the cause and the last did not. All are
    /// in the journal, and those that failed in the audit.
    private func expectSecondTry(
        _ shop: TestWorkspace, _ output: TestWorkspace.Output, _ stage: String, _ cause: String
    ) async throws {
        #expect(output.exit == 0, "\(output.everything)")
        #expect(output.stderr.contains("; try 1 of "), "\(output.everything)")
        let tries = try await shop.json("show", "2", "--attempts")["steps"]?.array ?? []
        let failed = tries.filter { $0["stage"]?.string == stage && $0["status"] == "FAILED" }
        #expect(
            failed.first?["error"]?["summary"]?.string?.contains(cause) == true || cause.isEmpty, "\(failed)")
        let things = Set(failed.compactMap { $0["thing"]?.string })
        #expect(things.count >= 1)
        for thing in things {
            let same = tries.filter { $0["stage"]?.string == stage && $0["thing"]?.string == thing }
            #expect(same.compactMap { $0["attempt"]?.int } == (1...Int64(same.count)).map { $0 })
            #expect(same.last?["status"] == "SUCCESS")
        }
        #expect(try shop.audited(stage, "FAILED").contains("; try 1 of "))
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }
}

extension TestWorkspace {
    /// Ends all connections of a run of client1.
    func cutOff(_ server: PostgresServer) async throws {
        try await server.sql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name ~ '^pulih client1 [0-9]+$'
            """, database: PostgresServer.database(database!))
    }
}
