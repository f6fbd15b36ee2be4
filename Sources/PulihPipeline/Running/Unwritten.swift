internal import PulihModel
internal import PulihSystem

/// Records of one file's stages that the journal does not have yet.
///
/// Each write is a commit, and a small file is through before one is done. So the intent of the first stage and that of
/// the load are written before they act, all others with the next write, at most `patience` later. What a crash leaves
/// unsaid concerns files of the run alone, which the next run makes anew.
struct Unwritten {
    /// Not by the clock while passages are counted: the same number must be the same place.
    private static let patience: Duration = Failpoints.isInUse ? .seconds(86_400) : .milliseconds(50)

    private var records: [StepRecord] = []
    private var lastWrite: ContinuousClock.Instant?

    /// The newest state of a step counts.
    mutating func put(_ record: StepRecord) {
        if records.last?.step == record.step { records.removeLast() }
        records.append(record)
    }

    func isDue(before stage: Stage) -> Bool {
        // What was counted must stand before the warehouse has the rows: the ledger does not know it.
        guard stage != .loadBronze, let lastWrite else { return true }
        return ContinuousClock.now - lastWrite > Self.patience
    }

    mutating func take() -> [StepRecord] {
        lastWrite = .now
        defer { records = [] }
        return records
    }
}
