extension Failpoint {
    /// What is just done or about to be done, in one line.
    public var words: String {
        switch self {
        case .leaseAfterClaim: "the client's lease is claimed, its warehouse not open yet"
        case .heartbeatBefore: "before the lease is renewed"
        case .heartbeatAfter: "after the lease was renewed"
        case .stepBefore: "a step is noted, nothing of it is done"
        case .stepAfter: "a step is done, its outcome is not noted"
        case .claimBeforeIntent: "files were collected, nothing is written of the batch"
        case .claimBetweenRenames: "after each raw file was renamed"
        case .claimBeforeManifest: "all raw files are renamed, there is no manifest yet"
        case .convertBeforeParquet: "a file was read and checked, its Parquet is not in place yet"
        case .convertAfterParquet: "a file's Parquet is in place, the journal does not know"
        case .loadBeforeCommit: "rows are in bronze, uncommitted"
        case .loadAfterCommit: "rows are committed to bronze, the journal does not know"
        case .loadLoseRecord: "one record is lost on its way to bronze, so that the balance must notice"
        case .transformBeforeCommit: "a model is built, uncommitted"
        case .transformAfterCommit: "a model is built and committed, the journal does not know"
        case .publishBeforeCommit: "all models are applied to the live tables, uncommitted"
        case .publishAfterCommit: "the batch is published, the journal does not know"
        case .procedureBeforeCall: "before a procedure is called"
        case .procedureBeforeLedger: "a procedure that commits by itself has run, the ledger does not know"
        case .refreshBeforeCommit: "a materialized view is refreshed, uncommitted"
        case .refreshAfterCommit: "a materialized view is refreshed, the journal does not know"
        case .finalizeBeforeMove: "before Parquet and manifest are moved"
        case .finalizeAfterMove: "Parquet and manifest are moved, the batch is not closed"
        case .journalBeforeOutcome: "a step has ended, the journal does not know"
        case .releaseAfterOverlay: "corrections are written, the batch is not opened again"
        case .replaceAfterIntent: "the replacement is noted, the file not yet in its place"
        case .placeAfterFetch: "an object lies in incoming, and in the store too"
        case .placeAfterPut: "a file lies in the store, its manifest does not know"
        case .placeAfterMark: "the manifest says that files rest in the store, they are here too"
        case .writeBefore: "before bytes are written to a file"
        case .fsyncBefore: "before a file or folder is synced"
        case .fsyncAfter: "after a file or folder was synced"
        case .renameBefore: "before a file is renamed"
        case .renameAfter: "after a file was renamed, its folder not synced"
        case .catalogBeforeStatement, .warehouseBeforeStatement, .engineBeforeStatement:
            "before a statement of the \(store)"
        case .catalogAfterStatement, .warehouseAfterStatement, .engineAfterStatement:
            "after a statement of the \(store)"
        case .catalogBeforeCommit, .warehouseBeforeCommit: "before a commit of the \(store)"
        case .catalogAfterCommit, .warehouseAfterCommit:
            "after a commit of the \(store), before anybody knows"
        }
    }

    private var store: Substring { rawValue.prefix { $0 != "." } }
}
