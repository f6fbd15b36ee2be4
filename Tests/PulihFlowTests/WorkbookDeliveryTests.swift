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
}
