/// A batch as the catalog knows it.
public struct BatchRecord: Sendable, Equatable {
    public var client: String
    public var batch: BatchID
    public var status: Status
    /// The mode of the last run on it.
    public var mode: RunMode
    public var batchTime: Int64
    public var startedAt: Int64
    public var endedAt: Int64?
    /// Runs on this batch so far; the attempt of steps begun now.
    public var attempt: Int
    /// What the last run said at its end.
    public var message: String

    public init(
        client: String, batch: BatchID, status: Status, mode: RunMode, batchTime: Int64, startedAt: Int64,
        endedAt: Int64? = nil, attempt: Int = 1, message: String = ""
    ) {
        self.client = client
        self.batch = batch
        self.status = status
        self.mode = mode
        self.batchTime = batchTime
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.attempt = attempt
        self.message = message
    }
}

/// A physical file of a batch: the intent of its claim and what became of it. A row of `file_audit_log`.
public struct FileRecord: Sendable, Equatable {
    public var client: String
    public var batch: BatchID
    public var key: FileKey
    /// Position in the batch, from 1.
    public var position: Int
    /// Name in `incoming`.
    public var originalName: String
    public var physicalName: String
    public var parquetName: String
    public var bytes: Int
    public var inode: UInt64
    public var sha256: String
    public var records: Int
    public var blankLines: Int
    public var loaded: Int?
    public var quarantined: Int?
    /// Skipped records by reason.
    public var skipped: [String: Int]
    public var configStatus: Status
    public var convertStatus: Status
    public var mappingStatus: Status
    public var rowStatus: Status
    public var loadStatus: Status
    public var marks = FileMarks()

    public init(
        client: String, batch: BatchID, key: FileKey, position: Int, originalName: String,
        physicalName: String,
        parquetName: String, bytes: Int, inode: UInt64, sha256: String, records: Int, blankLines: Int,
        loaded: Int? = nil, quarantined: Int? = nil, skipped: [String: Int] = [:],
        configStatus: Status = .success, convertStatus: Status = .notStarted,
        mappingStatus: Status = .notStarted,
        rowStatus: Status = .notStarted, loadStatus: Status = .notStarted
    ) {
        self.client = client
        self.batch = batch
        self.key = key
        self.position = position
        self.originalName = originalName
        self.physicalName = physicalName
        self.parquetName = parquetName
        self.bytes = bytes
        self.inode = inode
        self.sha256 = sha256
        self.records = records
        self.blankLines = blankLines
        self.loaded = loaded
        self.quarantined = quarantined
        self.skipped = skipped
        self.configStatus = configStatus
        self.convertStatus = convertStatus
        self.mappingStatus = mappingStatus
        self.rowStatus = rowStatus
        self.loadStatus = loadStatus
    }

    public var thing: String { "\(key)/\(physicalName)" }
}

/// One attempt at a step: a row of the journal `step_log`. Begun as RUNNING, then written again with its outcome.
public struct StepRecord: Sendable, Equatable {
    public var client: String
    public var batch: BatchID
    public var step: StepID
    public var attempt: Int
    public var status: Status
    /// Why it ran, was kept or was skipped.
    public var reason: String
    public var fingerprint: String
    /// Microseconds since 1970 UTC.
    public var startedAt: Int64
    public var endedAt: Int64?
    public var rows: Int?
    public var error: StepError?
    /// Figures and findings of this stage, for reports: counts by rule, received columns, test results.
    public var details: JSONValue

    public init(
        client: String, batch: BatchID, step: StepID, attempt: Int, status: Status, reason: String,
        fingerprint: String, startedAt: Int64, endedAt: Int64? = nil, rows: Int? = nil,
        error: StepError? = nil,
        details: JSONValue = .null
    ) {
        self.client = client
        self.batch = batch
        self.step = step
        self.attempt = attempt
        self.status = status
        self.reason = reason
        self.fingerprint = fingerprint
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.rows = rows
        self.error = error
        self.details = details
    }
}

/// The part of a `PulihError` that the journal keeps.
public struct StepError: Sendable, Equatable, Codable {
    public var code: String
    public var summary: String
    public var object: String
    public var leftBehind: String
    public var hint: String

    public init(code: String, summary: String, object: String, leftBehind: String, hint: String) {
        self.code = code
        self.summary = summary
        self.object = object
        self.leftBehind = leftBehind
        self.hint = hint
    }

    public init(_ error: PulihError) {
        self.init(
            code: error.code.description, summary: error.summary, object: error.object,
            leftBehind: error.leftBehind,
            hint: error.hint)
    }
}

/// A line of the audit: NDJSON first, then `etl_audit_log`.
public struct AuditEvent: Sendable, Equatable {
    /// Unique for ever: `{client}-{epoch}-{number}`; what keeps the catalog's copy free of duplicates.
    public var id: String
    public var at: Int64
    public var client: String
    public var batch: BatchID?
    /// What acted: a stage, `claim`, `replace`, `apply`, `release`.
    public var process: String
    public var status: Status
    public var seconds: Double?
    public var rows: Int?
    public var message: String
    /// What a lost catalog is made again from. Of the file only: the catalog does not keep it.
    public var details: JSONValue

    public init(
        id: String, at: Int64, client: String, batch: BatchID?, process: String, status: Status,
        seconds: Double? = nil, rows: Int? = nil, message: String, details: JSONValue = .null
    ) {
        self.id = id
        self.at = at
        self.client = client
        self.batch = batch
        self.process = process
        self.status = status
        self.seconds = seconds
        self.rows = rows
        self.message = message
        self.details = details
    }
}

/// The right to run a client.
public struct Lease: Sendable, Equatable {
    public let client: String
    /// Grows with every claim; the fence in the warehouse holds the greatest.
    public let epoch: Int
    public let owner: LeaseOwner

    public init(client: String, epoch: Int, owner: LeaseOwner) {
        self.client = client
        self.epoch = epoch
        self.owner = owner
    }
}

public struct LeaseOwner: Sendable, Equatable {
    public var hostID: String
    public var hostName: String
    public var bootID: String
    public var pid: Int32
    /// Start time of the process in clock ticks since boot, so that a reused pid is told apart.
    public var processStart: UInt64
    public var user: String

    public init(
        hostID: String, hostName: String, bootID: String, pid: Int32, processStart: UInt64, user: String
    ) {
        self.hostID = hostID
        self.hostName = hostName
        self.bootID = bootID
        self.pid = pid
        self.processStart = processStart
        self.user = user
    }
}

/// A lease as it stands in the catalog.
public struct LeaseRecord: Sendable, Equatable {
    public var lease: Lease
    public var since: Int64
    public var heartbeat: Int64
    /// `start client1`: what the owner said it does.
    public var doing: String

    public init(lease: Lease, since: Int64, heartbeat: Int64, doing: String) {
        self.lease = lease
        self.since = since
        self.heartbeat = heartbeat
        self.doing = doing
    }
}
