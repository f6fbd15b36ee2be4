internal import PulihCrypto
internal import PulihModel

/// Everything that a plan is made from.
struct PlanInput {
    var manifest: Manifest
    let configuration: Configuration
    let graph: ModelGraph
    let ledger: LedgerSnapshot
    let journal: [StepRecord]
    let mode: RunMode
    let from: Stage?
    /// Physical name of the one file that was asked for.
    let onlyFile: String?
    /// Bytes of the Parquet that is there, by physical name.
    let parquetSizes: [String: Int]
    /// Physical names of files whose Parquet has other bytes than convert wrote.
    var brokenParquets: Set<String> = []
    /// SHA-256 of the corrections of a file, by physical name.
    let corrections: [String: String]
    /// Hashes of the procedures as they are in the warehouse.
    let definitions: [ProcedureName: String]
    /// Fingerprint of each step's newest attempt that ended well.
    let lastGood: [StepID: String]
    /// Bytes of the Parquet that a file's newest good convert wrote, where the journal knows them.
    let writtenSizes: [StepID: Int]
    /// Severity of the client's row rules that name none.
    var severity: Severity { configuration.client(manifest.client)?.severity ?? .fail }
    private let journaled: Set<StepID>
    /// A model's SELECT with its variables expanded to live names; part of its fingerprint.
    let rendered: [LayerTable: String]

    init(
        manifest: Manifest, configuration: Configuration, graph: ModelGraph, ledger: LedgerSnapshot,
        journal: [StepRecord], mode: RunMode, from: Stage?, onlyFile: String?, parquetSizes: [String: Int],
        corrections: [String: String], rendered: [LayerTable: String],
        definitions: [ProcedureName: String] = [:]
    ) {
        self.manifest = manifest
        self.configuration = configuration
        self.graph = graph
        self.ledger = ledger
        self.journal = journal
        self.mode = mode
        self.from = from
        self.onlyFile = onlyFile
        self.parquetSizes = parquetSizes
        self.corrections = corrections
        self.rendered = rendered
        self.definitions = definitions
        // A kept step writes a journal row of its own, so the newest row that is not a skip tells the state.
        var lastGood: [StepID: String] = [:]
        for record in journal where record.status != .skipped {
            lastGood[record.step] = record.status.isGood ? record.fingerprint : nil
        }
        self.lastGood = lastGood
        let converts = journal.filter { $0.step.stage == .convert && $0.status.isGood }
        writtenSizes = Dictionary(
            converts.compactMap { row in row.details["parquet_bytes"]?.int.map { (row.step, Int($0)) } },
            uniquingKeysWith: { $1 })
        self.journaled = Set(journal.map(\.step))
    }

    func hasJournal(_ id: StepID) -> Bool { journaled.contains(id) }
    func renderedText(_ model: Model) -> String { rendered[model.table] ?? model.sql }
}

/// SHA-256 over texts, each preceded by its length so that no two lists give the same bytes.
enum Fingerprint {
    static func of(_ texts: [String]) -> String {
        SHA256Digest.of(texts.map { "\($0.utf8.count):\($0)" }.joined()).hex
    }
}

/// What the results of a file's stages depend on. Each covers the one before it.
struct FileFingerprints {
    let convert: String
    let mapping: String
    let rows: String
    let load: String
    var all: [String] { [convert, mapping, rows, load] }

    init(file: ManifestFile, input: PlanInput) {
        let spec = input.configuration.file(file.key)
        convert = Fingerprint.of([
            "convert 1", file.sha256, spec?.readingText ?? "", input.corrections[file.physicalName] ?? "",
        ])
        mapping = Fingerprint.of([convert, spec?.mappingText ?? ""])
        // What is left out because it stands in bronze depends on what stands there.
        let standing =
            spec?.soughtOverlap == nil
            ? []
            : input.ledger.loads(of: file.key, before: input.manifest.batch)
                .map { "\($0.batch) \($0.step.thing) \($0.fingerprint)" }.sorted()
        rows = Fingerprint.of([mapping, spec?.rulesText(severity: input.severity) ?? ""] + standing)
        load = Fingerprint.of([rows, file.target.description, file.physicalName])
    }
}
