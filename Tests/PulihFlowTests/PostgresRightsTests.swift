import Foundation
import PulihModel
import PulihTesting
import Testing

/// Who may do what on a server, and what is said where a right is missing.
@Suite(.everyServer) struct PostgresRightsTests {
    /// A database and a role of its own that may do nothing there but connect.
    private func stranger(_ server: PostgresServer) async throws -> (
        role: String, database: String, url: String
    ) {
        let role = "etl_\(UUID().uuidString.prefix(8).lowercased())"
        try await server.sql("CREATE ROLE \(role) LOGIN")
        let database = PostgresServer.database(try await server.makeDatabase())
        return (role, database, server.url(database: database, user: role))
    }

    @Test func aRoleThatMayMakeNoSchema() async throws {
        let server = try await PostgresServer.shared.get()
        let (role, database, url) = try await stranger(server)
        let shop = try await TestWorkspace(Shop.configuration, models: Shop.models, database: url)
        try shop.dropFirst()
        // The catalog needs it before a batch can begin, the warehouse when the first does.
        if shop.place == .mixed { try await shop.must("apply", "--yes") }
        let output =
            shop.place == .mixed
            ? try await shop.run("start", "client1") : try await shop.run("apply", "--yes")
        #expect(output.exit == 3, "\(output.everything)")
        #expect(output.stderr.contains("permission denied for database \(database) (SQLSTATE 42501)"))
        #expect(output.stderr.contains("docs/postgresql.md lists what each role needs"))
        #expect(try shop.names(in: "raw/client1/shop/incoming").count == 3)

        try await server.sql("GRANT CREATE ON DATABASE \"\(database)\" TO \(role)")
        try await shop.must("apply", "--yes")
        try await shop.must("start", "client1")
        try shop.dropNext()
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }

    @Test func aRoleThatMayMakeNoTableInGold() async throws {
        let server = try await PostgresServer.shared.get()
        let (role, database, url) = try await stranger(server)
        try await server.sql("GRANT CREATE ON DATABASE \"\(database)\" TO \(role)")
        try await server.sql(
            "CREATE SCHEMA gold_client1; GRANT USAGE ON SCHEMA gold_client1 TO \(role)", database: database)
        let shop = try await Shop.make(database: url)
        try shop.dropFirst()
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.stdout.contains("FAILED publish"), "\(output.everything)")
        #expect(output.stdout.contains("permission denied for schema gold_client1 (SQLSTATE 42501)"))
        #expect(output.stdout.contains("docs/postgresql.md lists what each role needs"))
        #expect(output.stdout.contains("next: pulih restart client1"))
        #expect(try shop.audited("publish", "FAILED").contains("SQLSTATE 42501"))
        #expect(try await shop.failedStep("publish", "BATCH000001")["error"]?["code"] == "configuration")
        // Silver could have been published; the batch is one publication.
        #expect(
            try await shop.rows(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'silver_client1'::regnamespace")
                == ["0"])

        try await server.sql("GRANT CREATE ON SCHEMA gold_client1 TO \(role)", database: database)
        try await shop.must("restart", "client1")
        try shop.dropNext()
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == CrashTests.Story.start.expected)
        try await shop.expectNothingLeftHanging()
    }
}
