internal import PulihSystem

/// A SQLite database file: one connection, on a thread of its own, used by one caller at a time.
///
/// Writers use write-ahead logging and sync fully: what was committed survives a power cut, and other
/// processes read while one writes. Local disks only. Never open, copy or hash the file by other means while
/// it is open here: that drops SQLite's locks.
public actor SQLiteDatabase {
    public nonisolated let path: String
    private let executor = SerialQueueExecutor(label: "pulih.sqlite")
    private var session: SQLiteSession?

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// Opens the file.
    /// - Parameters:
    ///   - readOnly: never writes to the database; needs the writer's `-wal` and `-shm` files beside it, or
    ///     the right to make them.
    ///   - create: makes the file if there is none; its folder must exist.
    ///   - busyTimeout: how long a statement waits for a lock of another connection.
    /// - Throws: `SQLiteFailure`: `cannotOpen`, `notADatabase`, `corrupt`, `busy`.
    public init(
        path: String, readOnly: Bool = false, create: Bool = false, busyTimeout: Duration = .seconds(10)
    ) async throws {
        self.path = path
        session = nil
        try open(readOnly: readOnly, create: create, busyTimeout: busyTimeout)
    }

    /// Runs the body with the connection to itself.
    ///
    /// Cancelling the task interrupts the statement that runs and throws `CancellationError`; a transaction
    /// then leaves nothing. A body that leaves a transaction open has it rolled back, and that is an error
    /// (`misuse`).
    @discardableResult
    public func run<T: Sendable>(_ body: @Sendable (SQLiteSession) throws -> T) async throws -> T {
        let interrupt = SQLiteInterrupt()
        return try await withTaskCancellationHandler {
            try perform(interrupt, body)
        } onCancel: {
            interrupt.fire()
        }
    }

    /// Runs the body in one transaction: see `SQLiteSession.transaction`.
    @discardableResult
    public func transaction<T: Sendable>(
        _ kind: SQLiteTransactionKind = .immediate, _ body: @Sendable (SQLiteSession) throws -> T
    ) async throws -> T {
        try await run { session in try session.transaction(kind) { try body(session) } }
    }

    /// Closes the file; later calls throw `misuse`. Without it the file is closed when the object goes, in
    /// silence.
    public func close() throws {
        guard let open = session else { return }
        try open.close()
        session = nil
    }

    private func perform<T>(_ interrupt: SQLiteInterrupt, _ body: (SQLiteSession) throws -> T) throws -> T {
        guard let session else { throw SQLiteFailure(.misuse, message: "the database \(path) was closed") }
        try Task.checkCancellation()
        do {
            let result = try session.interruptible(by: interrupt) { try body(session) }
            guard try session.isInTransaction else { return result }
            throw SQLiteFailure(.misuse, message: "a transaction was left open; it is rolled back")
        } catch {
            try session.rollback(after: error)
            if interrupt.hasFired, (error as? SQLiteFailure)?.code == .interrupted {
                throw CancellationError()
            }
            throw error
        }
    }

    private func open(readOnly: Bool, create: Bool, busyTimeout: Duration) throws(SQLiteFailure) {
        let connection = try SQLiteConnection(path: path, readOnly: readOnly, create: create)
        try connection.setBusyTimeout(busyTimeout)
        let opened = SQLiteSession(connection)
        if readOnly {
            try opened.checkReadable(path)
        } else {
            try opened.prepareForWriting(path, busyTimeout: busyTimeout)
        }
        session = opened
    }
}
