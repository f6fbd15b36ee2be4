import PulihModel
import Testing

@Suite("Catalog: requests, blocks, recoveries")
struct CatalogRecoveryTests {
    @Test(arguments: CatalogAdapter.allCases)
    func whatIsAskedOfAClientStandsUntilItIsCleared(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let catalog = try await bench.openWithClient()
        #expect(try await catalog.control(client: client) == nil)
        var control = ClientControl(
            client: client, request: .stop, epoch: 3, by: "ann", hostName: "h", at: noon, reason: "late")
        try await catalog.record(control)
        #expect(try await catalog.control(client: client) == control)
        control.request = .pause
        try await catalog.record(control)
        #expect(try await catalog.control(client: client) == control)
        try await catalog.clearControl(client: client)
        try await catalog.clearControl(client: client)
        #expect(try await catalog.control(client: client) == nil)
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aLiftedBlockIsNoLongerOpen(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let catalog = try await bench.openWithClient()
        var block = ClientBlock(
            id: "a", client: client, batch: BatchID(number: 7), object: "x.parquet", finding: "cut",
            foundAt: noon)
        let later = ClientBlock(id: "b", client: client, object: "y", finding: "gone", foundAt: noon + 1)
        try await catalog.record(later)
        try await catalog.record(block)
        #expect(try await catalog.blocks(client: client, openOnly: true) == [block, later])
        block.resolvedAt = noon + 5
        block.resolvedBy = "ann"
        block.reason = "put back"
        try await catalog.record(block)
        #expect(try await catalog.blocks(client: client, openOnly: true) == [later])
        #expect(try await catalog.blocks(client: nil, openOnly: false) == [block, later])
        #expect(try await catalog.blocks(client: "other", openOnly: false) == [])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func recoveriesAreReadNewestFirst(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let catalog = try await bench.openWithClient()
        func recovery(_ id: String, _ at: Int64, client: String?) -> RecoveryRecord {
            RecoveryRecord(
                id: id, client: client, batch: BatchID(number: 1), what: "restart",
                cause: "the process is gone", from: .interrupted, to: .success, seconds: 1.5,
                rowsChecked: 30, duplicates: 0, isConsistent: true, outcome: .success, startedAt: at,
                endedAt: at + 9, message: "")
        }
        let (old, new) = (recovery("a", noon, client: client), recovery("b", noon + 1, client: nil))
        for one in [old, new, old] { try await catalog.record(one) }
        #expect(try await catalog.recoveries(client: nil, limit: 10) == [new, old])
        #expect(try await catalog.recoveries(client: nil, limit: 1) == [new])
        #expect(try await catalog.recoveries(client: client, limit: 10) == [old])
    }

    /// Format 1 had a `recovery_log` of another shape, which nothing wrote.
    @Test(arguments: CatalogAdapter.allCases)
    func aCatalogOfFormat1IsBroughtUpToDate(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let before = try await bench.openWithClient()
        try await before.recordClaim(batchRecord(1), files: [fileRecord(1)])
        try await before.close()
        let added = [
            "client_config": ["expected", "control"],
            "file_audit_log": [
                "control_file", "control_sha256", "raw_purged_at", "parquet_purged_at",
                "quarantine_purged_at",
            ],
        ]
        for statement in [
            "DROP TABLE client_control", "DROP TABLE client_block", "DROP TABLE recovery_log",
            "CREATE TABLE recovery_log (source_kind text)", "DELETE FROM schema_version WHERE version > 1",
        ] + added.flatMap({ table, columns in columns.map { "ALTER TABLE \(table) DROP COLUMN \($0)" } }) {
            try await bench.execute(statement)
        }
        _ = try await failure(.unreachable) { _ = try await bench.open(readOnly: true) }
        let catalog = try await bench.open()
        #expect(try await catalog.recoveries(client: nil, limit: 1) == [])
        #expect(try await catalog.control(client: client) == nil)
        #expect(
            try await bench.rows("SELECT version FROM schema_version ORDER BY 1") == [["1"], ["2"], ["3"]])
        var file = fileRecord(1)
        file.marks = FileMarks()
        #expect(try await catalog.files(client: client, batch: BatchID(1)) == [file])
        #expect(try await catalog.configurationRows() == [reference()])
    }
}
