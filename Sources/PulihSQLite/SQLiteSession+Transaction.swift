internal import PulihSystem

/// When a transaction takes its locks.
public enum SQLiteTransactionKind: String, Sendable {
    /// The write lock at once, waiting for it: for whatever may write.
    case immediate = "IMMEDIATE"
    /// A stable view at the first read. Writing later may fail as busy, without waiting.
    case deferred = "DEFERRED"
}

extension SQLiteSession {
    /// Runs the body in a transaction: all of it is on the disk when this returns, or nothing if it throws.
    ///
    /// A crash at any point leaves all or nothing. Transactions do not nest.
    @discardableResult
    public func transaction<T>(
        _ kind: SQLiteTransactionKind = .immediate, _ body: () throws -> T
    ) throws -> T {
        guard try !isInTransaction else {
            throw SQLiteFailure(.misuse, message: "a transaction is open already; they do not nest")
        }
        try execute("BEGIN \(kind.rawValue)")
        do {
            let result = try body()
            if kind == .immediate { try pass(.catalogBeforeCommit) }
            try execute("COMMIT")
            if kind == .immediate { try pass(.catalogAfterCommit) }
            return result
        } catch {
            try rollback(after: error)
            throw error
        }
    }

    /// Ends a transaction that is still open; SQLite itself ended it after some errors, such as a full disk.
    func rollback(after cause: any Error) throws {
        guard try isInTransaction else { return }
        // Must happen also after the caller was cancelled.
        let pending = interrupt
        interrupt = nil
        defer { interrupt = pending }
        do {
            try execute("ROLLBACK")
        } catch {
            throw SQLiteFailure(
                error.code, extendedCode: error.extendedCode,
                message: "\(error.message), while rolling back after: \(cause)", sql: error.sql)
        }
    }
}
