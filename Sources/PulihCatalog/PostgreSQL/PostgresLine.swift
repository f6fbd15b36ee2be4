import PulihModel
import PulihPostgres
import PulihPostgresErrors

/// A connection to the catalog's server that is made when it is first needed, and anew after it was lost.
actor PostgresLine {
    private let settings: PostgresSettings
    private let catalog: String
    private var standing: Task<PostgresConnection, any Error>?
    private var isClosed = false

    init(_ settings: PostgresSettings, catalog: String) {
        self.settings = settings
        self.catalog = catalog
    }

    /// One transaction. When the connection turns out to be lost before the commit, the server has executed nothing
    /// of it, and it is begun once more on a new connection; lost during the commit, the failure tells so.
    func transaction<T: Sendable>(
        _ isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false,
        _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        do {
            return try await once(isolation, readOnly: readOnly, body)
        } catch {
            guard let failure = error as? PostgresFailure, failure.isConnectionLost, !failure.outcomeIsUnknown
            else { throw error }
            return try await once(isolation, readOnly: readOnly, body)
        }
    }

    func close() async {
        isClosed = true
        guard let open = standing else { return }
        standing = nil
        // One that could not be opened needs no closing, and its failure was told.
        if case .success(let connection) = await open.result { await connection.close() }
    }

    private func once<T: Sendable>(
        _ isolation: PostgresIsolation, readOnly: Bool, _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        guard !isClosed else { throw PulihError(.bug, "the catalog \(catalog) was closed", object: catalog) }
        let opening = standing ?? open()
        standing = opening
        do {
            return try await opening.value.transaction(isolation, readOnly: readOnly, body)
        } catch {
            if let failure = error as? PostgresFailure, failure.isConnectionLost, standing == opening {
                standing = nil
            }
            throw error
        }
    }

    /// A task of its own: the cancellation of one caller must not reach others that wait for the connection.
    private func open() -> Task<PostgresConnection, any Error> {
        Task { [settings] in
            let connection = try await PostgresConnection.open(settings)
            // What was written must outlive a power cut of the server, whatever its settings say.
            try await connection.run { session in
                _ = try session.query(
                    """
                    SELECT set_config('synchronous_commit', 'on', false)
                    WHERE current_setting('synchronous_commit') = 'off'
                    """)
            }
            return connection
        }
    }
}
