/// The state of a batch, a step or a file. One type for all, so that every list reads alike.
public enum Status: String, Sendable, Codable, CaseIterable {
    case notStarted = "NOT_STARTED"
    case pending = "PENDING"
    case running = "RUNNING"
    case paused = "PAUSED"
    case success = "SUCCESS"
    /// Done, with something to look at: quarantined records, a rule of severity warn.
    case warning = "WARNING"
    case failed = "FAILED"
    case skipped = "SKIPPED"
    /// The run died before it could say how it ended.
    case interrupted = "INTERRUPTED"
    case cancelled = "CANCELLED"

    public var isTerminal: Bool {
        switch self {
        case .notStarted, .pending, .running, .paused, .interrupted: false
        case .success, .warning, .failed, .skipped, .cancelled: true
        }
    }

    public var isGood: Bool { self == .success || self == .warning }
}

/// The stages of a batch in the order in which they run.
public enum Stage: String, Sendable, Codable, CaseIterable, Comparable {
    case convert
    case validateMapping = "validate_mapping"
    case validateRow = "validate_row"
    case loadBronze = "load_bronze"
    case transform
    case integrate
    case publish
    case refreshMV = "refresh_mv"
    case finalize

    /// Stages that work on one file; the others work on models or on the whole batch.
    public var isFileStage: Bool { self <= .loadBronze }

    private var order: Int { Stage.allCases.firstIndex(of: self)! }
    public static func < (left: Stage, right: Stage) -> Bool { left.order < right.order }
}
