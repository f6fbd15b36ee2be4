internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

extension Verb {
    private static let clientArgument = Argument("CLIENT", "a client of pulih.yml")

    static let stop = Verb(
        "stop", summary: "end the run of a client at the next safe point",
        discussion: """
            What runs is interrupted and taken back; the batch is CANCELLED and 'pulih restart' goes on with it. Asked again,
            a process of this host ends at once. Exit 5 when it still runs after the wait.
            """,
        arguments: [clientArgument],
        options: [Option("--wait", value: "SECONDS", "how long to wait for its end; default 30")],
        examples: ["pulih stop client1"]
    ) { invocation in
        let client = invocation.positional[0]
        let wait = try invocation.wholeNumber("--wait") ?? 30
        let workspace = try await Workspace.open(invocation)
        let outcome = try await workspace.withEnvironment(Progress(isQuiet: invocation.isQuiet)) {
            try await Controls($0).stop(client, waitSeconds: Double(wait))
        }
        ControlText(outcome).printStop(asJSON: invocation.isJSON)
        return outcome.hasEnded ? .done : .busy
    }

    static let pause = Verb(
        "pause", summary: "let no run of a client begin, and one under way end after its running steps",
        discussion: "The batch under way becomes PAUSED. Runs are refused with exit 5 until 'pulih resume'.",
        arguments: [clientArgument],
        options: [Option("--reason", value: "TEXT", "why; shown to whoever tries to run")],
        examples: ["pulih pause client1 --reason \"month end\""]
    ) { invocation in
        let client = invocation.positional[0]
        let reason = invocation.value("--reason") ?? ""
        let workspace = try await Workspace.open(invocation)
        let outcome = try await workspace.withEnvironment(Progress(isQuiet: invocation.isQuiet)) {
            try await Controls($0).pause(client, reason: reason)
        }
        ControlText(outcome).printPause(reason, asJSON: invocation.isJSON)
        return .done
    }

    static let resume = Verb(
        "resume", summary: "lift the pause of a client and finish its paused batch",
        arguments: [clientArgument], examples: ["pulih resume client1"]
    ) { invocation in
        let client = invocation.positional[0]
        let workspace = try await Workspace.open(invocation)
        let progress = Progress(isQuiet: invocation.isQuiet)
        let result = try await workspace.withEnvironment(progress) { try await Controls($0).resume(client) }
        progress.finish()
        RunText(result).print(asJSON: invocation.isJSON)
        return result.exitCode
    }
}

/// What became of a request, for people or as JSON.
private struct ControlText {
    private let outcome: Controls.Outcome
    private let status: Status?

    init(_ outcome: Controls.Outcome) {
        self.outcome = outcome
        status = outcome.batch.map { BatchStory.effectiveStatus($0, isAlive: !outcome.hasEnded) }
    }

    func printStop(asJSON: Bool) {
        let next = outcome.hasEnded ? restart : "pulih status \(outcome.client)"
        guard !asJSON else {
            print([("stopped", .bool(outcome.run != nil && outcome.hasEnded))], next)
            return
        }
        guard let run = outcome.run else {
            Output.standard.line("\(outcome.client): nothing runs")
            if let next { Output.standard.line("next: \(next)") }
            return
        }
        let owner = "\(run.doing) (pid \(run.lease.owner.pid) on \(run.lease.owner.hostName))"
        Output.standard.line(
            outcome.hasEnded ? "\(owner) has ended" : "\(owner) still runs; \(outcome.way)")
        if let batch = outcome.batch, let status {
            Output.standard.line("\(batch.batch) of \(outcome.client): \(status.rawValue), \(batch.message)")
        }
        if let next { Output.standard.line("next: \(next)") }
    }

    func printPause(_ reason: String, asJSON: Bool) {
        let next = "pulih resume \(outcome.client)"
        guard !asJSON else {
            print([("paused", true), ("reason", .string(reason))], next)
            return
        }
        Output.standard.line("\(outcome.client) is paused" + (reason.isEmpty ? "" : ": \(reason)"))
        if let run = outcome.run {
            Output.standard.line("\(run.doing) (pid \(run.lease.owner.pid)) ends after its running steps")
        }
        Output.standard.line("next: \(next)")
    }

    private var restart: String? {
        switch status {
        case .cancelled, .interrupted, .failed, .pending: "pulih restart \(outcome.client)"
        case .paused: "pulih resume \(outcome.client)"
        default: nil
        }
    }

    private func print(_ own: [(String, JSONValue)], _ next: String?) {
        let run: JSONValue =
            outcome.run.map { run in
                [
                    "doing": .string(run.doing), "pid": .number(Int(run.lease.owner.pid)),
                    "host": .string(run.lease.owner.hostName),
                ]
            } ?? .null
        var members = [JSONMember("client", .string(outcome.client))]
        members += own.map { JSONMember($0.0, $0.1) }
        members += [
            JSONMember("run", run), JSONMember("has_ended", .bool(outcome.hasEnded)),
            JSONMember("batch_id", .optional(outcome.batch?.batch.description)),
            JSONMember("status", .optional(status?.rawValue)), JSONMember("next", .optional(next)),
        ]
        Output.standard.line(JSONValue.object(members).pretty)
    }
}
