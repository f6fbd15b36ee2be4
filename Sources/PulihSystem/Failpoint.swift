/// The places where a run can be made to die or fail on purpose; tests walk through all of them.
public enum Failpoint: String, CaseIterable, Sendable {
    case leaseAfterClaim = "lease.after_claim"
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
}
