internal import Glibc
internal import Synchronization

/// How often and how long a process was at its books. `PULIH_TIMINGS` names the file they are written to at the end;
/// unset, a passage costs one comparison.
///
/// Seconds are of whoever waited: of two who waited at the same time, both.
public enum Timings {
    public enum Book: String, CaseIterable, Sendable {
        /// Journal, leases, configuration: all that is asked of the catalog.
        case catalog
        /// Ledger and fence, inside the warehouse's transactions.
        case ledger
        /// The audit's file.
        case audit
    }

    public struct Total: Sendable, Equatable {
        public var count = 0
        public var microseconds: Int64 = 0

        public init() {}
    }

    /// Where the totals are wanted; nil: nowhere.
    public static let path = unsafe getenv("PULIH_TIMINGS").map { unsafe String(cString: $0) }

    public static func measure<T>(_ book: Book, _ body: () throws -> T) rethrows -> T {
        guard path != nil else { return try body() }
        let watch = Stopwatch()
        defer { add(watch.elapsedMicroseconds, to: book) }
        return try body()
    }

    public static func measure<T: Sendable>(
        _ book: Book, _ body: () async throws -> T
    ) async rethrows -> T {
        guard path != nil else { return try await body() }
        let watch = Stopwatch()
        defer { add(watch.elapsedMicroseconds, to: book) }
        return try await body()
    }

    public static var totals: [Book: Total] { state.withLock { $0 } }

    private static let state = Mutex<[Book: Total]>([:])

    private static func add(_ microseconds: Int64, to book: Book) {
        state.withLock {
            $0[book, default: Total()].count += 1
            $0[book, default: Total()].microseconds += microseconds
        }
    }
}
