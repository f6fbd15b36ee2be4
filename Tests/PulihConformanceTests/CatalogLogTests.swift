import PulihModel
import Testing

@Suite("Logs in every catalog")
struct CatalogLogTests {
    @Test(arguments: CatalogAdapter.allCases)
    func findingsFillTheLogsOfTheirStage(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let catalog = try await bench.openWithBatch()
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
        let head: [String?] = ["client1", "BATCH000001", thing, "1"]
        #expect(
            try await bench.rows("SELECT * FROM mapping_validation_log") == [
                head + [
                    "FAILED", #"["cst_gndr"]"#, #"["cst_gendr"]"#, #"["cst_gndr"]"#, #"["cst_gendr"]"#,
                    #"[{"from":"cst_gndr","to":"cst_gendr"}]"#,
                ]
            ])
        #expect(
            try await bench.rows("SELECT * FROM row_validation_log") == [
                head + ["1", "unique(cst_id)", "warn", "3", "29466 three times"]
            ])
        #expect(
            try await bench.rows(
                "SELECT stage, thing, error_code, error_message, left_behind FROM load_error_log")
                == [["load_bronze", thing, "sql", "boom", "nothing"]])
        #expect(
            try await bench.rows("SELECT model_name, duration_sec FROM transformation_log") == [
                ["silver.t", "0.5"]
            ])
        #expect(try await bench.rows("SELECT model_name FROM integration_log") == [["gold.t"]])
        #expect(try await bench.rows("SELECT model_name FROM mv_refresh_log") == [["gold.v"]])
        #expect(try await bench.rows("SELECT count(*) FROM job_execution_log") == [["7"]])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func oldVersionsOfASchemaStay(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
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
            try await bench.rows("SELECT version, columns FROM schema_registry ORDER BY version")
                == [["1", "[1]"], ["2", "[2]"], ["3", nil]])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func tablesOfLaterFeaturesStandEmpty(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        try await bench.open().close()
        for table in [
            "integration_dependencies", "job_schedule", "connector_checkpoint", "snapshot", "backup",
        ] {
            #expect(try await bench.rows("SELECT count(*) FROM \(SQLText.identifier(table))") == [["0"]])
        }
    }

    @Test(arguments: CatalogAdapter.allCases)
    func readersReadWhileAnotherWrites(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let writer = try await bench.openWithClient()
        let reader = try await bench.open(readOnly: true)
        for number in 1...20 {
            try await writer.recordClaim(batchRecord(number), files: [fileRecord(number)])
            #expect(try await reader.lastBatchNumber(client: client) == number)
        }
        let error = try await failure(adapter == .sqlite ? .storage : .refused) {
            try await reader.updateFiles([fileRecord(1)])
        }
        #expect(error.leftBehind == "nothing of this change was written")
    }

    @Test(arguments: CatalogAdapter.allCases)
    func processesThatMakeItTogetherMakeItOnce(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...4 { group.addTask { try await bench.open().close() } }
            try await group.waitForAll()
        }
        #expect(
            try await bench.rows("SELECT version FROM schema_version ORDER BY 1") == [["1"], ["2"], ["3"]])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aNewerCatalogIsRefused(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        try await bench.open().close()
        let time = adapter == .sqlite ? "0" : "now()"
        try await bench.execute("INSERT INTO schema_version VALUES (99, \(time))")
        for readOnly in [true, false] {
            let error = try await failure(.refused) { _ = try await bench.open(readOnly: readOnly) }
            #expect(error.summary.hasSuffix("was written by a newer Pulih (format 99, this one knows 3)"))
            #expect(error.hint == "install the newer Pulih")
        }
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aMissingCatalogIsTold(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let missing = try await failure(.unreachable) { _ = try await bench.open(readOnly: true) }
        #expect(missing.hint.contains("pulih apply"))
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aClosedCatalogSaysSo(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).open()
        try await catalog.close()
        _ = try await failure(.bug) { _ = try await catalog.configurationRows() }
    }

    /// What a message quotes from a file may be anything.
    @Test(arguments: CatalogAdapter.allCases)
    func anyMessageCanBeWritten(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithBatch()
        let text = "line\n'quoted' \"\u{1}\u{FFFD}😀\\ \0 end"
        var step = stepRecord(.convert, details: ["value": .string(text)])
        step.reason = text
        try await catalog.record([step])
        let found = try #require(try await catalog.steps(client: client, batch: BatchID(1)).first)
        #expect(found.details == step.details)
        #expect(found.reason == (adapter == .sqlite ? text : text.replacing("\0", with: "\u{2400}")))
    }
}
