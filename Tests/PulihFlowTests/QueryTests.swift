import PulihModel
import PulihTesting
import Testing

/// `pulih query` for people, for programs and for those who try to write.
@Suite(.everyPlace) struct QueryTests {
    private static let sql = "SELECT id, name, city FROM bronze_client1.shop_customers ORDER BY id"

    @Test func printsATable() async throws {
        let output = try await Shop.loaded().must("query", Self.sql)
        #expect(
            output.stdout == """
                id  name       city
                --  ---------  -----
                 1  Ann        Bogor
                 2  Ben        Solo
                 3  Citra, C.  NULL
                (3 rows)

                """)
    }

    @Test func writesCSV() async throws {
        let output = try await Shop.loaded().must("query", "--csv", Self.sql)
        #expect(output.stdout == "id,name,city\n1,Ann ,Bogor\n2,Ben,Solo\n3,\"Citra, C.\",\n")
    }

    @Test func writesJSON() async throws {
        let shop = try await Shop.loaded()
        let rows = try #require(try await shop.json("query", Self.sql).array)
        #expect(rows.count == 3)
        #expect(rows.last == ["city": .null, "id": 3, "name": "Citra, C."])
        #expect(try await shop.json("query", "SELECT 1 AS a WHERE false") == .array([]))
    }

    @Test func keepsEveryDigit() async throws {
        let shop = try await Shop.loaded()
        let row = try await shop.json(
            "query",
            "SELECT 12345678901234567890123456789012345678::numeric(38,0) AS big, true AS flag, 0.5::float8 AS half"
        )
        #expect(
            row
                == .array([
                    ["big": "12345678901234567890123456789012345678", "flag": true, "half": .double(0.5)]
                ]))
    }

    @Test func refusesToWrite() async throws {
        let shop = try await Shop.loaded()
        let output = try await shop.must("query", "DELETE FROM bronze_client1.shop_customers", exit: 1)
        #expect(output.stderr.contains("unable to run DELETE: only reading statements"))
        #expect(output.stdout.isEmpty)
        #expect(try await shop.rows(Self.sql).count == 3)
    }

    @Test func namesWhatIsWrongInTheSQL() async throws {
        let output = try await Shop.loaded().must(
            "query", "SELECT nam FROM bronze_client1.shop_customers", exit: 1)
        #expect(output.stderr.contains("nam"))
        #expect(!output.stderr.contains("bug"))
    }

    @Test func saysWhenNothingIsLoadedYet() async throws {
        let shop = try await Shop.make()
        let output = try await shop.must("query", "SELECT 1", exit: 6)
        #expect(output.stderr.contains("HINT: "))
    }
}
