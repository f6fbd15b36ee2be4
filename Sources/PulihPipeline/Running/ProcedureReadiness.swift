public import PulihModel

/// Whether the warehouse has the procedures as `pulih.yml` and `sql/procedures` say. Asked before anything runs.
public enum ProcedureReadiness {
    /// - Returns: a hash of what each procedure is in the warehouse.
    /// - Throws: `configuration` with every script that was not deployed, or every procedure that cannot be called.
    static func ensure(_ environment: RunEnvironment, client: String) async throws -> [ProcedureName: String]
    {
        let configuration = environment.configuration
        guard !configuration.procedures.isEmpty else { return [:] }
        let pending = try await environment.warehouse.scriptChanges(configuration.scripts)
            .filter { $0.kind != .removed }
        guard pending.isEmpty else {
            throw PulihError(
                .configuration,
                "sql/procedures differs from what was deployed:\n  "
                    + pending.map { $0.describe() }.joined(separator: "\n  ") + "\n",
                object: "sql/procedures", leftBehind: "nothing was done",
                hint: "run 'pulih apply' to see and deploy the difference")
        }
        let check = try await environment.warehouse.checkProcedures(configuration.procedures, client: client)
        if let error = error(check.problems) { throw error }
        return check.definitions
    }

    /// Looks at the procedures as the role of every client would call them.
    /// - Throws: `configuration` with every one that cannot be called.
    public static func check(_ configuration: Configuration, _ warehouse: any Warehouse) async throws {
        guard !configuration.procedures.isEmpty else { return }
        var problems: [ProcedureProblem] = []
        for client in configuration.clients {
            let check = try await warehouse.checkProcedures(configuration.procedures, client: client.name)
            // Most are the same for every client.
            problems += check.problems.filter { !problems.contains($0) }
        }
        if let error = error(problems) { throw error }
    }

    /// All problems as one error; nil: there is none.
    private static func error(_ problems: [ProcedureProblem]) -> PulihError? {
        guard let first = problems.first else { return nil }
        let hints = Set(problems.map(\.hint))
        return PulihError(
            .configuration, problems.map { "\($0.procedure.at): \($0.message)" }.joined(separator: "\n"),
            object: first.procedure.name.description, leftBehind: "no procedure was called",
            hint: hints.count == 1
                ? first.hint : "mend the procedures or their entries in pulih.yml, then run 'pulih apply'")
    }
}
