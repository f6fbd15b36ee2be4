internal import CPostgres
internal import PulihSystem

/// How much a transaction sees of others.
public enum PostgresIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

/// A connection to a server, on a thread of its own.
///
/// Bodies run one after another, each as a whole. When the connection is lost the body throws a failure with
/// `isConnectionLost`; the server has then rolled back what was not committed, and the connection stays useless.
public actor PostgresConnection {
    private let executor = SerialQueueExecutor(label: "pulih.postgres")
    private var session: PostgresSession?

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    private init() {}

    /// - Throws: `PostgresFailure` with `isConnectionLost` when the server cannot be reached or refuses.
    public static func open(_ settings: PostgresSettings) async throws -> PostgresConnection {
        let connection = PostgresConnection()
        try await connection.connect(settings)
        return connection
    }

    /// Runs the body with the connection to itself; the session must not be kept.
    ///
    /// Cancelling the task cancels the statement that runs, on the server, and throws `CancellationError`. A
    /// transaction that the body leaves open is rolled back, and that is an error.
    @discardableResult
    public func run<T: Sendable>(_ body: @Sendable (PostgresSession) throws -> T) async throws -> T {
        let cancel = PostgresCancel()
        return try await withTaskCancellationHandler {
            try perform(cancel, body)
        } onCancel: {
            cancel.fire()
        }
    }

    /// Runs the body in one transaction: all of it counts, or, when the body or the commit throws, nothing.
    @discardableResult
    public func transaction<T: Sendable>(
        _ isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false,
        _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        try await run { session in
            try session.transaction(isolation, readOnly: readOnly) { try body(session) }
        }
    }

    /// Whether the server can still be spoken to, as far as is known.
    public var isLost: Bool { session?.isLost ?? true }

    /// As `isLost`, after looking whether the server has ended the connection while nobody used it.
    public func wasCutOff() -> Bool {
        session?.listen()
        return isLost
    }

    /// Waits for the bodies before it. Safe to repeat.
    public func close() {
        session?.close()
        session = nil
    }

    private func connect(_ settings: PostgresSettings) throws {
        let session = PostgresSession(try PostgresHandle(settings), store: settings.store)
        for (name, value) in settings.sessionParameters {
            try session.execute("SELECT set_config($1, $2, false)", [.text(name), .text(value)])
        }
        if let role = settings.role {
            try session.execute("SELECT set_config('role', $1, false)", [.text(role)])
        }
        session.takeNotices()
        self.session = session
    }

    private func perform<T>(_ cancel: PostgresCancel, _ body: (PostgresSession) throws -> T) throws -> T {
        guard let session else {
            throw PostgresFailure(
                sqlState: "08003", message: "the connection was closed", isConnectionLost: true)
        }
        try Task.checkCancellation()
        do {
            let value = try session.cancellable(by: cancel) { try body(session) }
            guard session.isInTransaction else { return value }
            throw PostgresFailure(
                sqlState: "25001", message: "a transaction was left open; it is rolled back")
        } catch {
            try session.rollBackWhatIsOpen()
            guard let failure = error as? PostgresFailure else { throw error }
            if failure.sqlState == "57014", cancel.hasFired { throw CancellationError() }
            throw failure
        }
    }
}
