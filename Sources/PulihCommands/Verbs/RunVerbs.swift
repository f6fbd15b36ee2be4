internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

extension Verb {
    private static let failFast = Option(
        "--fail-fast", "stop at the first failure instead of finishing what does not depend on it")
    private static let explain = Option("--explain", "say what would run and why, and do nothing")
    private static let from = Option(
        "--from", value: "STAGE", "force this stage and all after it: \(stageNames)")
    private static let file = Option(
        "--file", value: "FILE", "only the steps of this file (logical, original or physical name)")
    private static let batchArgument = Argument("BATCH", "BATCH000014 or 14", .optional)
    private static let clientArgument = Argument("CLIENT", "a client of pulih.yml")
    private static let stageNames = Stage.allCases.map(\.rawValue).joined(separator: ", ")

    static let start = Verb(
        "start", summary: "make a batch of the files that were dropped and carry it to gold",
        discussion:
            "Finishes an interrupted batch first. Stops at a failed one and names it, unless --leave is given.",
        arguments: [Argument("CLIENT", "a client of pulih.yml, unless --all is given", .optional)],
        options: [
            Option("--leave", "go on although the newest batch failed"),
            Option("--require-files", "begin nothing while an expected file is missing; exit 4"), failFast,
            explain,
        ] + unattended,
        examples: [
            "pulih start client1", "pulih start client1 --explain", "pulih start --all --auto-restart",
        ]
    ) { invocation in
        if let clients = try clients(invocation) { return try await startUnattended(clients, invocation) }
        return try await run(invocation, .start, batch: nil)
    }

    static let restart = Verb(
        "restart", summary: "go on with a batch: what failed, what is missing, what changed",
        discussion: """
            Every step whose result still stands is kept; the others run, and what depends on them. Without BATCH: the
            oldest batch that is not done, else the newest.
            """,
        arguments: [clientArgument, batchArgument], options: [from, file, failFast, explain],
        examples: ["pulih restart client1", "pulih restart client1 BATCH000014 --from transform"]
    ) { invocation in
        try await run(invocation, .restart, batch: try invocation.batch(1))
    }

    static let reprocess = Verb(
        "reprocess", aliases: ["reprocessing"],
        summary: "run all of a batch again, then replay the later ones",
        discussion:
            "Everything after convert is forced; convert too if its input changed or its Parquet is gone.",
        arguments: [clientArgument, batchArgument], options: [from, file, failFast, explain],
        examples: ["pulih reprocess client1", "pulih reprocess client1 BATCH000014 --file cust_info"]
    ) { invocation in
        try await run(invocation, .reprocess, batch: try invocation.batch(1))
    }

    static func stage(_ invocation: Invocation) throws -> Stage? {
        guard let name = invocation.value("--from") else { return nil }
        if let stage = Stage(rawValue: name) { return stage }
        let guess = Suggestion.hint(for: name, among: Stage.allCases.map(\.rawValue))
        throw Invocation.problem(
            invocation.verb,
            "'\(name)' is no stage" + (guess.isEmpty ? "; stages: \(stageNames)" : " (\(guess))"))
    }

    static func runOptions(_ invocation: Invocation) throws -> RunOptions {
        var options = RunOptions(
            from: try stage(invocation), file: invocation.value("--file"),
            failFast: invocation.has("--fail-fast"),
            leave: invocation.has("--leave"))
        options.requireFiles = invocation.has("--require-files")
        return options
    }

    static func run(_ invocation: Invocation, _ mode: RunMode, batch: BatchID?) async throws
        -> ExitCode
    {
        let client = invocation.positional[0]
        let options = try runOptions(invocation)
        let workspace = try await Workspace.open(invocation)
        let progress = Progress(isQuiet: invocation.isQuiet)
        if invocation.has("--explain") {
            let explanation = try await workspace.withEnvironment(progress) {
                try await Runs($0).explain(client, batch, mode: mode, options)
            }
            ExplanationText(explanation, client: client).print(asJSON: invocation.isJSON)
            return .done
        }
        let result = try await workspace.withEnvironment(progress) { environment in
            let runs = Runs(environment)
            return switch mode {
            case .start: try await runs.start(client, options)
            case .restart: try await runs.restart(client, batch, options)
            case .reprocess: try await runs.reprocess(client, batch, options)
            }
        }
        progress.finish()
        RunText(result).print(asJSON: invocation.isJSON)
        return result.exitCode
    }

    static let replace = Verb(
        "replace", summary: "put a corrected file in the place of one of a batch",
        discussion:
            "The old file stays in failed; both hashes are audited. The batch is not run: 'pulih restart' does that.",
        arguments: [
            clientArgument, Argument("BATCH", "BATCH000014 or 14"),
            Argument("FILE", "the file of the batch: logical, original or physical name"),
            Argument("NEW", "path of the corrected file"),
        ],
        examples: ["pulih replace client1 BATCH000014 cust_info corrected/cust_info.csv"]
    ) { invocation in
        guard let batch = try invocation.batch(1) else {
            throw Invocation.problem(invocation.verb, "BATCH is missing")
        }
        let (client, file) = (invocation.positional[0], invocation.positional[2])
        let workspace = try await Workspace.open(invocation)
        let new = try await existing(invocation.positional[3], workspace)
        let progress = Progress(isQuiet: invocation.isQuiet)
        let done = try await workspace.withEnvironment(progress) {
            try await Repairs($0).replace(client, batch, file: file, with: new)
        }
        if invocation.isJSON {
            let json: JSONValue = [
                "batch_id": .string(done.batch.description), "file": .string(done.file),
                "old_sha256": .string(done.oldSHA256), "new_sha256": .string(done.newSHA256),
                "records": .number(done.records),
                "old_path": .optional(done.oldPath.map(workspace.layout.shown)),
                "next": .string("pulih restart \(client) \(done.batch)"),
            ]
            Output.standard.line(json.pretty)
        } else {
            Output.standard.line(
                "\(done.file) of \(done.batch) is replaced: \(Columns.plural(done.records, "record"))")
            Output.standard.line(
                "  old SHA-256 \(done.oldSHA256)"
                    + (done.oldPath.map { ", kept as \(workspace.layout.shown($0))" } ?? ""))
            Output.standard.line("  new SHA-256 \(done.newSHA256)")
            Output.standard.line("next: pulih restart \(client) \(done.batch)")
        }
        return .done
    }

    /// A path as typed, seen from here; as a convenience also from the workspace, as messages show paths.
    static func existing(_ path: String, _ workspace: Workspace) async throws -> String {
        let candidates = [WorkingFolder.absolute(path), workspace.layout.resolve(path)]
        return try await BlockingWork.run {
            for candidate in candidates where try FileIdentity.ifPresent(candidate) != nil {
                return candidate
            }
            throw PulihError(
                .usage, "there is no file \(path)", object: path, leftBehind: "nothing was done",
                hint: "check the path")
        }
    }
}
