import PulihModel
import PulihTesting
import Testing

/// What a source once said, kept by a history over deliveries that each say only what it says now.
@Suite(.everyPlace) struct HistoryTests {
    private static let models = Shop.models.merging([
        "gold/customers_history.sql": """
        /* ---
        materialized: history
        unique_key: id
        tests: [{unique: id}, {not_null: [id, name]}]
        trace:
          - to: silver.customers
            on: {id: id}
        --- */
        SELECT id, name, city FROM {{ silver }}.customers
        """,
        "gold/customers_seen.sql": """
        /* ---
        materialized: history
        unique_key: id
        deletes: ignore
        --- */
        SELECT id FROM {{ silver }}.customers
        """,
        "gold/moves.sql": """
        SELECT id, count(*) AS versions, max(city) FILTER (WHERE is_current) AS city
        FROM {{ gold }}.customers_history GROUP BY id
        """,
    ]) { $1 }

    /// Three batches: the two of the shop, then one in which Ann moves and Citra is back.
    private func delivered() async throws -> TestWorkspace {
        let shop = try await Shop.make(models: Self.models)
        try shop.dropFirst()
        try await shop.must("start", "client1")
        try shop.dropNext()
        try await shop.must("start", "client1")
        try shop.drop(
            "customers.csv", "id,name,city\n1,Ann,Medan\n2,Ben,Malang\n3,\"Citra, C.\",\n4,Dewi,Solo\n")
        try await shop.must("start", "client1")
        return shop
    }

    /// `1 Bogor 1-3`: from the first batch to the third.
    private func versions(_ shop: TestWorkspace) async throws -> [String] {
        var batches: [String: Int] = [:]
        for number in 1...3 {
            let story = try await shop.json("show", String(number))
            batches[String(try #require(story["batch_time"]?.int))] = number
        }
        let time = { (column: String) in
            "CAST(round(extract(epoch FROM \(column)) * 1000000) AS BIGINT)"
        }
        let rows = try await shop.rows(
            """
            SELECT id, coalesce(city, '-'), \(time("valid_from")), \(time("valid_to")), is_current
            FROM gold_client1.customers_history ORDER BY id, valid_from
            """)
        return try rows.map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            #expect(cells[4] == (cells[3].isEmpty ? "true" : "false"))
            let from = try #require(batches[cells[2]])
            let to = cells[3].isEmpty ? "" : String(try #require(batches[cells[3]]))
            return "\(cells[0]) \(cells[1]) \(from)-\(to)"
        }
    }

    private let expected = [
        "1 Bogor 1-3", "1 Medan 3-", "2 Solo 1-2", "2 Malang 2-", "3 - 1-2", "3 - 3-", "4 Solo 2-",
    ]

    @Test func threeDeliveriesMakeAHistoryThatEveryRerunMakesAgain() async throws {
        let shop = try await delivered()
        #expect(try await versions(shop) == expected)
        #expect(
            try await shop.rows("SELECT id, versions, city FROM gold_client1.moves ORDER BY id")
                == ["1,2,Medan", "2,2,Malang", "3,2,", "4,1,Solo"])
        // Whom a delivery does not name may be known all the same.
        #expect(
            try await shop.rows("SELECT id, is_current FROM gold_client1.customers_seen ORDER BY id")
                == ["1,true", "2,true", "3,true", "4,true"])
        let before = try await shop.fingerprint()
        for batch in ["1", "2", "3"] {
            try await shop.must("reprocess", "client1", batch)
            #expect(try await shop.fingerprint() == before)
        }
        for point in ["publish.before_commit", "publish.after_commit"] {
            let killed = try await shop.run("reprocess", "client1", "2", failpoints: "\(point)=kill:2")
            #expect(killed.signal == 9)
            try await shop.must("start", "client1")
            #expect(try await shop.fingerprint() == before)
        }
    }

    @Test func aCorrectedDeliveryCorrectsWhatFollowed() async throws {
        let shop = try await delivered()
        try shop.write("corrected.csv", Shop.customers.replacing("2,Ben,Solo", with: "2,Ben,Malang"))
        try await shop.must("replace", "client1", "1", "customers", "corrected.csv")
        try await shop.must("restart", "client1", "1")
        #expect(
            try await versions(shop)
                == expected.filter { !$0.hasPrefix("2 Solo") }.map {
                    $0 == "2 Malang 2-" ? "2 Malang 1-" : $0
                })
    }

    @Test func onlyTheCurrentVersionLeadsBackToARecord() async throws {
        let shop = try await delivered()
        let traced = try await shop.must("trace", "client1", "gold.customers_history", "id = 1").stdout
        #expect(traced.contains("1,Ann,Medan"))
        #expect(!traced.contains("1,Ann ,Bogor"))
        #expect(traced.contains("this version ended at "))
        #expect(traced.contains("what it came from is not in force any more"))
    }

    @Test func aChangedSelectIsRefusedWithWhatToDo() async throws {
        let shop = try await delivered()
        let before = try await shop.fingerprint(.gold)
        try shop.edit(
            "sql/gold/customers_history.sql", "SELECT id, name, city", "SELECT id, name, city AS town")
        let output = try await shop.must("restart", "client1", exit: 1)
        #expect(
            output.stdout.contains(
                "unable to merge gold.customers_history: its columns changed: town is new; city is missing"))
        #expect(try await shop.fingerprint(.gold) == before)
        try shop.edit("sql/gold/moves.sql", "max(city)", "max(town)")
        try await shop.must("reprocess", "client1", "1")
        #expect(
            try await shop.rows("SELECT count(town) FROM gold_client1.customers_history") == ["5"])
    }
}
