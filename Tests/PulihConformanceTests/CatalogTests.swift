import PulihCatalog
import PulihModel
import Testing

@Suite("Configuration in every catalog")
struct CatalogConfigurationTests {
    private static let file: [ConfigurationField] = [
        .init("client_schema", .text(client)), .init("source_system", .text("crm")),
        .init("logical_source_file", .text("cust_info")),
    ]

    private static func registry(_ columns: String) -> ConfigurationRow {
        ConfigurationRow(table: "schema_registry", key: file, values: [.init("columns", .text(columns))])
    }

    private static let config = ConfigurationRow(
        table: "client_config", key: file,
        values: [
            "source_type", "file_pattern", "delivery", "per_batch", "target_schema", "target_table",
            "dialect",
            "drift", "duplicates", "empty_files", "limits", "skip_rules", "expected", "control",
        ].map { .init($0, .text(configured[$0] ?? "x")) })
    /// JSON comes back as it went, blanks, order and doubles included.
    private static let configured = [
        "delivery": #""full""#, "per_batch": "one",
        "dialect": #"{"b": 1.0,"aa":[1e3, null],"b":"\u00e4\u0000"}"#,
        "limits": "{}", "skip_rules": "[ ]", "expected": "null", "control": #"{"file":"{stem}.ctl"}"#,
    ]

    private static func required(_ column: String) -> ConfigurationRow {
        ConfigurationRow(
            table: "required_columns", key: file + [.init("column_name", .text(column))], values: [])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func rowsComeBackAsTheyWereApplied(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).open()
        let rows = [
            reference(), Self.config, Self.required("cst'id"), Self.required("cst_key"),
            Self.registry("[1]"),
            ConfigurationRow(
                table: "run_hooks", key: [.init("hook", .text("on_start"))],
                values: [.init("statements", .text("[]"))]),
        ]
        try await catalog.apply(rows.map { .add($0) }, at: noon)
        #expect(try await catalog.configurationRows() == rows)
        try await catalog.apply(
            [
                .change(from: reference(), to: reference(severity: "warn")), .remove(rows[2]),
                .change(from: Self.registry("[1]"), to: Self.registry("[2]")), .remove(rows[5]),
            ], at: noon)
        #expect(
            try await catalog.configurationRows() == [
                reference(severity: "warn"), Self.config, rows[3], Self.registry("[2]"),
            ])
        try await catalog.apply([.remove(Self.registry("[2]"))], at: noon)
        #expect(try await catalog.configurationRows().count == 3)
        try await catalog.apply([.add(Self.registry("[3]"))], at: noon)
        #expect(try await catalog.configurationRows().last == Self.registry("[3]"))
    }

    /// Models, procedures and what these need of each other.
    @Test(arguments: CatalogAdapter.allCases)
    func aConfigurationIsWholeOnceApplied(_ adapter: CatalogAdapter) async throws {
        let at = SourceLine(file: "pulih.yml", line: 1)
        let dimension = ProcedureName("tools", "load_dim")
        var configuration = Configuration(
            catalog: .sqlite(path: "c"), warehouse: .duckdb(folder: "w"), settings: .standard(cores: 1),
            clients: [Client(name: client, id: 1, sources: [], severity: .fail)], sources: [],
            models: [
                Model(table: LayerTable(.silver, "a"), materialization: .table, sql: "SELECT 1", at: at)
            ],
            procedures: [
                Procedure(name: ProcedureName("tools", "load_a"), stage: .transform, at: at),
                Procedure(name: dimension, stage: .integrate, kind: .dimension, at: at),
                Procedure(
                    name: ProcedureName("tools", "load_fact"), stage: .integrate, kind: .fact,
                    needs: [dimension], at: at),
                Procedure(name: ProcedureName("tools", "refresh"), stage: .refreshMV, at: at),
            ], hooks: RunHooks(onStart: ["SELECT 1"]))
        let catalog = try await CatalogBench(adapter).open()
        for rows in [8, 6] {
            let changes = ConfigurationDifference.between(
                applied: try await catalog.configurationRows(), wanted: configuration.rows())
            try await catalog.apply(changes, at: noon)
            let applied = try await catalog.configurationRows()
            #expect(applied.count == rows)
            #expect(ConfigurationDifference.between(applied: applied, wanted: configuration.rows()) == [])
            configuration.procedures.removeAll { $0.stage == .integrate && $0.kind == .dimension }
        }
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aDifferenceThatIsOutOfDateAppliesNothing(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithClient()
        let error = try await failure(.refused) {
            try await catalog.apply(
                [
                    .add(Self.required("x")),
                    .change(from: reference(severity: "quarantine"), to: reference(severity: "warn")),
                ], at: noon)
        }
        #expect(error.summary == "client_reference client1 was changed by somebody else meanwhile")
        #expect(try await catalog.configurationRows() == [reference()])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aRowThatFitsNoTableIsABug(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).open()
        let unknown = ConfigurationRow(table: "x\"; DROP TABLE batch", key: [], values: [])
        _ = try await failure(.bug) { try await catalog.apply([.add(unknown)], at: noon) }
        let incomplete = ConfigurationRow(table: "run_hooks", key: [.init("hook", .text("x"))], values: [])
        _ = try await failure(.bug) { try await catalog.apply([.add(incomplete)], at: noon) }
    }

    @Test(arguments: CatalogAdapter.allCases)
    func batchIDsOutliveTheClient(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithClient()
        try await catalog.recordClaim(batchRecord(14), files: [])
        try await catalog.apply([.remove(reference())], at: noon)
        #expect(try await catalog.configurationRows().isEmpty)
        #expect(try await catalog.lastBatchNumber(client: client) == 14)
        try await catalog.apply([.add(reference())], at: noon)
        #expect(try await catalog.configurationRows() == [reference()])
        #expect(try await catalog.lastBatchNumber(client: client) == 14)
        #expect(try await catalog.lastBatchNumber(client: "other") == 0)
    }
}

@Suite("Batches and files in every catalog")
struct CatalogBatchTests {
    @Test(arguments: CatalogAdapter.allCases)
    func aClaimIsThereWholly(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithClient()
        let files = [fileRecord(3), fileRecord(3, "prd_info", position: 2)]
        try await catalog.recordClaim(batchRecord(3), files: files.reversed())
        #expect(try await catalog.batch(client: client, BatchID(3)) == batchRecord(3))
        #expect(try await catalog.files(client: client, batch: BatchID(3)) == files)
        #expect(try await catalog.lastBatchNumber(client: client) == 3)

        // The same claim again: its answer was lost.
        try await catalog.recordClaim(batchRecord(3), files: files)
        var another = batchRecord(3)
        another.batchTime += 1
        _ = try await failure(.bug) { [another] in
            try await catalog.recordClaim(another, files: [fileRecord(3, "new")])
        }
        #expect(try await catalog.files(client: client, batch: BatchID(3)) == files)
        let unknown = try await failure(.configuration) {
            try await catalog.recordClaim(batchRecord(1, client: "client9"), files: [])
        }
        #expect(unknown.summary == "client9 is not in the catalog")
        #expect(try await catalog.batches(client: "client9", limit: 9).isEmpty)
    }

    @Test(arguments: CatalogAdapter.allCases)
    func batchesAndFilesChange(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithClient()
        try await catalog.apply([.add(reference("client2"))], at: noon)
        for number in [1, 2, 1_000_000] {
            try await catalog.recordClaim(batchRecord(number), files: [fileRecord(number)])
        }
        try await catalog.recordClaim(batchRecord(5, client: "client2"), files: [])
        var changed = batchRecord(2, status: .warning)
        changed.endedAt = noon + 9
        changed.mode = .restart
        changed.attempt = 2
        changed.message = "1 file with quarantined records"
        try await catalog.updateBatch(changed)
        #expect(
            try await catalog.batches(client: client, limit: 2) == [batchRecord(1_000_000), changed])
        #expect(
            try await catalog.batches(client: nil, limit: 9).map(\.batch.number) == [1_000_000, 5, 2, 1])
        _ = try await failure(.bug) { try await catalog.updateBatch(batchRecord(77)) }

        var file = fileRecord(1)
        (file.sha256, file.loaded, file.convertStatus, file.loadStatus) = ("bb", nil, .failed, .skipped)
        try await catalog.updateFiles([file])
        #expect(try await catalog.files(client: client, batch: BatchID(1)) == [file])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func whatWasLoadedBeforeIsFound(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithClient()
        let key = FileKey(source: "crm", name: "cust_info")
        #expect(try await catalog.lastGoodRecords(client: client, key: key, before: BatchID(9)) == nil)
        #expect(try await catalog.lastLoaded(client: client, key: key) == nil)
        let files = [
            [fileRecord(1, records: 5)],
            [fileRecord(2, records: 7), fileRecord(2, position: 2, records: 4, load: .warning)],
            [fileRecord(3, records: 9, load: .failed), fileRecord(3, "prd_info", position: 2, records: 8)],
            [fileRecord(4, sha256: "cc", records: 1)],
        ]
        for (number, files) in zip(1..., files) {
            try await catalog.recordClaim(batchRecord(number), files: files)
        }
        #expect(try await catalog.lastGoodRecords(client: client, key: key, before: BatchID(4)) == 11)
        #expect(try await catalog.lastGoodRecords(client: client, key: key, before: BatchID(2)) == 5)
        #expect(try await catalog.lastGoodRecords(client: client, key: key, before: BatchID(1)) == nil)
        #expect(try await catalog.lastLoaded(client: client, key: key) == files[3][0])
        #expect(
            try await catalog.loadedFiles(client: client, sha256: "aa")
                == [files[2][1], files[1][1], files[1][0], files[0][0]])
        #expect(try await catalog.loadedFiles(client: client, sha256: "zz").isEmpty)
    }
}

@Suite("Journal and audit in every catalog")
struct CatalogJournalTests {
    @Test(arguments: CatalogAdapter.allCases)
    func attemptsComeInTheOrderInWhichTheyBegan(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithBatch()
        let convert = stepRecord(.convert, status: .running)
        let load = stepRecord(
            .loadBronze, status: .failed,
            error: StepError(code: "data", summary: "s", object: "o", leftBehind: "l", hint: "h"),
            details: ["list": ["a", .null], "read": 3])
        let second = stepRecord(.convert, attempt: 2, status: .interrupted)
        try await catalog.record([convert])
        try await catalog.record([load])
        try await catalog.record([second])
        let ended = stepRecord(.convert, details: ["converted": 3])
        try await catalog.record([ended])
        #expect(try await catalog.steps(client: client, batch: BatchID(1)) == [ended, load, second])
        #expect(try await catalog.steps(client: client, batch: BatchID(2)).isEmpty)
    }

    @Test(arguments: CatalogAdapter.allCases)
    func manyWritersAtOnceLoseNothing(_ adapter: CatalogAdapter) async throws {
        let bench = try await CatalogBench(adapter)
        let catalog = try await bench.openWithBatch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...200 {
                group.addTask { try await catalog.record([stepRecord(.loadBronze, "f\(number)")]) }
                // One that is refused must not take its neighbours along.
                group.addTask {
                    _ = try await failure(.bug) { try await catalog.updateBatch(batchRecord(1_000 + number)) }
                }
            }
            try await group.waitForAll()
        }
        let reader = try await bench.open(readOnly: true)
        #expect(try await Set(reader.steps(client: client, batch: BatchID(1)).map(\.step.thing)).count == 200)
        try await reader.close()
    }

    @Test(arguments: CatalogAdapter.allCases)
    func aCancelledTaskStillJournals(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithBatch()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await catalog.record([stepRecord(.convert, status: .cancelled)])
        }
        try await task.value
        #expect(try await catalog.steps(client: client, batch: BatchID(1)).map(\.status) == [.cancelled])
    }

    @Test(arguments: CatalogAdapter.allCases)
    func anAuditEventIsKeptOnce(_ adapter: CatalogAdapter) async throws {
        let catalog = try await CatalogBench(adapter).openWithBatch()
        func event(_ number: Int, batch: Int?, message: String = "m") -> AuditEvent {
            AuditEvent(
                id: "\(client)-1-\(number)", at: noon + Int64(number), client: client,
                batch: batch.map { BatchID($0) },
                process: "claim", status: .success, seconds: 0.5, rows: batch, message: message)
        }
        try await catalog.record([event(1, batch: 1), event(2, batch: nil)])
        try await catalog.record([event(1, batch: 1, message: "again"), event(3, batch: 1)])
        #expect(
            try await catalog.auditEvents(client: client, batch: nil, limit: 9)
                == [event(3, batch: 1), event(2, batch: nil), event(1, batch: 1)])
        #expect(
            try await catalog.auditEvents(client: nil, batch: BatchID(1), limit: 1) == [event(3, batch: 1)])
        #expect(try await catalog.auditEvents(client: "client2", batch: nil, limit: 9).isEmpty)
    }
}
