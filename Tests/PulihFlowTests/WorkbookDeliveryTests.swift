import Foundation
import PulihModel
import PulihTesting
import Testing

/// Workbooks from the folder they come into to the tables, and back to the cell.
@Suite(.everyPlace) struct WorkbookDeliveryTests {
    private static func configuration(_ files: String) -> String {
        """
        pulih: 1
        settings: {settle_seconds: 0, threads: 2, parallel_steps: 2}
        clients:
          client1: {id: 1}
        sources:
          shop:
            files:
        \(files)

        """
    }

    private static let orders = """
              orders:
                pattern: "orders*.xlsx"
                type: xlsx
                delivery: delta
                limits: {percent: none}
                xlsx: {sheet: Orders, nulls: ["", "#N/A"]}
                columns: {id: integer, day: date, amount: "decimal(12,2)"}
        """

    private func workbook(_ rows: [[String?]]) -> WorkbookFile {
        WorkbookFile([.init("Orders", WorkbookFile.rows(rows))])
    }

    private func drop(_ workspace: TestWorkspace, _ name: String, _ bytes: [UInt8]) throws {
        try workspace.drop(name, "")
        try Data(bytes).write(to: URL(fileURLWithPath: workspace.path("raw/client1/shop/incoming/\(name)")))
    }

    @Test func aRowIsFoundAgainByItsCell() async throws {
        let workspace = try await TestWorkspace(Self.configuration(Self.orders))
        try await workspace.must("apply", "--yes")
        try drop(
            workspace, "orders_1.xlsx",
            workbook([
                ["id", "day", "amount"], ["=1", "2026-01-05", "=10.5"], ["=2", "soon", "=3"],
                ["=3", nil, "#N/A"],
            ]).bytes)
        let output = try await workspace.must("start", "client1")
        #expect(output.stderr.contains("1 record quarantined"))
        #expect(
            try await workspace.rows(
                "SELECT id, amount, dwh_source_place FROM bronze_client1.shop_orders ORDER BY id")
                == ["1,10.50,Orders!A2", "3,,Orders!A4"])
        let listed = try await workspace.must("quarantine", "client1")
        #expect(listed.stdout.contains("record 2, Orders!A3 day: 'soon' is no date"))
        let json = try await workspace.json("quarantine", "client1")
        #expect(json["records"]?.array?.first?["place"] == "Orders!A3")
        let traced = try await workspace.must("trace", "client1", "bronze.shop_orders", "id = 3")
        #expect(traced.stdout.contains("record 3, Orders!A4"))
    }

    @Test func beyondTheLimitTheFileFailsWithThePlace() async throws {
        let workspace = try await TestWorkspace(
            Self.configuration(Self.orders.replacing("{percent: none}", with: "{records: 0}")))
        try await workspace.must("apply", "--yes")
        try drop(
            workspace, "orders_1.xlsx",
            workbook([["id", "day", "amount"], ["x", "2026-01-05", "=1"]]).bytes)
        let output = try await workspace.must("start", "client1", exit: 4)
        #expect(output.everything.contains("first: Orders!A2, column id: 'x' is no integer"))
    }

    @Test func longNumbersAreToldAndLoaded() async throws {
        let workspace = try await TestWorkspace(
            Self.configuration(Self.orders.replacing("id: integer", with: "id: text")))
        try await workspace.must("apply", "--yes")
        try drop(
            workspace, "orders_1.xlsx",
            workbook([["id", "day", "amount"], ["=3171000000000001", "2026-01-05", "=1"]]).bytes)
        let output = try await workspace.must("start", "client1")
        #expect(
            output.everything.contains(
                "1 cell holds a number of 16 digits or more, of which Excel keeps 15: Orders!A2 = 3171000000000001"
            ))
        #expect(try await workspace.rows("SELECT id FROM bronze_client1.shop_orders") == ["3171000000000001"])
    }

    @Test func whatIsNoWorkbookIsRefusedAndNothingOfItIsLoaded() async throws {
        let workspace = try await TestWorkspace(Self.configuration(Self.orders))
        try await workspace.must("apply", "--yes")
        let whole = workbook([["id", "day", "amount"], ["=1", "2026-01-05", "=1"]]).bytes
        try drop(workspace, "orders_cut.xlsx", Array(whole.dropLast(40)))
        try drop(workspace, "orders_csv.xlsx", Array("id,day,amount\n1,2026-01-05,1\n".utf8))
        try drop(workspace, "orders_other.xlsx", WorkbookFile([.init("Order", "")]).bytes)
        let output = try await workspace.run("start", "client1")
        #expect(output.everything.contains("orders_cut.xlsx was refused: unable to"))
        #expect(
            output.everything.contains(
                "orders_csv.xlsx was refused: unable to read orders_csv.xlsx: it is no workbook"))
        #expect(
            output.everything.contains(
                "orders_other.xlsx was refused: unable to read orders_other.xlsx: it has no sheet 'Orders'"))
        #expect(try workspace.names(in: "raw/client1/shop/failed").count == 3)
    }

    // MARK: several tables of a workbook

    private static let both = """
              orders:
                pattern: "book*.xlsx"
                type: xlsx
                delivery: delta
                xlsx: {sheet: Orders}
                columns: {id: integer, amount: "decimal(12,2)"}
              lines:
                pattern: "book*.xlsx"
                type: xlsx
                delivery: delta
                xlsx: {sheet: Orders, range: D1}
                columns: {line: integer, sku: text}
        """

    private static func book(_ first: Int) -> [UInt8] {
        WorkbookFile([
            .init(
                "Orders",
                WorkbookFile.rows([
                    ["id", "amount", nil, "line", "sku"], ["=\(first)", "=1.5", nil, "=1", "A"],
                    [nil, nil, nil, "=2", "B"],
                ]))
        ]).bytes
    }

    private static let ranged = both.replacing("{sheet: Orders}", with: "{sheet: Orders, range: \"A:B\"}")

    @Test func tablesOfAWorkbookAreFilesOfTheirOwn() async throws {
        let workspace = try await TestWorkspace(Self.configuration(Self.ranged))
        try await workspace.must("apply", "--yes")
        try drop(workspace, "book_1.xlsx", Self.book(1))
        try await workspace.must("start", "client1")
        let names = ["book_1-lines_BATCH000001.xlsx", "book_1-orders_BATCH000001.xlsx"]
        #expect(try workspace.names(in: "raw/client1/shop/success") == names)
        #expect(try workspace.names(in: "raw/client1/shop/incoming") == [])
        #expect(
            try await workspace.rows("SELECT id, dwh_source_file FROM bronze_client1.shop_orders") == [
                "1,\(names[1])"
            ])
        #expect(
            try await workspace.rows(
                "SELECT line, sku, dwh_source_place FROM bronze_client1.shop_lines ORDER BY 1")
                == ["1,A,Orders!D2", "2,B,Orders!D3"])
        // The same content again is put aside once.
        try drop(workspace, "book_2.xlsx", Self.book(1))
        let again = try await workspace.run("start", "client1")
        #expect(
            again.everything.contains(
                "the content of book_2.xlsx, table shop.lines, was already loaded in BATCH000001"))
        #expect(try workspace.names(in: "raw/client1/shop/archive") == ["book_2.xlsx"])
        try drop(workspace, "book_3.xlsx", Self.book(7))
        try await workspace.must("start", "client1")
        #expect(
            try await workspace.rows("SELECT id FROM bronze_client1.shop_orders ORDER BY 1") == ["1", "7"])
    }

    @Test func aTableThatCannotBeReadRefusesTheWorkbookOnce() async throws {
        let workspace = try await TestWorkspace(
            Self.configuration(Self.ranged.replacing("range: D1", with: "header_row: 9")))
        try await workspace.must("apply", "--yes")
        try drop(workspace, "book_1.xlsx", Self.book(1))
        let output = try await workspace.run("start", "client1")
        #expect(
            output.everything.contains(
                "book_1.xlsx was refused: unable to read book_1.xlsx: row 9 of the sheet 'Orders', which should hold the header, is empty"
            ))
        #expect(try workspace.names(in: "raw/client1/shop/failed") == ["book_1.xlsx"])
        #expect(try workspace.names(in: "raw/client1/shop/success") == [])
    }

    /// Nobody says any more how to read it; whether it is the file that was claimed, its bytes say.
    @Test func aWorkbookThatIsNotConfiguredAnyMoreIsNoDamage() async throws {
        let workspace = try await TestWorkspace(Self.configuration(Self.ranged))
        try await workspace.must("apply", "--yes")
        try drop(workspace, "book_1.xlsx", Self.book(1))
        try await workspace.must("start", "client1")
        try workspace.write(
            "pulih.yml", try workspace.read("pulih.yml").replacing("      lines:\n", with: "      others:\n"))
        try await workspace.must("apply", "--yes")
        let path = "raw/client1/shop/success/book_1-lines_BATCH000001.xlsx"
        // The same bytes, newer than the batch: they are looked at.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: workspace.path(path)))
        try bytes.write(to: URL(fileURLWithPath: workspace.path(path)))
        try await workspace.must("restart", "client1", "1")
        try (bytes + Data([0])).write(to: URL(fileURLWithPath: workspace.path(path)))
        let edited = try await workspace.must("restart", "client1", "1", exit: 4)
        // Both tables are names of one file.
        #expect(edited.everything.contains("_BATCH000001.xlsx was changed after it was claimed"))
    }

    /// One table came with this content before, the other was not configured then.
    @Test func tablesThatWereLoadedBeforeAreLeftOut() async throws {
        let lines = "      lines:\n"
        let parts = Self.ranged.components(separatedBy: lines)
        let workspace = try await TestWorkspace(Self.configuration(parts[0]))
        try await workspace.must("apply", "--yes")
        try drop(workspace, "book_1.xlsx", Self.book(1))
        try await workspace.must("start", "client1")
        let before = try await workspace.rows("SELECT id, dwh_source_file FROM bronze_client1.shop_orders")
        try workspace.edit("pulih.yml", parts[0], Self.ranged)
        try await workspace.must("apply", "--yes")
        try drop(workspace, "book_2.xlsx", Self.book(1))
        let output = try await workspace.must("start", "client1")
        #expect(
            output.everything.contains(
                "the content of book_2.xlsx, table shop.orders, was already loaded in BATCH000001"),
            "\(output.everything)")
        #expect(
            try await workspace.rows("SELECT line, dwh_batch_id FROM bronze_client1.shop_lines ORDER BY 1")
                == ["1,BATCH000002", "2,BATCH000002"])
        #expect(
            try await workspace.rows("SELECT id, dwh_source_file FROM bronze_client1.shop_orders") == before)
        #expect(try workspace.names(in: "raw/client1/shop/incoming") == [])
    }

    @Test func aWorkbookWaitsAsAWhole() async throws {
        let workspace = try await TestWorkspace(
            Self.configuration(
                Self.ranged.replacing(
                    "delivery: delta\n        xlsx: {sheet: Orders, range: D1}",
                    with: "delivery: full\n        xlsx: {sheet: Orders, range: D1}")))
        try await workspace.must("apply", "--yes")
        try drop(workspace, "book_1.xlsx", Self.book(1))
        try drop(workspace, "book_2.xlsx", Self.book(2))
        let output = try await workspace.must("start", "client1")
        #expect(output.everything.contains("book_2.xlsx waits for the next run"))
        #expect(try workspace.names(in: "raw/client1/shop/incoming") == ["book_2.xlsx"])
        try await workspace.must("start", "client1")
        #expect(
            try await workspace.rows("SELECT id FROM bronze_client1.shop_orders ORDER BY 1") == ["1", "2"])
        #expect(try await workspace.rows("SELECT count(*) FROM bronze_client1.shop_lines_current") == ["2"])
    }

    @Test func aClaimThatWasKilledBetweenTheTablesIsFinished() async throws {
        let workspace = try await TestWorkspace(Self.configuration(Self.ranged))
        try await workspace.must("apply", "--yes")
        try drop(workspace, "book_1.xlsx", Self.book(1))
        _ = try await workspace.run("start", "client1", failpoints: "claim.between_renames=kill")
        #expect(try workspace.names(in: "raw/client1/shop/incoming") == ["book_1.xlsx"])
        #expect(try workspace.names(in: "raw/client1/shop/success").count == 1)
        try await workspace.must("restart", "client1")
        #expect(try workspace.names(in: "raw/client1/shop/incoming") == [])
        #expect(try await workspace.rows("SELECT id FROM bronze_client1.shop_orders") == ["1"])
        #expect(try await workspace.rows("SELECT count(*) FROM bronze_client1.shop_lines") == ["2"])
    }
}
