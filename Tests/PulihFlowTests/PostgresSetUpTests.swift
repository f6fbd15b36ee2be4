import Foundation
import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// What docs/postgresql.md tells an administrator to paste is run as it stands there.
@Suite struct PostgresSetUpTests {
    /// The SQL block that begins with this comment.
    private static func block(_ comment: String, file: String = #filePath) throws -> String {
        let root = try #require(file.range(of: "/Tests/", options: .backwards)).lowerBound
        let url = URL(fileURLWithPath: file[..<root] + "/docs/postgresql.md")
        let page = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        let blocks = page.components(separatedBy: "```sql\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        let found = blocks.filter { $0.hasPrefix("-- \(comment)") }
        guard found.count == 1 else { throw TestFailure("\(found.count) blocks begin with '\(comment)'") }
        return found[0]
    }

    /// As `psql -f` does: one statement after the other, each for itself.
    private static func paste(_ comment: String, into database: String, of server: PostgresServer)
        async throws
    {
        let outcome = try await ChildProcess.run(
            "psql", ["-X", "-v", "ON_ERROR_STOP=1", "-d", server.url(database: database)],
            input: Array(try block(comment).utf8))
        guard outcome.isSuccess else { throw TestFailure("\(comment): \(outcome.errorText)") }
    }

    private static let clients = """
          client1: {id: 1, role: etl_client1}
          client2: {id: 2, role: etl_client2}
        """

    @Test func theSetUpOfTheManualWorksAndKeepsClientsApart() async throws {
        let server = try await PostgresServer(administrator: "postgres")
        try await Self.paste("Database and login role", into: "postgres", of: server)
        try await Self.paste("A role of its own for client1", into: "dwh", of: server)
        // The other way: a role that may make no schema.
        try await server.sql("CREATE ROLE etl_client2 NOLOGIN; GRANT etl_client2 TO pulih")
        let schemas = try Self.block("Schemas of client1").replacing("client1", with: "client2")
        try await server.sql(schemas, database: "dwh")
        try await Self.paste("People and tools that read gold", into: "dwh", of: server)
        try await server.sql("CREATE ROLE analyst LOGIN IN ROLE readers_client1")

        let shop = try await Place.$current.withValue(.postgresql) {
            try await Shop.make(
                configuration: Shop.configuration.replacing("  client1: {id: 1}", with: Self.clients),
                database: server.url(database: "dwh", user: "pulih"))
        }
        for client in ["client1", "client2"] {
            try shop.drop("customers.csv", Shop.customers, client: client)
            try shop.drop("orders.csv", Shop.orders, client: client)
            try shop.drop("prices.csv", Shop.prices, client: client)
            try await shop.must("start", client)
        }
        try shop.dropNext()
        try await shop.must("start", "client1")
        try await shop.must("doctor")

        let owners = try await server.sql(
            """
            SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ',') FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname LIKE '%client1'
            """, database: "dwh")
        #expect(owners == "etl_client1")
        let across = try await server.refusal(
            "SET ROLE etl_client1; SELECT count(*) FROM gold_client2.revenue", database: "dwh", user: "pulih")
        #expect(across.contains("permission denied for schema gold_client2"))

        let seen = try await server.sql(
            "SELECT count(*) FROM gold_client1.revenue", database: "dwh", user: "analyst")
        #expect(seen == "3")
        for other in [
            "bronze_client1.shop_orders", "pulih_client1.ledger", "gold_client2.revenue", "tools.batch",
        ] {
            let refusal = try await server.refusal(
                "SELECT count(*) FROM \(other)", database: "dwh", user: "analyst")
            #expect(refusal.contains("permission denied for schema"))
        }
        let written = try await server.refusal(
            "DELETE FROM gold_client1.revenue", database: "dwh", user: "analyst")
        #expect(written.contains("permission denied for table revenue"))
    }

    @Test func aRoleThatTheLoginIsNoMemberOf() async throws {
        let server = try await PostgresServer.shared.get()
        let role = "etl_\(UUID().uuidString.prefix(8).lowercased())"
        try await server.sql("CREATE ROLE \(role); CREATE ROLE \(role)_login LOGIN")
        let database = PostgresServer.database(try await server.makeDatabase())
        try await server.sql("GRANT CREATE ON DATABASE \"\(database)\" TO \(role), \(role)_login")
        let shop = try await Place.$current.withValue(.postgresql) {
            try await Shop.make(
                configuration: Shop.configuration.replacing("{id: 1}", with: "{id: 1, role: \(role)}"),
                database: server.url(database: database, user: "\(role)_login"))
        }
        try shop.dropFirst()
        let output = try await shop.must("start", "client1", exit: 3)
        #expect(output.stderr.contains("permission denied to set role \"\(role)\" (SQLSTATE 42501)"))
        #expect(try shop.names(in: "raw/client1/shop/incoming").count == 3)
        try await server.sql("GRANT \(role) TO \(role)_login")
        try await shop.must("start", "client1")
        #expect(try await shop.revenue() == Shop.firstRevenue)
    }

    @Test func aServerWithTooFewPlacesForLocks() async throws {
        let server = try await PostgresServer(settings: [
            "max_connections": "20", "max_locks_per_transaction": "10",
        ])
        let url = try await server.makeDatabase()
        let other = try OtherSession(server, url)
        try await other.run(
            """
            BEGIN;
            DO $$ BEGIN
                FOR number IN 1..1000000 LOOP
                    BEGIN
                        PERFORM pg_advisory_xact_lock(number);
                    EXCEPTION WHEN out_of_memory THEN
                        PERFORM set_config('other.places', number::text, false);
                        RETURN;
                    END;
                END LOOP;
            END $$;
            COMMIT;
            BEGIN;
            SELECT count(pg_advisory_xact_lock(number))
            FROM generate_series(1, current_setting('other.places')::integer - 60) AS number
            """)
        let shop = try await Place.$current.withValue(.postgresql) {
            try await TestWorkspace(Shop.configuration, models: Shop.models, database: url)
        }
        let output = try await shop.must("apply", "--yes", exit: 1)
        #expect(output.stderr.contains("out of shared memory (SQLSTATE 53200)"), "\(output.everything)")
        #expect(output.stderr.contains("HINT: raise the server's max_locks_per_transaction, restart it"))

        try await other.end()
        try await server.stop()
        try server.configure(["max_locks_per_transaction": "64"])
        try await server.start()
        try await shop.must("apply", "--yes")
        try shop.dropFirst()
        try await shop.must("start", "client1")
        #expect(try await shop.revenue() == Shop.firstRevenue)
    }
}
