internal import PulihModel
internal import PulihSystem

/// The files are master of the configuration; the catalog must hold the same before anything runs.
enum AppliedConfiguration {
    /// Corrected models are taken over by the run itself, as an operator who mends one at night expects, and so is when
    /// files are expected and where their senders say what they hold. Everything else decides how data is read and goes
    /// through `pulih apply`.
    /// - Returns: what was taken over, for the audit.
    static func ensure(_ environment: RunEnvironment, isDry: Bool) async throws -> String? {
        let applied = try await environment.catalog.configurationRows()
        let changes = ConfigurationDifference.between(
            applied: applied, wanted: environment.configuration.rows())
        if changes.isEmpty { return nil }
        guard !applied.isEmpty else {
            throw PulihError(
                .configuration, "the configuration of this workspace was not applied yet",
                object: "pulih.yml",
                leftBehind: "nothing was done", hint: "run 'pulih apply'")
        }
        guard changes.needsNoApply else {
            let shown = changes.prefix(5).map { $0.describe() }.joined(separator: "\n  ")
            let more = changes.count > 5 ? "\n  and \(changes.count - 5) more" : ""
            throw PulihError(
                .configuration, "pulih.yml differs from what was applied:\n  \(shown)\(more)\n",
                object: "pulih.yml",
                leftBehind: "nothing was done", hint: "run 'pulih apply' to see and apply the difference")
        }
        if isDry { return nil }
        try await environment.catalog.apply(changes, at: environment.clock.now())
        let names = changes.map(\.row.title).joined(separator: ", ")
        let what = changes.isModelOnly ? "changed models" : "changes"
        environment.report(.note("took over \(what): \(names)"))
        return "\(what) taken over by a run: \(names)"
    }
}
