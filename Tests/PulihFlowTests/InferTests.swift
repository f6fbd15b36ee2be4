import Foundation
import PulihModel
import PulihTesting
import Testing

/// What `infer` prints is taken by `apply`, and the file that it was made from loads with it, whole.
@Suite struct InferTests {
    private static let orders: [[String?]] =
        [["Order No", "Day", "Qty", "Amount", "Postal code"]]
        + (1...20).map { ["=\($0)", "2026-01-\($0 + 10)", "=\($0 % 4)", "=\($0).5", "0123\($0)"] }

    private static func tables() -> [(name: String, bytes: [UInt8])] {
        let rows = WorkbookFile.rows([["Report of the month"], []] + orders)
        let book = WorkbookFile([
            .init("Orders 2026", rows), .init("Notes", WorkbookFile.rows([["nothing to see"]])),
            .init("Lines", WorkbookFile.rows([["id", "sku"], ["=1", "A"], ["=2", nil]])),
        ])
        let old = OldWorkbookFile([
            (
                "S", false,
                [
                    .init(0, 0, .label("id")), .init(0, 1, .label("note")), .init(1, 0, .number(3170)),
                    .init(1, 1, .text("x")),
                ]
            )
        ])
        let document = #"""
            {"status": "OK", "data": [{"page": 1}, {"period": "2024", "rows": [
             {"region": "3400", "name": null, "size": {"area": 3133.15, "people": "3.759.590"}, "tags": ["a"]},
             {"region": "3401", "name": "", "size": {"area": 586, "people": "…"}, "tags": [], "odd.name": 1},
             {"region": "3402", "name": "x", "size": null, "tags": null}]}]}
            """#
        let lines =
            "{\"id\": 1, \"at\": \"2026-01-01T10:00:00Z\"}\nbroken\n{\"id\": 2, \"at\": null, \"key\": true}\n"
        let map = #"{"2022": {"n": 1}, "2023": {"n": 2}, "2024": {"n": 3, "key": "k"}}"#
        return [
            ("book_20260101.xlsx", book.bytes), ("old.xls", old.bytes),
            ("regions.json", Array(document.utf8)),
            ("events.ndjson", Array(lines.utf8)), ("years.json", Array(map.utf8)),
            ("single.json", Array(#"{"a": 1, "b": [1, 2]}"#.utf8)),
            (
                "days.zip",
                PulihTesting.StoredZip.bytes(of: [
                    ("a/1.csv", Array("id;day\n1;2024-01-01\n".utf8)),
                    ("b/2.csv", Array("id;day\n2;2024-01-02\n3;-\n".utf8)), ("about.txt", Array("x".utf8)),
                ])
            ),
            ("twice.csv", Array("id;amount;amount;;\n1;2;3;4;5\n".utf8)),
            ("unnamed.csv", Array("id,name,\n1,x,\n".utf8)),
            (
                "pairs.xlsx",
                WorkbookFile([
                    .init("S", WorkbookFile.rows([["id", nil, "x", "x"], ["=1", "=2", "=3", "=4"]]))
                ])
                .bytes
            ),
            // What its name does not say.
            ("wrong.xlsx", Array("id\tname\n1\tx\n2\ty\n".utf8)),
        ]
    }

    private func configure(_ workspace: TestWorkspace, _ entries: [String]) throws {
        try workspace.write(
            "pulih.yml",
            "pulih: 1\nsettings: {settle_seconds: 0}\nclients: {client1: {id: 1}}\nsources:\n  shop:\n    files:\n"
                + entries.joined().replacing(
                    "delivery: full", with: "limits: {records: none, percent: none}\n        delivery: full"))
    }

    private func infer(_ workspace: TestWorkspace, _ name: String) async throws -> [JSONValue] {
        try await workspace.json("infer", name).array ?? []
    }

    @Test func whatIsProposedLoads() async throws {
        let workspace = try await TestWorkspace("pulih: 1\n")
        let tables = Self.tables()
        var found: [String: JSONValue] = [:]
        for (name, bytes) in tables {
            try Data(bytes).write(to: URL(fileURLWithPath: workspace.path(name)))
            for proposal in try await infer(workspace, name) {
                found[name + (proposal["table"]?.string.map { "/\($0)" } ?? "")] = proposal
            }
        }
        #expect(
            found.keys.sorted() == [
                "book_20260101.xlsx/Lines", "book_20260101.xlsx/Orders 2026", "days.zip", "events.ndjson",
                "old.xls", "pairs.xlsx", "regions.json", "single.json", "twice.csv", "unnamed.csv",
                "wrong.xlsx", "years.json",
            ])
        try configure(workspace, found.values.compactMap { $0["yaml"]?.string })
        try await workspace.must("apply", "--yes")
        for (name, bytes) in tables {
            try workspace.drop(name, "")
            try Data(bytes).write(
                to: URL(fileURLWithPath: workspace.path("raw/client1/shop/incoming/\(name)")))
        }
        try await workspace.must("start", "client1")
        #expect(try workspace.names(in: "raw/client1/shop/failed") == [])
        let expected = [
            (
                "SELECT order_no, day, qty, amount, postal_code, dwh_source_place", "shop_book_orders_2026",
                "1,2026-01-11,1,1.5,01231,'Orders 2026'!A4", 20
            ),
            ("SELECT id, sku", "shop_book_lines", "1,A", 2),
            ("SELECT id, note", "shop_old", "3170,x", 1),
            (
                "SELECT region, name, size_area, size_people, tags, odd_name", "shop_regions",
                "3400,,3133.15,3759590,\"[\"\"a\"\"]\",", 3
            ),
            ("SELECT id, \"at\", \"key\"", "shop_events", "1,2026-01-01T10:00:00Z,", 2),
            ("SELECT \"key\", n, key_2", "shop_years", "2022,1,", 3),
            ("SELECT a, b", "shop_single", "1,\"[1,2]\"", 1),
            ("SELECT id, day, dwh_source_place", "shop_days", "1,2024-01-01,a/1.csv:2", 3),
            ("SELECT id, name", "shop_wrong", "1,x", 2),
            ("SELECT id, amount, amount_2, column_4, column_5", "shop_twice", "1,2,3,4,5", 1),
            ("SELECT id, column_2, x, x_2, dwh_source_place", "shop_pairs", "1,2,3,4,S!A2", 1),
            ("SELECT id, name", "shop_unnamed", "1,x", 1),
        ]
        for (select, table, first, count) in expected {
            let rows = try await workspace.rows(
                "\(select) FROM bronze_client1.\(table) ORDER BY dwh_source_row")
            #expect(rows.first == first, "\(table)")
            #expect(rows.count == count, "\(table)")
        }

        // The Parquet that was made of a sheet is proposed with its types.
        let parquet = try #require(
            try workspace.files(below: "data").first {
                $0.hasSuffix(".parquet") && $0.contains("book_lines") && !$0.contains("rejected")
            })
        try FileManager.default.copyItem(
            atPath: workspace.path(parquet), toPath: workspace.path("lines.parquet"))
        let proposal = try #require(try await infer(workspace, "lines.parquet").first)
        #expect(proposal["type"] == "parquet")
        #expect(proposal["yaml"]?.string?.contains("          id: integer ") == true)
    }

    @Test func aFileWithoutATableEndsWithTheReason() async throws {
        let workspace = try await TestWorkspace("pulih: 1\n")
        try workspace.write("page.xls", "<html><table><tr><td>1</td></tr></table></html>")
        let output = try await workspace.must("infer", "page.xls", exit: 4)
        #expect(output.stderr.contains("is HTML or XML, which Pulih does not read"))
        try Data(WorkbookFile([.init("S", "")]).bytes).write(
            to: URL(fileURLWithPath: workspace.path("empty.xlsx")))
        #expect(
            try await workspace.must("infer", "empty.xlsx", exit: 4).stderr.contains(
                "no sheet of \(workspace.path("empty.xlsx")) that a person sees holds a table"))
    }
}
