internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Verb {
    static let purge = Verb(
        "purge", summary: "remove raw files, Parquet, quarantine and logs after their retention",
        discussion: """
            Says first what would go, then asks. The newest batch of each file and every batch that is not done keep
            all they have; manifests stay for ever. settings.retention in pulih.yml says for how long the others do, 90
            days each by default. Logs are everybody's: they go only when no CLIENT is named.
            """,
        arguments: [Argument("CLIENT", "only this client", .optional)],
        options: [
            Option("--yes", short: "-y", "do not ask"),
            Option("--dry-run", "only say what would go"),
        ],
        examples: ["pulih purge --dry-run", "pulih purge client1 --yes"]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let clients =
            try invocation.argument(0).map { [try workspace.client($0).name] }
            ?? workspace.configuration.clients.map(\.name)
        let withLogs = invocation.argument(0) == nil
        let progress = Progress(isQuiet: invocation.isQuiet)
        let plans = try await workspace.withEnvironment(progress) { environment in
            let purge = Purge(environment)
            var plans: [PurgePlan] = []
            for client in clients { plans.append(try await purge.plan(client)) }
            if withLogs { plans.append(try await purge.planLogs()) }
            return plans
        }
        let text = PurgeText(plans, workspace.layout)
        let isDry = invocation.has("--dry-run")
        if !invocation.isJSON { text.print() }
        guard !isDry, !text.isEmpty else {
            if invocation.isJSON { Output.standard.line(text.json(removed: false).pretty) }
            return .done
        }
        guard invocation.has("--yes") || confirmed(plans.flatMap(\.items).count) else {
            Output.error.line("nothing was removed; 'pulih purge --yes' does not ask")
            return .usage
        }
        let done = try await workspace.withEnvironment(progress) { environment in
            let purge = Purge(environment)
            var done: [PurgePlan] = []
            for client in clients { done.append(try await purge.carryOut(client)) }
            if withLogs { done.append(try await purge.carryOutLogs()) }
            return done
        }
        let items = done.flatMap(\.items)
        if invocation.isJSON {
            Output.standard.line(PurgeText(done, workspace.layout).json(removed: true).pretty)
        } else {
            let bytes = items.reduce(0) { $0 + $1.bytes }
            Output.standard.line(
                "removed \(Columns.plural(items.count, "file")), \(Columns.bytes(Int64(bytes)))")
        }
        return .done
    }

    private static func confirmed(_ count: Int) -> Bool {
        guard Terminal.isTerminal(.output) else { return false }
        Output.error.write("remove \(Columns.plural(count, "file"))? [y/N] ")
        return readLine()?.lowercased().hasPrefix("y") ?? false
    }
}

/// What a purge removes, for people and as JSON.
private struct PurgeText {
    private let plans: [PurgePlan]
    private let layout: WorkspaceLayout

    init(_ plans: [PurgePlan], _ layout: WorkspaceLayout) {
        self.plans = plans
        self.layout = layout
    }

    var isEmpty: Bool { plans.allSatisfy(\.items.isEmpty) }

    func print() {
        for plan in plans {
            let title = plan.client ?? "logs"
            if plan.items.isEmpty {
                Output.standard.line("\(title): nothing to remove")
            } else {
                let batches = Set(plan.items.compactMap(\.batch)).sorted().map(\.description)
                Output.standard.line(
                    batches.isEmpty ? "\(title):" : "\(title): of \(batches.joined(separator: ", "))")
            }
            let rows = PurgeItem.Kind.allCases.compactMap { kind -> [String]? in
                let items = plan.items(of: kind)
                guard !items.isEmpty else { return nil }
                let bytes = items.reduce(0) { $0 + $1.bytes }
                return [
                    "  \(kind.rawValue)", Columns.plural(items.count, "file"), Columns.bytes(Int64(bytes)),
                ]
            }
            for line in Columns.aligned(rows, right: [1, 2]) { Output.standard.line(line) }
            for kept in plan.kept { Output.standard.line("  kept: \(kept.batch), \(kept.reason)") }
        }
    }

    func json(removed: Bool) -> JSONValue {
        [
            "removed": .bool(removed),
            "plans": .array(
                plans.map { plan in
                    [
                        "client": .optional(plan.client), "bytes": .number(plan.bytes),
                        "files": .array(
                            plan.items.map { item in
                                [
                                    "kind": .string(item.kind.rawValue),
                                    "path": .string(layout.shown(item.path)), "bytes": .number(item.bytes),
                                    "batch_id": .optional(item.batch?.description),
                                ]
                            }),
                        "kept": .array(
                            plan.kept.map {
                                ["batch_id": .string($0.batch.description), "reason": .string($0.reason)]
                            }),
                    ]
                }),
        ]
    }
}
