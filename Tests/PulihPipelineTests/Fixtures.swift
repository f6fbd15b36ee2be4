import PulihModel

@testable import PulihPipeline

/// A small house of configuration: two files, two silver models, one gold model, one materialized view.
enum Fixture {
    static func file(
        _ name: String, pattern: String? = nil, delivery: Delivery = .full, drift: DriftPolicy = .fail
    ) -> FileSpec {
        FileSpec(
            key: FileKey(source: "crm", name: name), pattern: pattern ?? "\(name)*.csv",
            delivery: delivery,
            perBatch: delivery == .full ? .one : .all, target: "crm_\(name)", format: RecordFormat(),
            columns: [
                ColumnSpec(source: "id", name: "id", type: .bigint),
                ColumnSpec(source: "cst_gndr", name: "cst_gndr", type: .text),
                ColumnSpec(source: "note", name: "note", type: .text, isRequired: false),
            ], drift: drift, rules: [], limits: QuarantineLimits(records: 10, percent: 10), duplicates: .skip,
            empty: .refuse, skips: [], at: SourceLine(file: "pulih.yml", line: 1))
    }

    static func model(
        _ layer: Layer, _ name: String, _ sql: String, _ materialization: Materialization = .table
    ) -> Model {
        Model(
            table: LayerTable(layer, name), materialization: materialization, sql: sql,
            at: SourceLine(file: "sql/\(layer.rawValue)/\(name).sql", line: 1))
    }

    static let models = [
        model(.silver, "customers", "SELECT * FROM {{ bronze }}.crm_cust_current"),
        model(.silver, "products", "SELECT * FROM {{ bronze }}.crm_prd_current"),
        model(.gold, "facts", "SELECT * FROM {{ silver }}.customers, {{ silver }}.products"),
        model(.gold, "summary", "SELECT count(*) n FROM {{ gold }}.facts", .materializedView),
    ]

    static func configuration(models: [Model] = models) -> Configuration {
        Configuration(
            catalog: .sqlite(path: "c"), warehouse: .duckdb(folder: "w"),
            settings: Settings(memoryLimitBytes: 1, threads: 1, parallelSteps: 2, settleSeconds: 0),
            clients: [Client(name: "client1", id: 1, sources: ["crm"], severity: .fail)],
            sources: [SourceSystem(name: "crm", files: [file("cust"), file("prd")])], models: models,
            hooks: RunHooks())
    }

    static func manifest(_ batch: Int = 1, sha: String = "aa") -> Manifest {
        let id = BatchID(number: batch)
        let files = ["cust", "prd"].map { name in
            ManifestFile(
                key: FileKey(source: "crm", name: name), physicalName: "\(name)_\(id).csv", type: .csv,
                target: TableName(schema: "bronze_client1", table: "crm_\(name)"),
                parquetName: "\(name)_\(id).parquet",
                sha256: name == "cust" ? sha : "bb", bytes: 10, records: 2, sourceConfig: .null)
        }
        return Manifest(
            client: "client1", clientID: 1, batch: id, batchTime: 0, files: files, transformations: [],
            integrations: [], refreshes: [])
    }

    static func graph(_ models: [Model] = models) throws -> ModelGraph {
        let references = Dictionary(
            uniqueKeysWithValues: models.map { ($0.table, ModelTemplate.references(in: $0.sql)) })
        return try ModelGraph(
            models: models, bronze: [LayerTable(.bronze, "crm_cust"), LayerTable(.bronze, "crm_prd")],
            references: references)
    }

    /// The state that a good run of `plan` leaves: journal and ledger hold every step's fingerprint.
    static func done(_ plan: Plan) -> (journal: [StepRecord], ledger: LedgerSnapshot) {
        var journal: [StepRecord] = []
        var rows: [LedgerRow] = []
        func commit(_ id: StepID, _ fingerprint: String) {
            rows.append(
                LedgerRow(
                    sequence: rows.count + 1, batch: plan.batch, step: id, attempt: 1, epoch: 1,
                    fingerprint: fingerprint, rows: 1, committedAt: 0))
        }
        for step in plan.steps {
            journal.append(
                StepRecord(
                    client: plan.client, batch: plan.batch, step: step.id, attempt: 1, status: .success,
                    reason: "ran",
                    fingerprint: step.fingerprint, startedAt: 0, endedAt: 1))
            switch step.id.stage {
            case .loadBronze, .publish, .refreshMV: commit(step.id, step.fingerprint)
            case .transform, .integrate:
                commit(step.id, step.fingerprint)
                commit(StepID(.publish, step.id.thing), step.fingerprint)
            default: break
            }
        }
        return (journal, LedgerSnapshot(rows: rows))
    }

    static func plan(
        _ mode: RunMode, manifest: Manifest = manifest(), configuration: Configuration = configuration(),
        journal: [StepRecord] = [], ledger: LedgerSnapshot = LedgerSnapshot(), from: Stage? = nil,
        file: String? = nil, parquet: Bool = true, corrections: [String: String] = [:]
    ) throws -> Plan {
        Planner(
            input: PlanInput(
                manifest: manifest, configuration: configuration, graph: try graph(configuration.models),
                ledger: ledger, journal: journal, mode: mode, from: from, onlyFile: file,
                parquetSizes: parquet
                    ? Dictionary(uniqueKeysWithValues: manifest.files.map { ($0.physicalName, 10) }) : [:],
                corrections: corrections,
                rendered: [:])
        ).plan()
    }
}

extension Plan {
    /// Things that run, by stage: `transform silver.customers`.
    var running: Set<String> { Set(runs.map(\.id.description).filter { !$0.hasPrefix("finalize") }) }
}
