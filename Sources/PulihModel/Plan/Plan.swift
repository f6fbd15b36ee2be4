/// One stage on one thing: the unit of restart.
public struct StepID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let stage: Stage
    /// A file's `thing`, a model's or procedure's name, or the batch id for publish and finalize.
    public let thing: String

    public init(_ stage: Stage, _ thing: String) {
        self.stage = stage
        self.thing = thing
    }

    public var description: String { "\(stage.rawValue) \(thing)" }
}

/// How a run treats what is already done.
public enum RunMode: String, Sendable, Codable, CaseIterable {
    /// A new batch: everything runs.
    case start
    /// The same batch: what is not kept runs.
    case restart
    /// The same batch: everything after convert is forced.
    case reprocess
}

/// What the planner decided for a step, and why.
public enum Decision: Sendable, Equatable {
    case run(String)
    /// Its result still stands.
    case keep(String)
    /// It would have to run and was not asked for; what depends on it cannot run either.
    case leave(String)

    public var runs: Bool {
        if case .run = self { return true }
        return false
    }

    public var reason: String {
        switch self {
        case .run(let reason), .keep(let reason), .leave(let reason): reason
        }
    }
}

/// A step of a plan.
public struct PlannedStep: Sendable, Equatable {
    public let id: StepID
    public let decision: Decision
    /// SHA-256 over everything that the step's result depends on; what restart compares.
    public let fingerprint: String
    public let dependsOn: [StepID]
    public let subject: Subject

    public init(id: StepID, decision: Decision, fingerprint: String, dependsOn: [StepID], subject: Subject) {
        self.id = id
        self.decision = decision
        self.fingerprint = fingerprint
        self.dependsOn = dependsOn
        self.subject = subject
    }

    public enum Subject: Sendable, Equatable {
        case file(ManifestFile)
        case model(LayerTable)
        case procedure(ProcedureName)
        case batch
    }
}

/// What a run will do, in an order in which every step comes after what it depends on. `--explain`, the runner and
/// reports read the same value.
public struct Plan: Sendable, Equatable {
    public let client: String
    public let batch: BatchID
    public let mode: RunMode
    public let steps: [PlannedStep]

    public init(client: String, batch: BatchID, mode: RunMode, steps: [PlannedStep]) {
        self.client = client
        self.batch = batch
        self.mode = mode
        self.steps = steps
    }

    public func step(_ id: StepID) -> PlannedStep? { steps.first { $0.id == id } }
    public var runs: [PlannedStep] { steps.filter(\.decision.runs) }
}
