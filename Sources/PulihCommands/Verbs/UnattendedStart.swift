internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Verb {
    static let unattended = [
        Option(
            "--all", "every client of pulih.yml, one after the other; none is touched by another's failure"),
        Option(
            "--auto-restart",
            "carry on by itself what passes by itself, then tell the alert hook; for timers"),
    ]

    /// Whose batches `start` carries without anybody watching, nil when it is the plain verb.
    /// - Throws: `usage`.
    static func clients(_ invocation: Invocation) throws -> UnattendedClients? {
        let (named, isAll) = (invocation.argument(0), invocation.has("--all"))
        switch (named, isAll) {
        case (nil, false): throw Invocation.problem(invocation.verb, "CLIENT is missing")
        case (let name?, true):
            throw Invocation.problem(invocation.verb, "'\(name)' is too much beside --all")
        default: break
        }
        guard isAll || invocation.has("--auto-restart") else { return nil }
        if invocation.has("--explain") {
            throw Invocation.problem(invocation.verb, "--explain takes one client, and nothing runs")
        }
        return named.map { .one($0) } ?? .all
    }

    static func startUnattended(_ clients: UnattendedClients, _ invocation: Invocation) async throws
        -> ExitCode
    {
        let workspace = try await Workspace.open(invocation)
        let start = UnattendedStart(
            workspace: workspace, options: try runOptions(invocation), isQuiet: invocation.isQuiet,
            isPersistent: invocation.has("--auto-restart"))
        var endings: [Unattended.Ending] = []
        for name in try clients.names(in: workspace) where !Task.isCancelled {
            let ending = await start.run(name)
            endings.append(ending)
            if !invocation.isJSON { EndingText(ending).print() }
        }
        if invocation.isJSON {
            let values = endings.map { EndingText($0).json }
            let isOne = if case .one = clients { true } else { false }
            Output.standard.line((isOne ? values.first ?? .null : .array(values)).pretty)
        }
        return endings.map(\.exitCode).max { $0.weight < $1.weight } ?? .done
    }
}

enum UnattendedClients {
    case one(String)
    case all

    func names(in workspace: Workspace) throws -> [String] {
        switch self {
        case .one(let name): [try workspace.client(name).name]
        case .all: workspace.configuration.clients.map(\.name)
        }
    }
}

/// `start` of one client after the other, each in surroundings of its own.
private struct UnattendedStart {
    let workspace: Workspace
    let options: RunOptions
    let isQuiet: Bool
    /// `--auto-restart` was given.
    let isPersistent: Bool

    func run(_ client: String) async -> Unattended.Ending {
        let progress = Progress(isQuiet: isQuiet)
        let (workspace, options) = (workspace, options)
        var policy = workspace.configuration.settings.autoRestart
        if !isPersistent { policy.attempts = 0 }
        let verbs = Unattended.Verbs(
            start: {
                try await workspace.withEnvironment(progress) { try await Runs($0).start(client, options) }
            },
            restart: {
                try await workspace.withEnvironment(progress) {
                    try await Runs($0).restart(client, nil, RunOptions(failFast: options.failFast))
                }
            },
            standsForAWhile: {
                try await workspace.withEnvironment(progress) { try await Runs($0).standsForAWhile(client) }
            })
        let ending = await Unattended(policy, report: { progress.show(.note($0)) }).run(client, verbs)
        progress.finish()
        if isPersistent, !Task.isCancelled {
            await AlertHook(workspace: workspace) { progress.show(.note($0)) }.tell(ending)
        }
        return ending
    }
}

extension ExitCode {
    /// Which of several tells most.
    fileprivate var weight: Int {
        let order: [ExitCode] = [
            .done, .busy, .refusedData, .failed, .unreachable, .usage, .configuration, .bug,
        ]
        return order.firstIndex(of: self) ?? order.count
    }
}
