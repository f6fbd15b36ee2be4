import PulihCatalog
import PulihModel
import PulihSQLite
import Testing

@Suite("SQLite's catalog")
struct SQLiteCatalogTests {
    @Test func aStatusOutsideTheListIsRefused() async throws {
        let bench = try await CatalogBench(.sqlite)
        let catalog = try await bench.open()
        try await catalog.record([stepRecord(.convert)])
        await #expect(throws: SQLiteFailure.self) {
            try await bench.execute("UPDATE step_log SET status = 'DONE'")
        }
    }

    @Test func nonsenseIsRefused() async throws {
        let bench = try await CatalogBench(.sqlite)
        try await bench.open().close()
        for wrong in [
            "INSERT INTO integration_dependencies VALUES ('client1', 'gold.a', 'gold.a')",
            "INSERT INTO job_schedule VALUES ('client1', 'j', '0 2 * * *', 'UTC', 2, NULL, NULL)",
            "INSERT INTO snapshot VALUES ('s', 'client1', NULL, 'p', 1, 'aa', 'DONE', 1, NULL)",
            "INSERT INTO backup VALUES ('b', 't', 'incremental', NULL, 1, 'aa', 'SUCCESS', 1, 2, NULL, '')",
            "INSERT INTO backup VALUES ('b', 't', 'incremental', 'c', 1, 'aa', 'SUCCESS', 1, 2, NULL, '')",
            "INSERT INTO client_control VALUES ('client1', 'jump', 1, 'ann', 'h', 1, '')",
        ] {
            await #expect(throws: SQLiteFailure.self, "\(wrong)") { try await bench.execute(wrong) }
        }
        try await bench.execute(
            "INSERT INTO backup VALUES ('b', 't', 'full', NULL, 1, 'aa', 'SUCCESS', 1, 2, NULL, '')")
    }

    @Test func whatIsNoCatalogIsTold() async throws {
        let bench = try await CatalogBench(.sqlite)
        try await bench.open().close()
        try write(String(repeating: "no database ", count: 1000), to: bench.path)
        for readOnly in [true, false] {
            let error = try await failure(.damaged) { _ = try await bench.open(readOnly: readOnly) }
            #expect(!error.hint.isEmpty)
        }
        try write("", to: bench.path)
        let empty = try await failure(.unreachable) { _ = try await bench.open(readOnly: true) }
        #expect(empty.hint.contains("pulih apply"))
    }

    @Test func aLeaseIsOldOnlyAfterItsExpiry() async throws {
        let catalog = try await CatalogBench(.sqlite).open()
        func claim(_ at: Int64) async throws -> Int {
            try await catalog.claimLease(
                client: client, owner: owner(), doing: "start", at: at, expiry: 60, above: 0,
                isDead: { _ in false }
            ).epoch
        }
        #expect(try await claim(noon) == 1)
        _ = try await failure(.busy) { _ = try await claim(noon + 60) }
        #expect(try await claim(noon + 61) == 2)
    }
}
