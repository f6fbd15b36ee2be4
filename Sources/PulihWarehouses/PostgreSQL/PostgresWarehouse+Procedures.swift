public import PulihModel
import PulihPostgres

extension PostgresWarehouse {
    public func checkProcedures(_ procedures: [Procedure], client: String) async throws -> ProcedureCheck {
        guard !procedures.isEmpty else { return ProcedureCheck() }
        let context = FailureContext(
            "look up the procedures for \(client)", object: client, leftBehind: "nothing was called")
        return try await asked(context, connecting(client, as: Self.application)) {
            try ProcedureLookup(session: $0).check(procedures)
        }
    }

    public func scriptChanges(_ scripts: [ProcedureScript]) async throws -> [ScriptChange] {
        let context = FailureContext("compare sql/procedures with the warehouse", object: "sql/procedures")
        return try await asked(context, deploying) { try ProcedureScripts(session: $0).changes(scripts) }
    }

    public func deploy(_ scripts: [ProcedureScript]) async throws -> [ScriptChange] {
        let context = FailureContext(
            "deploy sql/procedures", object: "sql/procedures", leftBehind: ProcedureScripts.leftBehind,
            hint: "correct it, then run 'pulih apply'")
        return try await asked(context, deploying) { session in
            let work = ProcedureScripts(session: session)
            try session.transaction { try work.prepare() }
            let changes = try work.changes(scripts)
            for change in changes {
                try session.transaction {
                    if let script = scripts.first(where: { $0.path == change.path }) {
                        try work.run(script)
                    } else {
                        try work.forget(change.path)
                    }
                }
            }
            return changes
        }
    }

    private static var application: String { "pulih procedures" }

    /// Procedures belong to who logs in, not to a client's role.
    private var deploying: PostgresSettings { connecting("", as: Self.application, asLogin: true) }

    /// Runs the body on a connection of its own.
    private func asked<T: Sendable>(
        _ context: FailureContext, _ settings: PostgresSettings,
        _ body: @Sendable (PostgresSession) throws -> T
    ) async throws -> T {
        let connection: PostgresConnection
        do {
            connection = try await PostgresConnection.open(settings)
        } catch {
            throw context.error(error, whileOpening: true)
        }
        do {
            let value = try await connection.run(body)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw context.error(error)
        }
    }
}
