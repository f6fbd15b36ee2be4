import Foundation
import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// The example in both forms: the procedures make the same silver and gold as the models, over two deliveries.
@Suite struct RetailProceduresTests {
    private static let tables = [
        "silver_client1.crm_cust_info", "silver_client1.crm_prd_info", "silver_client1.crm_sales_details",
        "silver_client1.erp_cust_az12", "silver_client1.erp_loc_a101", "silver_client1.erp_px_cat_g1v2",
        "gold_client1.dim_customers", "gold_client1.dim_products", "gold_client1.fact_sales",
        "gold_client1.sales_lines", "gold_client1.customer_lifetime_value", "gold_client1.customer_order_gap",
        "gold_client1.customer_churn",
    ]

    @Test func bothFormsOfTheExampleGiveTheSame() async throws {
        let parent = try await TestWorkspace("pulih: 1\n")
        let url = try await PostgresServer.shared.makeDatabase()
        try await parent.must("init", "models", "--example", "retail")
        try await parent.must(
            "init", "procedures", "--example", "retail-procedures", "--catalog", url, "--warehouse", url)
        for changed in [false, true] {
            for workspace in ["models", "procedures"] {
                try await deliver(to: parent.path(workspace), changed: changed)
                try await pulih(parent, workspace, "apply", "--yes")
                try await pulih(parent, workspace, "start", "client1")
            }
            for table in Self.tables {
                let models = try await rows(parent, "models", table)
                #expect(try await rows(parent, "procedures", table) == models, "\(table)")
                #expect(!models.isEmpty, "\(table)")
            }
        }
        // Once more: nothing is written where nothing differs.
        let before = try await place(url)
        try await pulih(parent, "procedures", "reprocess", "client1")
        #expect(try await place(url) == before)
    }

    private func deliver(to workspace: String, changed: Bool) async throws {
        var folder = PulihProgram.path
        while !FileManager.default.fileExists(atPath: folder + "/examples/retail/generate.py") {
            guard let slash = folder.lastIndex(of: "/"), folder != "/" else {
                throw TestFailure("examples/retail/generate.py is not there")
            }
            folder = String(folder[..<slash])
        }
        let outcome = try await ChildProcess.run(
            "python3",
            [
                folder + "/examples/retail/generate.py", "--deliver", workspace + "/raw/client1",
                "--customers", "2000",
                "--sales", "6000",
            ] + (changed ? ["--changed"] : []), folder: workspace, timeLimit: .seconds(60))
        guard outcome.isSuccess else { throw TestFailure("generate.py: \(outcome.errorText)") }
    }

    @discardableResult
    private func pulih(_ parent: TestWorkspace, _ workspace: String, _ words: String...) async throws
        -> String
    {
        let output = try await PulihProgram.run(words, folder: parent.path(workspace))
        guard output.exit == 0 else {
            throw TestFailure("\(workspace): pulih \(words.joined(separator: " ")): \(output.everything)")
        }
        return output.stdout
    }

    private func rows(_ parent: TestWorkspace, _ workspace: String, _ table: String) async throws -> [String]
    {
        try await pulih(parent, workspace, "query", "--csv", "SELECT * FROM \(table)")
            .split(separator: "\n").map(String.init).sorted()
    }

    /// Where the rows of the facts lie: another place for every row that was written again.
    private func place(_ url: String) async throws -> String {
        try await PostgresServer.shared.get().sql(
            "SELECT md5(string_agg(ctid::text || xmin::text, ',' ORDER BY ctid)) FROM gold_client1.fact_sales",
            database: String(url.split(separator: "/").last!))
    }
}
