internal import PulihConfig
internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Verb {
    static let apply = Verb(
        "apply",
        summary: "check pulih.yml and sql/, show the difference and bring catalog and procedures to it",
        discussion: """
            Deploys changed scripts of sql/procedures into the warehouse, then sees whether every procedure of pulih.yml
            can be called, then brings the catalog to pulih.yml and the models.
            """,
        options: [
            Option("--yes", short: "-y", "do not ask"),
            Option("--check", "only check and show; exit 0 when nothing differs, else 3"),
        ],
        examples: ["pulih apply", "pulih apply --yes"]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let engine = try await workspace.makeEngine()
        _ = try await ModelAnalysis(workspace.configuration, engine: engine)
        let warehouse = try await workspace.makeWarehouse()
        let catalog = try await workspace.openCatalog(readOnly: false, create: true)
        let configuration = workspace.configuration
        let difference = WorkspaceDifference(
            rows: ConfigurationDifference.between(
                applied: try await catalog.configurationRows(), wanted: configuration.rows()),
            scripts: try await warehouse.scriptChanges(configuration.scripts))
        let outcome = try await difference.apply(to: catalog, warehouse, workspace, invocation)
        try await catalog.close()
        try await engine.close()
        if invocation.isJSON {
            let json: JSONValue = [
                "changes": .strings(difference.lines),
                "applied": .bool(outcome == .done && !invocation.has("--check")),
            ]
            Output.standard.line(json.pretty)
        }
        return outcome
    }
}

/// What `apply` has to do.
private struct WorkspaceDifference {
    let rows: [ConfigurationChange]
    let scripts: [ScriptChange]

    var lines: [String] { scripts.map { $0.describe() } + rows.map { $0.describe() } }

    func apply(
        to catalog: any Catalog, _ warehouse: any Warehouse, _ workspace: Workspace, _ invocation: Invocation
    ) async throws -> ExitCode {
        let configuration = workspace.configuration
        if !invocation.isJSON {
            for line in lines { Output.standard.line(line) }
            if lines.isEmpty { Output.standard.line("nothing to apply: the catalog has what the files say") }
        }
        if invocation.has("--check") {
            // What is not deployed yet cannot be looked at.
            if scripts.isEmpty { try await ProcedureReadiness.check(configuration, warehouse) }
            return lines.isEmpty ? .done : .configuration
        }
        if !lines.isEmpty, !invocation.has("--yes"), !confirmed(lines.count) {
            Output.error.line("nothing was applied; 'pulih apply --yes' does not ask")
            return .usage
        }
        if !scripts.isEmpty { _ = try await warehouse.deploy(configuration.scripts) }
        try await ProcedureReadiness.check(configuration, warehouse)
        try await Configuring(workspace.layout, catalog, SystemClock()).apply(
            rows, clients: configuration.clients)
        if !lines.isEmpty, !invocation.isJSON {
            Output.standard.line("applied \(Columns.plural(lines.count, "change"))")
        }
        return .done
    }

    private func confirmed(_ count: Int) -> Bool {
        guard Terminal.isTerminal(.output) else { return false }
        Output.error.write("apply \(Columns.plural(count, "change"))? [y/N] ")
        return readLine()?.lowercased().hasPrefix("y") ?? false
    }
}
