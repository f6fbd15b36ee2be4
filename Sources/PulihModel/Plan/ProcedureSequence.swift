/// The procedures of one publication, called one after the other.
///
/// What needs a failed one is not called, the others are still tried: one run tells everything that is wrong. As soon
/// as one failed, nothing of it will be kept.
public struct ProcedureSequence {
    private let calls: [ProcedureCall]
    private let failFast: Bool
    public private(set) var outcomes: [ProcedureOutcome] = []
    private var failures: [ProcedureName: ProcedureName] = [:]

    public init(_ calls: [ProcedureCall], failFast: Bool) {
        self.calls = calls
        self.failFast = failFast
    }

    /// Calls them all; afterwards `outcomes` has one for each.
    /// - Parameter call: throws only what ends the whole publication, such as a lost connection.
    public mutating func run(_ call: (ProcedureCall) throws -> ProcedureOutcome) rethrows {
        for next in calls {
            let outcome: ProcedureOutcome
            if let reason = reasonToSkip(next.procedure) {
                outcome = ProcedureOutcome(name: next.procedure.name, status: .skipped(reason))
            } else {
                outcome = try call(next)
                if case .failed = outcome.status { failures[outcome.name] = outcome.name }
            }
            outcomes.append(outcome)
        }
        guard let failed else { return }
        for index in outcomes.indices where outcomes[index].status == .succeeded {
            outcomes[index].status = .rolledBack("rolled back: \(failed.name) failed")
        }
    }

    /// The first that failed; nil: all succeeded.
    public var failed: ProcedureName? {
        outcomes.first { if case .failed = $0.status { true } else { false } }?.name
    }

    private mutating func reasonToSkip(_ procedure: Procedure) -> String? {
        if failFast, let failed { return "\(failed.name) failed, and --fail-fast stops there" }
        guard let root = procedure.needs.compactMap({ failures[$0] }).first else { return nil }
        // What needs this one is skipped for the same failure.
        failures[procedure.name] = root
        return "\(root.name) failed"
    }
}
