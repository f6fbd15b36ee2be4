import PulihModel
import PulihTesting
import Testing

/// A server that fails, and its disk: what is said, what is left, and how `restart` ends once the cause is gone. Each
/// test causes the real condition on a server of its own.
@Suite(.everyServer) struct PostgresTroubleTests {
    @Test func aServerThatIsDownIsToldBeforeAnythingIsTouched() async throws {
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        try await server.stop()
        let dropped = try shop.names(in: "raw/client1/shop/incoming")
        let output = try await shop.must("start", "client1", exit: 6)
        #expect(output.stderr.contains("port \(server.port) failed: Connection refused"))
        #expect(output.stderr.contains("HINT: see that the server runs"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == dropped)
        #expect(try shop.files(below: "batch_info").count == 1)

        try await server.start()
        #expect(try await shop.revenue() == Shop.firstRevenue)
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test func aServerThatIsKilledWhileLoading() async throws {
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        try shop.set("retry: {attempts: 1}")
        let other = try await shop.holdingTheLoadOfOrders(server)
        async let start = shop.run("start", "client1")
        try await shop.waitUntilOrdersWait(server)
        try await server.kill()
        let output = try await start
        #expect(output.exit == 6, "\(output.everything)")
        // Where the catalog went down too, all there is of the run is what it said, and the audit.
        let told = shop.place == .mixed ? output.stdout : output.stderr
        #expect(told.contains("FAILED load_bronze shop.orders"), "\(output.everything)")
        #expect(told.contains("from orders_BATCH000002.csv: server closed the connection unexpectedly; "))
        #expect(output.everything.contains("HINT: see that the server runs"))
        #expect(
            try shop.audited("load_bronze", "FAILED").contains("server closed the connection unexpectedly"))

        try await server.start()
        await other.leave()
        #expect(
            try await shop.json("batches").array?.first?["status"]
                == (shop.place == .mixed ? "FAILED" : "INTERRUPTED"))
        try await shop.expectOnlyTheFirstDelivery()
        try await shop.must("restart", "client1")
        if shop.place == .postgresql {
            // What only the file of the audit knew is in the catalog now.
            let told = try await server.sql(
                "SELECT message FROM tools.etl_audit_log WHERE process_name = 'load_bronze' AND status = 'FAILED'",
                database: PostgresServer.database(shop.database!))
            #expect(told.contains("server closed the connection unexpectedly"))
        }
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test func connectionsThatAreCut() async throws {
        let server = try await PostgresServer.shared.get()
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try shop.set("retry: {attempts: 1}")
        let other = try await shop.holdingTheLoadOfOrders(server)
        async let start = shop.run("start", "client1")
        try await shop.waitUntilOrdersWait(server)
        try await server.sql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name ~ '^pulih client1 [0-9]+$'
            """, database: PostgresServer.database(shop.database!))
        let output = try await start
        try await other.end()
        #expect(output.exit == 6, "\(output.everything)")
        let said = "terminating connection due to administrator command (SQLSTATE 57P01)"
        #expect(output.stdout.contains("from orders_BATCH000002.csv: \(said)"), "\(output.everything)")
        #expect(output.stdout.contains("left behind: nothing of this file was loaded"))
        #expect(output.stdout.contains("next: pulih restart client1"))
        #expect(try shop.audited("load_bronze", "FAILED").contains(said))
        #expect(try await shop.failedStep("load_bronze", "shop.orders")["error"]?["code"] == "unreachable")
        try await shop.expectOnlyTheFirstDelivery()
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test func aServerWhoseDiskIsFull() async throws {
        let server = try await PostgresServer()
        let disk = try await server.makeTablespace("small", megabytes: 128)
        let database = try await server.makeDatabase(tablespace: "small")
        let shop = try await Shop.twoDeliveries(on: server, database: database)
        // Large enough to be loaded by several connections into a table of its own.
        let orders = (0..<150_000).map { "\($0 + 100),1,1.25,2026-02-01\n" }.joined()
        try shop.drop("orders.csv", "id,customer_id,amount,day\n" + orders)
        try disk.fill(leavingMegabytes: 6)
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains("FAILED load_bronze shop.orders/orders_BATCH000002.csv"))
        #expect(output.stdout.contains("No space left on device (SQLSTATE 53100)"))
        #expect(output.stdout.contains("left behind: nothing of this file was loaded"))
        #expect(output.stdout.contains("HINT: make room on the server's disk"))
        #expect(try shop.audited("load_bronze", "FAILED").contains("SQLSTATE 53100"))
        #expect(try await shop.failedStep("load_bronze", "shop.orders")["error"]?["code"] == "storage")
        try await shop.expectOnlyTheFirstDelivery()
        // Nor does what was copied go on filling the disk.
        let copied = "SELECT count(*) FROM pg_class WHERE relname LIKE 'shop\\_orders\\_\\_BATCH000002%'"
        #expect(try await shop.rows(copied) == ["0"])

        try await disk.grow(megabytes: 512)
        try await shop.must("restart", "client1")
        let undisturbed = try await Shop.loaded()
        try undisturbed.dropNext()
        try undisturbed.drop("orders.csv", "id,customer_id,amount,day\n" + orders)
        try await undisturbed.must("start", "client1")
        #expect(try await shop.fingerprint() == undisturbed.fingerprint())
        try await shop.expectNothingLeftHanging()
        try await server.stop()
    }

    @Test func aStandbyThatTakesOverWithoutTheNewestCommits() async throws {
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        let killed = try await shop.run("start", "client1", failpoints: "publish.before_commit=kill")
        #expect(killed.signal == 9, "\(killed.everything)")
        // It knows what was loaded and built, and will never know of the publication.
        let standby = try await server.makeStandby()
        try await standby.stop()
        try await shop.must("restart", "client1")
        try await server.stop()
        try await standby.start()
        try await standby.promote()
        try shop.move(from: server, to: standby)
        #expect(try await shop.revenue() == Shop.firstRevenue)

        let output = try await shop.must("start", "client1")
        if shop.place == .mixed {
            #expect(output.stderr.contains("BATCH000002 is not whole in the warehouse any more"))
        }
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test func aStandbyCanBeReadAndNotWritten() async throws {
        let server = try await PostgresServer()
        let shop = try await Shop.twoDeliveries(on: server)
        let standby = try await server.makeStandby()
        try shop.move(from: server, to: standby)
        #expect(try await shop.revenue() == Shop.firstRevenue)
        #expect(try await shop.json("batches").array?.count == 1)
        let dropped = try shop.names(in: "raw/client1/shop/incoming")
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stderr.contains("SQLSTATE 25006"))
        #expect(output.stderr.contains("HINT: name the primary server in pulih.yml"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == dropped)

        try await server.stop()
        try await standby.promote()
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }
}

extension Shop {
    /// A shop on a server of its own: the first delivery is loaded, the second waits.
    static func twoDeliveries(
        on server: PostgresServer, database: String? = nil
    ) async throws -> TestWorkspace {
        var url = database ?? ""
        if url.isEmpty { url = try await server.makeDatabase() }
        let shop = try await make(database: url)
        try shop.dropFirst()
        try await shop.must("start", "client1")
        try shop.dropNext()
        return shop
    }

    /// What readers see of the first delivery.
    static let firstRevenue = ["1,Ann,30.50,2", "2,Ben,5.25,1", "3,\"Citra, C.\",,0"]
}

extension TestWorkspace {
    /// What somebody does who moves to another server: the address in `pulih.yml`.
    func move(from one: PostgresServer, to other: PostgresServer) throws {
        try write(
            "pulih.yml",
            try read("pulih.yml").replacing("127.0.0.1:\(one.port)/", with: "127.0.0.1:\(other.port)/"))
    }

    /// A session that lets the load of orders copy its rows and not commit: it is about to write the same row of the
    /// ledger.
    func holdingTheLoadOfOrders(_ server: PostgresServer) async throws -> OtherSession {
        let other = try OtherSession(server, database!)
        try await other.run(
            """
            BEGIN;
            INSERT INTO pulih_client1.ledger
                (batch_id, stage, thing, attempt, epoch, fingerprint, row_count, committed_at)
            VALUES ('BATCH000002', 'load_bronze', 'shop.orders/orders_BATCH000002.csv', 1, 1, '', 0, now())
            """)
        return other
    }

    /// Waits until a run of client1 waits for a lock.
    func waitUntilItIsBlocked(_ server: PostgresServer) async throws {
        try await server.waitUntil(
            """
            EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                AND application_name ~ '^pulih client1 [0-9]+$' AND wait_event_type = 'Lock')
            """, database: PostgresServer.database(database!))
    }

    /// Waits until the load of orders waits for a lock, its rows copied.
    func waitUntilOrdersWait(_ server: PostgresServer) async throws {
        try await server.waitUntil(
            """
            EXISTS (SELECT FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
                WHERE a.application_name ~ '^pulih client1 [0-9]+$' AND a.wait_event_type = 'Lock' AND l.granted
                    AND l.relation = to_regclass('pulih_client1."shop_orders__BATCH000002"')
                    AND l.mode = 'RowExclusiveLock')
            """, database: PostgresServer.database(database!))
    }

    /// Messages of the audit's events of this kind, one a line.
    func audited(_ process: String, _ status: String) throws -> String {
        try files(below: "audit").map { try read($0) }.joined().split(separator: "\n").compactMap { line in
            let event = try JSONValue.parse(Array(line.utf8))
            guard event["process_name"]?.string == process, event["status"]?.string == status else {
                return nil
            }
            return event["message"]?.string
        }.joined(separator: "\n")
    }

    /// The step of this stage on this thing that failed in the newest batch, as the journal tells it.
    func failedStep(_ stage: String, _ thing: String) async throws -> JSONValue {
        let steps = try await json("show")["steps"]?.array ?? []
        let failed = steps.filter {
            $0["stage"]?.string == stage && $0["status"] == "FAILED"
                && $0["thing"]?.string?.hasPrefix(thing) == true
        }
        guard failed.count == 1 else {
            throw TestFailure("\(failed.count) steps \(stage) \(thing) failed: \(steps)")
        }
        return failed[0]
    }

    /// Readers see the first delivery whole, and nothing of the second; of orders nothing else is there.
    func expectOnlyTheFirstDelivery() async throws {
        #expect(try await revenue() == Shop.firstRevenue)
        for (table, count) in [("customers", "3"), ("orders", "3"), ("prices", "2")] {
            #expect(
                try await rows("SELECT count(*) FROM bronze_client1.shop_\(table)_current") == [count])
        }
        #expect(try await rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["3"])
    }
}
