public import PulihModel
import PulihPostgres
import PulihPostgresErrors
import PulihSystem

/// The schema `tools` of a PostgreSQL database.
///
/// What a method wrote is on the server's disk when it returns. Writes that are asked for at the same time share one
/// transaction. Cancelling a caller does not stop its write, so that a run can still journal how it ended. Leases
/// expire by the server's clock.
public enum PostgresCatalog {
    /// - Parameters:
    ///   - password: the secret that the location refers to.
    ///   - readOnly: needs a catalog of this format; otherwise one is migrated.
    ///   - create: makes a catalog where there is none.
    ///   - patience: of what is done after it was opened.
    /// - Throws: `unreachable` when the server does not answer or there is no catalog, `refused` for one that a
    ///   newer Pulih wrote, `configuration` when a right is missing.
    public static func open(
        _ location: PostgresLocation, password: String? = nil, readOnly: Bool, create: Bool = true,
        patience: CatalogPatience? = nil
    ) async throws -> any Catalog {
        let catalog = location.url
        let line = PostgresLine(settings(location, password: password, readOnly: readOnly), catalog: catalog)
        do {
            if readOnly {
                try await PostgresSchema.checkReadable(line, catalog: catalog)
            } else {
                try await PostgresSchema.migrate(line, catalog: catalog, create: create)
            }
        } catch {
            await line.close()
            throw PostgresAction.catalog("open", catalog).ofCatalog(error)
        }
        // Reports must not hold up the journal, nor a heartbeat.
        let reader =
            readOnly
            ? line : PostgresLine(settings(location, password: password, readOnly: true), catalog: catalog)
        return SQLCatalog(PostgresStore(reader: reader, writer: line, catalog: catalog), patience)
    }

    /// Gives the schema `tools` another name, so that a new one can be made in its place.
    /// - Returns: the name that it has now; nil: there was none.
    public static func putAside(
        _ location: PostgresLocation, password: String? = nil, mark: String
    ) async throws -> String? {
        let line = PostgresLine(
            settings(location, password: password, readOnly: false), catalog: location.url)
        do {
            let aside: String? = try await line.transaction { session in
                guard try !session.scalar("SELECT to_regnamespace('tools')::text").isNull else { return nil }
                let name = "tools_\(mark)"
                try session.execute("ALTER SCHEMA tools RENAME TO \(SQLText.identifier(name))")
                return name
            }
            await line.close()
            return aside
        } catch {
            await line.close()
            throw PostgresAction.catalog("put aside", location.url).ofCatalog(error)
        }
    }

    private static func settings(
        _ location: PostgresLocation, password: String?, readOnly: Bool
    ) -> PostgresSettings {
        // Somebody who locks a table by hand is told of instead of waited for without end.
        // A run that was halted in the middle of a write keeps nobody from taking over.
        var parameters = [
            "search_path": "tools, pg_temp", "lock_timeout": "30s",
            "idle_in_transaction_session_timeout": "20s",
        ]
        if readOnly { parameters["default_transaction_read_only"] = "on" }
        return PostgresSettings(
            conninfo: location.url, password: password, applicationName: "pulih catalog",
            parameters: parameters, store: .catalog)
    }
}

struct PostgresStore: CatalogStore {
    private let reader: PostgresLine
    private let writer: PostgresLine
    private let catalog: String
    private let commits: GroupCommit

    init(reader: PostgresLine, writer: PostgresLine, catalog: String) {
        self.reader = reader
        self.writer = writer
        self.catalog = catalog
        commits = GroupCommit { body in
            try await writer.transaction { try body(PostgresCatalogSession(session: $0)) }
        } concernsAll: {
            ($0 as? PostgresFailure)?.isConnectionLost == true
        }
    }

    func reading<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        do {
            return try await reader.transaction(.repeatableRead, readOnly: true) {
                try body(PostgresCatalogSession(session: $0))
            }
        } catch {
            throw PostgresAction.catalog("read", catalog).ofCatalog(error)
        }
    }

    func writing(_ body: @escaping @Sendable (any CatalogSession) throws -> Void) async throws {
        do {
            try await commits.commit(body)
        } catch {
            throw PostgresAction.catalog("write to", catalog).ofCatalog(error)
        }
    }

    func writingAlone<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        do {
            return try await writer.transaction { try body(PostgresCatalogSession(session: $0)) }
        } catch {
            throw PostgresAction.catalog("write to", catalog).ofCatalog(error)
        }
    }

    func close() async {
        await reader.close()
        await writer.close()
    }
}

extension PostgresAction {
    fileprivate static func catalog(_ doing: String, _ catalog: String) -> PostgresAction {
        PostgresAction(
            "\(doing) the catalog \(catalog)", object: catalog,
            leftBehind: doing == "read" ? "" : "nothing of this change was written", blame: .bug)
    }

    /// Statements of the catalog are Pulih's own: that one fails is a bug, or the tables are not what Pulih made.
    fileprivate func ofCatalog(_ error: any Error) -> any Error {
        guard let failure = error as? PostgresFailure else { return error }
        var action = self
        switch failure.sqlState {
        case "42P07", "42710":
            action.blame = .refused
            action.hint =
                "the schema tools holds what Pulih did not make; rename that, or give the catalog another database"
        case "42P01", "42703", "3F000":
            action.blame = .damaged
            action.hint = "something else than Pulih changed it; restore the newest copy of the catalog"
        default: break
        }
        return action.error(failure)
    }
}
