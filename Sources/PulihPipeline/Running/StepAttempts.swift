internal import PulihModel
internal import Synchronization

/// Which attempt each step of a run is at. Numbers only grow over all runs of a batch, so that one tells which try of
/// which run wrote a row.
final class StepAttempts: Sendable {
    /// With which every step of this run begins.
    let first: Int
    private let later = Mutex<[StepID: Int]>([:])

    init(after journal: [StepRecord]) {
        first = (journal.map(\.attempt).max() ?? 0) + 1
    }

    subscript(_ step: StepID) -> Int { later.withLock { $0[step] } ?? first }

    /// Gives the step's next try its number.
    func next(_ step: StepID) {
        later.withLock { $0[step, default: first] += 1 }
    }
}
