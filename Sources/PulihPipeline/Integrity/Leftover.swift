public import PulihModel

/// Something that a dead run left and that nothing needs any more.
public struct Leftover: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// A file or folder for one process only, absolute.
        case temporary(String)
        /// A `.done` mark whose file is not there, absolute.
        case mark(String)
        /// The owner of the lease is gone.
        case lease
        /// A batch that says RUNNING, with the cause of its end.
        case interrupted(BatchID, cause: String)
        /// Models that stand built for batches that need them no more.
        case builds
        /// A table that the next session drops.
        case orphan(TableName)
    }

    public let kind: Kind
    /// What it is, for people.
    public let text: String
}
