public import PulihModel

/// Whether the warehouse has the procedures as `pulih.yml` and `sql/procedures` say. Asked before anything runs.
public enum ProcedureReadiness {
    /// - Returns: a hash of what each procedure is in the warehouse.
    /// - Throws: `configuration` with every script that was not deployed, or every procedure that cannot be called.
    static func ensure(_ environment: RunEnvironment, client: String) async throws -> [ProcedureName: String] {
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

    /// All problems as one error; nil: there is none.
    public static func error(_ problems: [ProcedureProblem]) -> PulihError? {
        guard let first = problems.first else { return nil }
        let hints = Set(problems.map(\.hint))
        return PulihError(
            .configuration, problems.map { "\($0.procedure.at): \($0.message)" }.joined(separator: "\n"),
            object: first.procedure.name.description, leftBehind: "no procedure was called",
            hint: hints.count == 1
                ? first.hint : "mend the procedures or their entries in pulih.yml, then run 'pulih apply'")
    }
}
