internal import Synchronization

/// The threads of a database: one until something large comes, then all.
///
/// To hand a short statement to another thread and to wait for it costs more than it saves: with 1,000 files of 100
/// records it was 30 % of the processor's time. Open the database with one thread.
public final class LazyThreads: Sendable {
    private let count: Int
    private let isRaised: Mutex<Bool>

    public init(_ count: Int) {
        self.count = count
        isRaised = Mutex(count <= 1)
    }

    /// Gives the database all its threads, for good.
    public func raise(_ session: DuckDBSession) throws {
        let isFirst = isRaised.withLock { isRaised in
            defer { isRaised = true }
            return !isRaised
        }
        if isFirst { try session.execute("SET GLOBAL threads = \(count)") }
    }
}
