import PulihTesting
import Testing

/// Models in the server's own SQL, of which nothing on this side needs to understand more than the variables.
@Suite(EveryPlace(places: [.postgresql, .mixed])) struct ServerSQLTests {
    @Test func modelsAreWrittenInTheSQLOfTheServer() async throws {
        let shop = try await Shop.make(
            models: Shop.models.merging([
                "silver/spelled.sql": #"""
                /* ---
                tests:
                  - sql: "SELECT * FROM {{ this }} WHERE name !~ '^[[:alpha:], .]+$'"
                --- */
                SELECT DISTINCT ON (c.id) c.id, c.name, n.place,
                    to_jsonb(c) #>> '{city}' AS city, c.id OPERATOR(pg_catalog.+) 1 AS next_id
                FROM {{ silver }}.customers AS c,
                    ROWS FROM (generate_series(1, 2), unnest(ARRAY['x', 'y'])) WITH ORDINALITY AS n(i, letter, place)
                ORDER BY c.id, n.place DESC
                """#
            ]) { $1 })
        try shop.dropFirst()
        try await shop.must("start", "client1")
        let rows = try await shop.rows(
            "SELECT s.place, s.city = c.city, s.next_id - s.id FROM silver_client1.spelled s"
                + " JOIN silver_client1.customers c ON c.id = s.id WHERE c.city IS NOT NULL")
        #expect(!rows.isEmpty && rows.allSatisfy { $0 == "2,true,1" })
    }

    @Test func whatTheServerRefusesIsToldByFileAndLine() async throws {
        let shop = try await Shop.make(
            models: Shop.models.merging([
                "silver/wrong.sql": "SELECT id,\n    strftime(id, '%Y') AS y\nFROM {{ silver }}.customers"
            ]) { $1 })
        try shop.dropFirst()
        let output = try await shop.must("start", "client1", exit: 1)
        #expect(output.everything.contains("(sql/silver/wrong.sql:2)"))
    }

    @Test(arguments: [
        (
            "SELECT * FROM silver_client1.customers, ROWS FROM (generate_series(1, 2)) AS r",
            "by its live schema"
        ),
        ("SELECT 1 AS x; SELECT 2 AS x", "a second statement begins here"),
    ])
    func whatCannotBeMeantIsRefusedByApply(_ sql: String, _ told: String) async throws {
        let shop = try await TestWorkspace(
            Shop.configuration, models: Shop.models.merging(["gold/wrong.sql": "\n" + sql]) { $1 })
        let output = try await shop.must("apply", "--yes", exit: 3)
        #expect(output.stderr.contains("sql/gold/wrong.sql"))
        #expect(output.stderr.contains(told))
    }
}
