import PulihCatalog
import PulihModel
import PulihSQLite
import Testing

@Suite("SQLite's catalog")
struct SQLiteCatalogTests {
    /// Rows of a query, straight from the file.
    private func rows(_ bench: CatalogBench, _ sql: String) async throws -> [[SQLiteValue]] {
        let database = try await SQLiteDatabase(path: bench.path, readOnly: true)
        let rows = try await database.run { try $0.query(sql).map(\.values) }
        try await database.close()
        return rows
    }

    @Test func findingsFillTheLogsOfTheirStage() async throws {
        let bench = try CatalogBench(.sqlite)
        let catalog = try await bench.open()
        let thing = "crm.cust_info/x.csv"
        let error = StepError(code: "sql", summary: "boom", object: "o", leftBehind: "nothing", hint: "h")
        for _ in 1...2 {
            try await catalog.record([
                stepRecord(
                    .validateMapping, status: .failed,
                    details: [
                        "missing": ["cst_gndr"], "extra": ["cst_gendr"], "expected": ["cst_gndr"],
                        "received": ["cst_gendr"], "renamed": [["from": "cst_gndr", "to": "cst_gendr"]],
                    ]),
                stepRecord(
                    .validateRow, status: .warning,
                    details: [
                        "findings": [
                            [
                                "rule": "unique(cst_id)", "severity": "warn", "records": 3,
                                "message": "29466 three times",
                            ]
                        ]
                    ]),
                stepRecord(.loadBronze, status: .failed, error: error),
                stepRecord(.convert, status: .running),
                stepRecord(.transform, "silver.t"), stepRecord(.integrate, "gold.t"),
                stepRecord(.refreshMV, "gold.v"),
            ])
        }
        let head: [SQLiteValue] = ["client1", "BATCH000001", .text(thing), 1]
        #expect(
            try await rows(bench, "SELECT * FROM mapping_validation_log") == [
                head + [
                    "FAILED", #"["cst_gndr"]"#, #"["cst_gendr"]"#, #"["cst_gndr"]"#, #"["cst_gendr"]"#,
                    #"[{"from":"cst_gndr","to":"cst_gendr"}]"#,
                ]
            ])
        #expect(
            try await rows(bench, "SELECT * FROM row_validation_log") == [
                head + [1, "unique(cst_id)", "warn", 3, "29466 three times"]
            ])
        #expect(
            try await rows(
                bench, "SELECT stage, thing, error_code, error_message, left_behind FROM load_error_log")
                == [["load_bronze", .text(thing), "sql", "boom", "nothing"]])
        #expect(
            try await rows(bench, "SELECT model_name, duration_sec FROM transformation_log") == [
                ["silver.t", 0.5]
            ])
        #expect(try await rows(bench, "SELECT model_name FROM integration_log") == [["gold.t"]])
        #expect(try await rows(bench, "SELECT model_name FROM mv_refresh_log") == [["gold.v"]])
        #expect(try await rows(bench, "SELECT count(*) FROM job_execution_log") == [[7]])
    }

    @Test func oldVersionsOfASchemaStay() async throws {
        let bench = try CatalogBench(.sqlite)
        let catalog = try await bench.open()
        func row(_ columns: String) -> ConfigurationRow {
            ConfigurationRow(
                table: "schema_registry",
                key: [
                    .init("client_schema", .text(client)), .init("source_system", .text("crm")),
                    .init("logical_source_file", .text("f")),
                ], values: [.init("columns", .text(columns))])
        }
        try await catalog.apply([.add(row("[1]"))], at: 10)
        try await catalog.apply([.change(from: row("[1]"), to: row("[2]"))], at: 20)
        try await catalog.apply([.remove(row("[2]"))], at: 30)
        #expect(
            try await rows(
                bench, "SELECT version, columns, registered_at FROM schema_registry ORDER BY version")
                == [[1, "[1]", 10], [2, "[2]", 20], [3, .null, 30]])
    }

    @Test func aStatusOutsideTheListIsRefused() async throws {
        let bench = try CatalogBench(.sqlite)
        let catalog = try await bench.open()
        try await catalog.record([stepRecord(.convert)])
        let database = try await SQLiteDatabase(path: bench.path)
        await #expect(throws: SQLiteFailure.self) {
            try await database.run { try $0.execute("UPDATE step_log SET status = 'DONE'") }
        }
    }

    @Test func tablesOfLaterFeaturesStandEmptyAndGuarded() async throws {
        let bench = try CatalogBench(.sqlite)
        try await bench.open().close()
        let later = [
            "integration_dependencies", "job_schedule", "connector_checkpoint", "snapshot", "backup",
            "recovery_log",
        ]
        for table in later {
            #expect(try await rows(bench, "SELECT count(*) FROM \(SQLText.identifier(table))") == [[0]])
        }
        let database = try await SQLiteDatabase(path: bench.path)
        for wrong in [
            "INSERT INTO integration_dependencies VALUES ('client1', 'gold.a', 'gold.a')",
            "INSERT INTO job_schedule VALUES ('client1', 'j', '0 2 * * *', 'UTC', 2, NULL, NULL)",
            "INSERT INTO snapshot VALUES ('s', 'client1', NULL, 'p', 1, 'aa', 'DONE', 1, NULL)",
            "INSERT INTO backup VALUES ('b', 't', 'incremental', NULL, 1, 'aa', 'SUCCESS', 1, 2, NULL, '')",
            "INSERT INTO recovery_log VALUES ('r', NULL, 'luck', 's', NULL, 'SUCCESS', 1, 2, '')",
        ] {
            await #expect(throws: SQLiteFailure.self, "\(wrong)") {
                try await database.run { try $0.execute(wrong) }
            }
        }
        try await database.run {
            try $0.execute(
                "INSERT INTO backup VALUES ('b', 't', 'full', NULL, 1, 'aa', 'SUCCESS', 1, 2, NULL, '')")
        }
        try await database.close()
    }

    @Test func readersReadWhileAnotherWrites() async throws {
        let bench = try CatalogBench(.sqlite)
        let writer = try await bench.openWithClient()
        let reader = try await bench.open(readOnly: true)
        for number in 1...20 {
            try await writer.recordClaim(batchRecord(number), files: [fileRecord(number)])
            #expect(try await reader.lastBatchNumber(client: client) == number)
        }
        let error = try await failure(.storage) { try await reader.updateFiles([fileRecord(1)]) }
        #expect(error.leftBehind == "nothing of this change was written")
    }

    @Test func whatIsNoCatalogIsTold() async throws {
        let bench = try CatalogBench(.sqlite)
        let missing = try await failure(.unreachable) { _ = try await bench.open(readOnly: true) }
        #expect(missing.hint.contains("pulih apply"))
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

    @Test func aNewerCatalogIsRefused() async throws {
        let bench = try CatalogBench(.sqlite)
        try await bench.open().close()
        let database = try await SQLiteDatabase(path: bench.path)
        try await database.run { try $0.execute("INSERT INTO schema_version VALUES (99, 0)") }
        try await database.close()
        for readOnly in [true, false] {
            let error = try await failure(.refused) { _ = try await bench.open(readOnly: readOnly) }
            #expect(error.summary.hasSuffix("was written by a newer Pulih (format 99, this one knows 1)"))
        }
    }

    @Test func processesThatMakeItTogetherMakeItOnce() async throws {
        let bench = try CatalogBench(.sqlite)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...4 { group.addTask { try await bench.open().close() } }
            try await group.waitForAll()
        }
        #expect(try await rows(bench, "SELECT version FROM schema_version") == [[1]])
    }

    @Test func aClosedCatalogSaysSo() async throws {
        let catalog = try await CatalogBench(.sqlite).open()
        try await catalog.close()
        _ = try await failure(.bug) { _ = try await catalog.configurationRows() }
    }
}
