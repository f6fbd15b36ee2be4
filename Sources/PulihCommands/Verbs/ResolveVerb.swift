internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

extension Verb {
    static let resolve = Verb(
        "resolve", summary: "lift what blocks a client since something of it was found damaged",
        discussion: """
            A finding of damage blocks every run of its client. Mend it first, then say here why the client may run
            again; who, when and why are audited. A manifest that is still damaged is made again from the catalog, and
            the damaged one stays beside it. Everything else is looked at again by the next run.
            """,
        arguments: [Argument("CLIENT", "a client of pulih.yml")],
        options: [
            Option("--reason", value: "TEXT", "why it may run again"),
            Option("--block", value: "ID", "only this block; 'pulih status' lists them"),
        ], examples: ["pulih resolve client1 --reason \"manifest restored from the backup of Friday\""]
    ) { invocation in
        let client = invocation.positional[0]
        let reason = invocation.value("--reason") ?? ""
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw Invocation.problem(invocation.verb, "--reason is missing")
        }
        let workspace = try await Workspace.open(invocation)
        let done = try await workspace.withEnvironment(Progress(isQuiet: invocation.isQuiet)) {
            try await Resolving($0).resolve(client, block: invocation.value("--block"), reason: reason)
        }
        let catalog = try await workspace.openCatalog(readOnly: true)
        let left = try await catalog.blocks(client: client, openOnly: true)
        try await catalog.close()
        let next = left.isEmpty ? "pulih start \(client)" : "pulih resolve \(client) --reason \"…\""
        if invocation.isJSON {
            let json: JSONValue = [
                "client": .string(client),
                "resolved": .array(
                    done.map { ["block": $0.block.json, "done": .optional($0.done)] }),
                "open": .array(left.map(\.json)), "next": .string(next),
            ]
            Output.standard.line(json.pretty)
            return .done
        }
        if done.isEmpty { Output.standard.line("nothing blocks \(client)") }
        for resolution in done {
            let block = resolution.block
            Output.standard.line("\(block.id) is lifted: \(block.finding)")
            Output.standard.line("  \(resolution.done ?? "the next run looks at it again")")
        }
        for block in left { Output.standard.line("\(block.id) still blocks: \(block.finding)") }
        if !done.isEmpty || !left.isEmpty { Output.standard.line("next: \(next)") }
        return .done
    }
}
