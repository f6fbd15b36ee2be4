import PulihModel
import PulihTesting
import Testing

/// Others at work in the same database: readers, and sessions that take locks.
@Suite(.everyServer) struct PostgresLockTests {
    private func withNotes(_ shop: TestWorkspace) async throws {
        try shop.edit("pulih.yml", "day: date}", "day: date, note: text}")
        try await shop.must("apply", "--yes")
        try shop.dropNext()
        try shop.drop("orders.csv", "id,customer_id,amount,day,note\n12,2,6.25,2026-01-03,corrected\n")
    }

    @Test func aReaderHoldsUpANewColumnAndNothingElse() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await Shop.loaded()
        try await withNotes(shop)
        try shop.set("retry: {attempts: 1}")
        let reader = try OtherSession(server, shop.database!)
        try await reader.run("BEGIN; SELECT count(*) FROM bronze_client1.shop_orders")
        let dropped = try shop.names(in: "raw/client1/shop/incoming")
        let output = try await shop.must("start", "client1", exit: 5)
        #expect(
            output.stderr.contains(
                "unable to prepare bronze_client1.shop_orders: a lock was not free within 5 s: server process "
            ))
        #expect(output.stderr.contains("'other"), "\(output.everything)")
        #expect(output.stderr.contains("idle in transaction"))
        #expect(output.stderr.contains("the table is as it was"))
        #expect(output.stderr.contains("run again when that transaction has ended"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == dropped)
        try await reader.end()

        try await shop.must("start", "client1")
        let undisturbed = try await Shop.loaded()
        try await withNotes(undisturbed)
        try await undisturbed.must("start", "client1")
        #expect(try await shop.fingerprint() == undisturbed.fingerprint())
        try await shop.expectNothingLeftHanging()
    }

    @Test func aReaderHoldsUpNoBatch() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await Shop.loaded()
        try shop.dropNext()
        let reader = try OtherSession(server, shop.database!)
        let questions = [
            "bronze_client1.shop_orders_current", "silver_client1.customers", "gold_client1.revenue",
        ]
        .map { "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM \($0) t" }.joined(separator: "; ")
        let before = try await reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ; \(questions)")
        try await shop.must("start", "client1")
        #expect(try await reader.run(questions) == before)
        try await reader.run("COMMIT")
        #expect(try await reader.run(questions) != before)
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
    }

    @Test func whoWritesTheSameRowsHoldsUpTheirPublication() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try shop.set("retry: {attempts: 1}")
        let other = try OtherSession(server, shop.database!)
        try await other.run("BEGIN; UPDATE gold_client1.revenue SET amount = 0 WHERE customer_key = 2")
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(
            output.stdout.contains(
                "unable to publish BATCH000002 of client1: a lock was not free within 5 s: server process "))
        #expect(output.stdout.contains("holds gold_client1.revenue"))
        #expect(output.stdout.contains("left behind: nothing was published"))
        #expect(try shop.audited("publish", "FAILED").contains("a lock was not free"))
        #expect(try await shop.failedStep("publish", "BATCH000002")["error"]?["code"] == "busy")
        try await other.end()
        #expect(try await shop.revenue() == Shop.firstRevenue)
        #expect(try await shop.rows("SELECT city FROM silver_client1.customers WHERE id = 2") == ["Solo"])

        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test func ofADeadlockThatTheRunLosesNothingIsLeft() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await Shop.loaded()
        let database = PostgresServer.database(shop.database!)
        // Who looks for it first finds the deadlock and is its victim: the run, before its lock_timeout.
        try await server.sql("ALTER DATABASE \"\(database)\" SET deadlock_timeout = '4s'")
        try shop.drop("orders.csv", Shop.nextOrders)
        try shop.set("retry: {attempts: 1}")
        let other = try await shop.holdingTheLoadOfOrders(server)
        try await other.run("SET deadlock_timeout = '1h'")
        async let start = shop.run("start", "client1")
        try await shop.waitUntilOrdersWait(server)
        try await other.send("LOCK TABLE pulih_client1.\"shop_orders__BATCH000002\" IN SHARE MODE")
        let output = try await start
        try await other.finish()
        try await other.end()
        #expect(output.exit == 1, "\(output.everything)")
        #expect(output.stdout.contains("deadlock detected (SQLSTATE 40P01)"), "\(output.everything)")
        #expect(output.stdout.contains("left behind: nothing of this file was loaded"))
        #expect(output.stdout.contains("HINT: try again: another transaction was first"))
        #expect(try shop.audited("load_bronze", "FAILED").contains("SQLSTATE 40P01"))
        #expect(try await shop.failedStep("load_bronze", "shop.orders")["error"]?["code"] == "busy")
        try await shop.expectOnlyTheFirstDelivery()

        try await shop.must("restart", "client1")
        let undisturbed = try await Shop.loaded()
        try undisturbed.drop("orders.csv", Shop.nextOrders)
        try await undisturbed.must("start", "client1")
        #expect(try await shop.fingerprint() == undisturbed.fingerprint())
    }

    @Test func aDeadlockWhilePublishingIsTriedAgainByItself() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await Shop.loaded()
        let database = PostgresServer.database(shop.database!)
        try await server.sql("ALTER DATABASE \"\(database)\" SET deadlock_timeout = '4s'")
        try shop.dropNext()
        let other = try OtherSession(server, shop.database!)
        try await other.run("SET deadlock_timeout = '1h'; BEGIN")
        try await other.run("UPDATE gold_client1.revenue SET amount = 0 WHERE customer_key = 2")
        async let start = shop.run("start", "client1")
        // It has changed silver by then.
        try await shop.waitUntilItIsBlocked(server)
        try await other.send("UPDATE silver_client1.customers SET city = '' WHERE id = 2")
        try await other.finish()
        try await other.run("ROLLBACK")
        let output = try await start
        #expect(output.exit == 0, "\(output.everything)")
        #expect(
            try await server.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = '\(database)'")
                == "1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }
}
