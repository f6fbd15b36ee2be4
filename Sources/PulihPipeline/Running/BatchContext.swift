internal import PulihModel
internal import PulihSystem

/// One run on one batch: what every step of it needs.
struct BatchContext: Sendable {
    let environment: RunEnvironment
    let client: Client
    let lease: Lease
    let session: any WarehouseSession
    let auditor: Auditor
    let manifest: Manifest
    let plan: Plan
    /// As it was when the plan was made.
    let ledger: LedgerSnapshot
    let graph: ModelGraph
    /// Runs on the batch, this one included.
    let attempt: Int
    let attempts: StepAttempts
    /// Each step's newest attempt that ended well, for steps that are kept.
    let lastGood: [StepID: StepRecord]
    let failFast: Bool
    /// Source names of columns that this batch brought.
    var brought: [FileKey: [String]] = [:]
    /// Files whose bronze table may lack a column that a delivery brought.
    var evolved: Set<FileKey> = []

    var batch: BatchID { manifest.batch }
    var files: BatchFiles { BatchFiles(layout: environment.layout, client: client.name) }

    /// Things of the files of which a stage takes milliseconds.
    var smallFiles: Set<String> { Set(manifest.files.filter { $0.bytes < 256 << 10 }.map(\.thing)) }

    func restartHint(_ before: String = "") -> String {
        before + (before.isEmpty ? "" : ", then ") + "run 'pulih restart \(client.name)'"
    }

    /// Why nothing more is to begin; nil: go on.
    var stopped: String? {
        if let order = environment.stop.order { return "stopped: \(order.cause)" }
        return Task.isCancelled ? "cancelled" : nil
    }

    func entry(_ step: PlannedStep) -> LedgerEntry { entry(step.id, step.fingerprint) }

    /// - Parameter acting: the step that writes it, where that is another.
    func entry(_ id: StepID, _ fingerprint: String, by acting: StepID? = nil) -> LedgerEntry {
        LedgerEntry(
            batch: batch, step: id, attempt: attempts[acting ?? id], fingerprint: fingerprint,
            at: environment.clock.now())
    }

    func begun(_ step: PlannedStep, reason: String) -> StepRecord {
        StepRecord(
            client: client.name, batch: batch, step: step.id, attempt: attempts[step.id], status: .running,
            reason: reason,
            fingerprint: step.fingerprint, startedAt: environment.clock.now())
    }
}

/// What a step that ended well has to say.
struct StepOutcome: Sendable {
    var status: Status = .success
    var rows: Int?
    var details: JSONValue = .null
}

/// A failed step whose findings belong into the journal all the same.
struct StepFailure: Error {
    let error: PulihError
    let details: JSONValue
}
