import PulihModel
import Testing

@testable import PulihEngine

@Suite struct SQLTreeTests {
    private func references(_ sql: String) async throws -> [String] {
        try await Bench().engine.tableReferences(sql: sql).map {
            $0.schema.isEmpty ? $0.table : "\($0.schema).\($0.table)"
        }
    }

    @Test(arguments: [
        (
            "SELECT * FROM bronze.a x JOIN (SELECT * FROM b) y USING (id), lateral (SELECT * FROM c) z",
            ["b", "c", "bronze.a"]
        ),
        (
            "WITH t AS (SELECT * FROM t), u AS (SELECT * FROM T) SELECT * FROM u WHERE EXISTS (FROM s.u)",
            ["t", "s.u"]
        ),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, seed) FROM r", ["seed"]),
        (
            "SELECT (SELECT max(x) FROM a) FROM range(3) UNION SELECT 1 FROM (WITH b AS (FROM c) FROM b) EXCEPT FROM b",
            ["a", "b", "c"]
        ),
        ("SELECT 1", []),
    ])
    func tablesWithoutCommonTableExpressions(sql: String, expected: [String]) async throws {
        #expect(try await references(sql) == expected)
    }

    @Test(arguments: [
        ("SELECT a\nFROM WHERE x", "line 2, column 6: syntax error at or near \"WHERE\""),
        ("SELECT 1; SELECT 2", "one SELECT is expected, the SQL holds 2 statements"),
        ("", "one SELECT is expected, the SQL holds 0 statements"),
        ("DROP TABLE t", "Only SELECT statements can be serialized to json!"),
    ])
    func errorsNameThePlace(sql: String, summary: String) async throws {
        let error = await #expect(throws: PulihError.self) { _ = try await references(sql) }
        #expect(error?.code == .configuration)
        #expect(error?.summary == summary)
    }
}
