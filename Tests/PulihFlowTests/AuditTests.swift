import PulihModel
import PulihTesting
import Testing

/// The catalog's copy of the audit is brought up to what stands in the files, whichever month's.
@Suite struct AuditTests {
    @Test(arguments: [
        "timestamp >= (SELECT max(timestamp) FROM tools.etl_audit_log)", "timestamp IS NOT NULL",
    ]) func whatTheCatalogLacksComesFromTheFilesOfAllMonths(_ lost: String) async throws {
        try await Place.$current.withValue(.postgresql) {
            let shop = try await Shop.loaded()
            let file = try #require(try shop.files(below: "audit").first)
            try shop.move(file, to: "audit/audit-2020-02.ndjson")
            try await shop.sql("DELETE FROM tools.etl_audit_log WHERE \(lost)")
            try shop.dropNext()
            try await shop.must("start", "client1")
            let written = try shop.files(below: "audit").flatMap { file in
                try shop.read(file).split(separator: "\n").map { try JSONValue.parse(Array($0.utf8)) }
            }.compactMap { $0["id"]?.string }
            let held = try await shop.sql("SELECT event_id FROM tools.etl_audit_log")
                .split(separator: "\n").map(String.init)
            #expect(try shop.files(below: "audit").count == 2)
            #expect(held.sorted() == written.sorted())
        }
    }
}
