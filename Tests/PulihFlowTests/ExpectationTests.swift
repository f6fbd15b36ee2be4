import Foundation
import PulihModel
import PulihTesting
import Testing

/// Files that somebody waits for.
@Suite(.timeLimit(.minutes(10))) struct ExpectationTests {
    private func shop(_ entries: [String: String]) async throws -> TestWorkspace {
        try await Shop.make(configuration: Noon.configuration(entries), models: [:])
    }

    private let late = "shop.orders (orders*.csv), expected by "

    @Test(.everyPlace) func whatIsMissingIsNamedAndNothingIsClaimed() async throws {
        let shop = try await shop([
            "orders": "expected: {by: \"06:00\"}", "prices": "expected: {by: \"20:00\"}",
        ])
        try shop.drop("customers.csv", Shop.customers)
        let refused = try await shop.must("start", "client1", "--require-files", exit: 4)
        #expect(refused.stderr.contains("2 expected files of client1 are missing: \(late)"))
        #expect(refused.stderr.contains("06:00 \(Noon.zone); shop.prices (prices*.csv), expected by "))
        #expect(refused.stderr.contains("nothing was claimed"))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == ["customers.csv"])
        #expect(try await shop.json("batches") == [])

        // Without the flag they are findings, and what is there is taken.
        let taken = try await shop.must("start", "client1")
        #expect(taken.stdout.contains("! \(late)"))
        #expect(taken.stdout.contains("is late"))
        #expect(taken.stdout.contains("has not come yet"))
        #expect(try await shop.json("batches").array?.count == 1)
        // Each run says it, the audit has it once.
        try await shop.must("start", "client1")
        let audit = try shop.files(below: "audit").map { try shop.read($0) }.joined()
        #expect(audit.components(separatedBy: "\(late)").count == 2)
    }

    @Test(.everyPlace) func statusTellsWhatIsLate() async throws {
        let shop = try await shop([
            "orders": "expected: {by: \"06:00\"}", "prices": "expected: {by: \"20:00\"}",
        ])
        let status = try await shop.must("status")
        #expect(status.stdout.contains("  late: \(late)"))
        #expect(status.stdout.contains("never delivered yet"))
        #expect(!status.stdout.contains("shop.prices"))
        let json = try await shop.json("status").array?.first?["late"]?.array
        #expect(json?.map { $0["file"]?.string } == ["shop.orders"])
        #expect((json?.first?["late_seconds"]?.int ?? 0) > 5 * 3600)

        // It lies there: no more late. It is taken: neither.
        try shop.drop("orders.csv", Shop.orders)
        #expect(try await shop.json("status").array?.first?["late"] == [])
        let ran = try await shop.must("start", "client1", "--require-files", exit: 4)
        #expect(ran.stderr.contains("shop.prices"))
        #expect(!ran.stderr.contains("shop.orders"))
        try shop.drop("prices.csv", Shop.prices)
        try await shop.must("start", "client1", "--require-files")
        #expect(try await shop.json("status").array?.first?["late"] == [])
        // Both came today: a second run has nothing to wait for.
        try await shop.must("start", "client1", "--require-files")
    }

    /// Both stand in the catalog, and `apply` shows their change; a run takes them over by itself.
    @Test(.everyPlace) func aChangeNeedsNoApplyAndIsShown() async throws {
        let shop = try await shop(["orders": "expected: {by: \"06:00\"}"])
        try shop.edit("pulih.yml", "by: \"06:00\"", "by: \"20:00\"")
        let shown = try await shop.must("apply", "--check", exit: 3)
        #expect(
            shown.everything.contains(
                "~ client_config client1 shop orders: expected.by \"06:00\" -> \"20:00\""))
        let ran = try await shop.must("start", "client1")
        #expect(ran.everything.contains("took over changes: client_config client1 shop orders"))
        #expect(ran.stdout.contains("has not come yet"))
        try await shop.must("apply", "--check")
        // What decides how a file is read is waited for as ever.
        try shop.edit("pulih.yml", "by: \"20:00\"", "by: \"06:00\"")
        try shop.edit("pulih.yml", "records: 2, percent", "records: 3, percent")
        try await shop.must("start", "client1", exit: 3)
    }

    @Test func aGroupIsTakenTogether() async throws {
        let entry = "expected: {by: \"20:00\", together: day}"
        let shop = try await shop(["orders": entry, "prices": entry])
        try shop.drop("customers.csv", Shop.customers)
        try shop.drop("orders.csv", Shop.orders)
        let first = try await shop.must("start", "client1")
        #expect(
            first.stdout.contains(
                "orders.csv waits: the group day is taken together, and shop.prices (prices*.csv) is not there"
            ))
        #expect(try shop.names(in: "raw/client1/shop/incoming") == ["orders.csv"])
        try shop.drop("prices.csv", Shop.prices)
        try await shop.must("start", "client1")
        #expect(try shop.names(in: "raw/client1/shop/incoming") == [])
        #expect(try await shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["3"])
    }

    /// Yesterday's file again is no delivery.
    @Test func aDuplicateThatIsSkippedDoesNotCount() async throws {
        let shop = try await shop([
            "orders":
                "expected: {by: \"06:00\", days: [\(Weekday.allCases.map(\.rawValue).joined(separator: ", "))]}"
        ])
        try shop.drop("prices.csv", Shop.prices)
        try await shop.must("start", "client1")
        try shop.drop("prices_2.csv", Shop.prices)
        let refused = try await shop.must("start", "client1", "--require-files", exit: 4)
        #expect(refused.stderr.contains("already loaded in BATCH000001"))
        #expect(refused.stderr.contains(late))
    }
}
