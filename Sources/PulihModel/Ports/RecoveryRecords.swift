/// What somebody asked of a client: to stop the run under way, or to run nothing until it is resumed.
public struct ClientControl: Sendable, Equatable {
    public enum Request: String, Sendable, CaseIterable {
        /// Concerns the run of `epoch` only; a later one takes no notice.
        case stop
        /// Stands until it is cleared.
        case pause
    }

    public var client: String
    public var request: Request
    /// The epoch of the run that is meant, 0 if none ran.
    public var epoch: Int
    public var by: String
    public var hostName: String
    /// Microseconds since 1970 UTC.
    public var at: Int64
    public var reason: String

    public init(
        client: String, request: Request, epoch: Int, by: String, hostName: String, at: Int64,
        reason: String = ""
    ) {
        self.client = client
        self.request = request
        self.epoch = epoch
        self.by = by
        self.hostName = hostName
        self.at = at
        self.reason = reason
    }
}

/// Something of a client's that is not what was written. While it is open no run of the client begins.
public struct ClientBlock: Sendable, Equatable {
    public var id: String
    public var client: String
    public var batch: BatchID?
    /// A path or a table.
    public var object: String
    public var finding: String
    public var foundAt: Int64
    /// nil: it blocks.
    public var resolvedAt: Int64?
    public var resolvedBy: String?
    public var reason: String?

    public var isOpen: Bool { resolvedAt == nil }

    public init(
        id: String, client: String, batch: BatchID? = nil, object: String, finding: String, foundAt: Int64,
        resolvedAt: Int64? = nil, resolvedBy: String? = nil, reason: String? = nil
    ) {
        self.id = id
        self.client = client
        self.batch = batch
        self.object = object
        self.finding = finding
        self.foundAt = foundAt
        self.resolvedAt = resolvedAt
        self.resolvedBy = resolvedBy
        self.reason = reason
    }
}

/// How a client came back from a bad state: a row of `recovery_log`.
public struct RecoveryRecord: Sendable, Equatable {
    public var id: String
    /// nil: the whole workspace.
    public var client: String?
    public var batch: BatchID?
    /// `restart`, `start`, `reprocess`, `resume`, `takeover`, `rebuild`, `repair`.
    public var what: String
    public var cause: String
    public var from: Status
    public var to: Status
    public var seconds: Double?
    /// Rows of bronze that were counted again.
    public var rowsChecked: Int
    public var duplicates: Int
    /// Counts, duplicates and fingerprints are as they should be.
    public var isConsistent: Bool
    public var outcome: Status
    public var startedAt: Int64
    public var endedAt: Int64?
    public var message: String

    public init(
        id: String, client: String?, batch: BatchID?, what: String, cause: String, from: Status, to: Status,
        seconds: Double?, rowsChecked: Int, duplicates: Int, isConsistent: Bool, outcome: Status,
        startedAt: Int64, endedAt: Int64?, message: String
    ) {
        self.id = id
        self.client = client
        self.batch = batch
        self.what = what
        self.cause = cause
        self.from = from
        self.to = to
        self.seconds = seconds
        self.rowsChecked = rowsChecked
        self.duplicates = duplicates
        self.isConsistent = isConsistent
        self.outcome = outcome
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.message = message
    }
}
