/// The places where a run can be made to die or fail on purpose; tests walk through all of them.
public enum Failpoint: String, CaseIterable, Sendable {
    case leaseAfterClaim = "lease.after_claim"
    case heartbeatBefore = "heartbeat.before"
    case heartbeatAfter = "heartbeat.after"
    /// Around whatever a step does.
    case stepBefore = "step.before"
    case stepAfter = "step.after"
    case claimBeforeIntent = "claim.before_intent"
    case claimBetweenRenames = "claim.between_renames"
    case claimBeforeManifest = "claim.before_manifest"
    case convertBeforeParquet = "convert.before_parquet"
    case convertAfterParquet = "convert.after_parquet"
    case loadBeforeCommit = "load_bronze.before_commit"
    case loadAfterCommit = "load_bronze.after_commit"
    /// Loses one record on its way to bronze: proves that the balance notices.
    case loadLoseRecord = "load_bronze.lose_record"
    case transformBeforeCommit = "transform.before_commit"
    case transformAfterCommit = "transform.after_commit"
    case publishBeforeCommit = "publish.before_commit"
    case publishAfterCommit = "publish.after_commit"
    case procedureBeforeCall = "procedure.before_call"
    /// Of `publish: step`, which has committed by itself.
    case procedureBeforeLedger = "procedure.before_ledger"
    case refreshBeforeCommit = "refresh_mv.before_commit"
    case refreshAfterCommit = "refresh_mv.after_commit"
    case finalizeBeforeMove = "finalize.before_move"
    case finalizeAfterMove = "finalize.after_move"
    case journalBeforeOutcome = "journal.before_outcome"
    case releaseAfterOverlay = "release.after_overlay"
    case replaceAfterIntent = "replace.after_intent"
    /// Of storage places: an object lies in the workspace too, and is not removed yet.
    case placeAfterFetch = "place.after_fetch"
    /// A file lies in the store too, and its manifest does not say so yet.
    case placeAfterPut = "place.after_put"
    /// The manifest says so, and the file is not removed yet.
    case placeAfterMark = "place.after_mark"

    // Passed many times in a run: around each operation of a kind, wherever it is.
    case writeBefore = "write.before"
    case fsyncBefore = "fsync.before"
    case fsyncAfter = "fsync.after"
    case renameBefore = "rename.before"
    case renameAfter = "rename.after"
    case catalogBeforeStatement = "catalog.before_statement"
    case catalogAfterStatement = "catalog.after_statement"
    case catalogBeforeCommit = "catalog.before_commit"
    case catalogAfterCommit = "catalog.after_commit"
    case warehouseBeforeStatement = "warehouse.before_statement"
    case warehouseAfterStatement = "warehouse.after_statement"
    case warehouseBeforeCommit = "warehouse.before_commit"
    case warehouseAfterCommit = "warehouse.after_commit"
    case engineBeforeStatement = "engine.before_statement"
    case engineAfterStatement = "engine.after_statement"

    /// What a point lies beside.
    public enum Kind: Sendable {
        /// A step of Pulih's own.
        case step
        /// An operation of the system, which sees the fault as its own result.
        case call
        /// A statement or commit of a database.
        case store
        /// Nothing is passed: data is bent.
        case data
    }

    public var kind: Kind {
        switch self {
        case .loadLoseRecord: .data
        case .writeBefore, .fsyncBefore, .fsyncAfter, .renameBefore, .renameAfter: .call
        case .catalogBeforeStatement, .catalogAfterStatement, .catalogBeforeCommit, .catalogAfterCommit,
            .warehouseBeforeStatement, .warehouseAfterStatement, .warehouseBeforeCommit,
            .warehouseAfterCommit, .engineBeforeStatement, .engineAfterStatement:
            .store
        default: .step
        }
    }

    /// Passed around every operation of a kind, not at one step.
    public var isGeneric: Bool { kind == .call || kind == .store }

    /// What can be made to happen here.
    public var actions: [FailpointAction] {
        switch (kind, self) {
        case (.data, _): [.fail]
        case (_, .writeBefore): FailpointAction.allCases
        case (_, .fsyncBefore), (_, .fsyncAfter), (_, .renameBefore):
            FailpointAction.allCases.filter { $0 != .short }
        default: FailpointAction.allCases.filter { $0 != .short && $0 != .eintr }
        }
    }
}

/// What happens at a point that is armed and due.
public enum FailpointAction: String, CaseIterable, Sendable {
    /// The process ends as by SIGKILL.
    case kill
    /// As `kill`, and what was not synced is lost; needs the tests' power-cut layer.
    case cut
    /// The operation fails with EIO.
    case fail
    /// The thread that passes waits until the process is killed.
    case hang
    case enospc, eio
    /// The operation is told of a signal and has to be tried again.
    case eintr
    /// A part is written, and that is what the call returns.
    case short

    /// What `any` takes.
    public static let anywhere: [FailpointAction] = [.kill, .cut, .fail, .hang]
}

/// A database by what it is used for: PostgreSQL is one wrapper for two of them.
public enum FailpointStore: Sendable {
    case catalog, warehouse
    /// In memory: its commits change nothing that lasts.
    case engine

    public var beforeStatement: Failpoint {
        switch self {
        case .catalog: .catalogBeforeStatement
        case .warehouse: .warehouseBeforeStatement
        case .engine: .engineBeforeStatement
        }
    }

    public var afterStatement: Failpoint {
        switch self {
        case .catalog: .catalogAfterStatement
        case .warehouse: .warehouseAfterStatement
        case .engine: .engineAfterStatement
        }
    }

    public var beforeCommit: Failpoint? {
        switch self {
        case .catalog: .catalogBeforeCommit
        case .warehouse: .warehouseBeforeCommit
        case .engine: nil
        }
    }

    public var afterCommit: Failpoint? {
        switch self {
        case .catalog: .catalogAfterCommit
        case .warehouse: .warehouseAfterCommit
        case .engine: nil
        }
    }
}
