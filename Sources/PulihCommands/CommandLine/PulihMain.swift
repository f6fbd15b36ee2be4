internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

/// The program: finds the verb, runs it, turns every error into one message and one exit code.
public enum PulihMain {
    public static let version = "0.1.0"

    static let verbs: [Verb] = [
        .initialize, .infer, .apply, .start, .wait, .restart, .reprocess, .replace, .resolve, .quarantine,
        .stop, .pause, .resume, .status, .batches, .show, .schema, .trace, .query, .doctor, .purge, .catalog,
        .failpoints,
    ]

    /// - Parameter words: the arguments without the program's name.
    /// - Returns: the exit code.
    public static func run(_ words: [String]) async -> Int32 {
        Signals.ignoreSIGPIPE()
        let stop = RunStop()
        let command = Task { await RunStop.$current.withValue(stop) { await perform(words) } }
        do {
            try Signals.onStop { signal in
                stop.ask(RunStop.Order(.now, cause: "\(signal) was received"))
                if !words.contains("--quiet"), !words.contains("-q") {
                    Output.error.line("pulih: \(signal): stopping; once more ends it at once")
                }
                command.cancel()
                // Without a client in hand there is nothing to put in order, and some waits cannot be cut short.
                Signals.exit(status: ExitCode.failed.rawValue, afterMilliseconds: 1_500) { stop.holdsClients }
            }
        } catch {
            Output.error.line("pulih: \(error)")
        }
        return await command.value
    }

    private static func perform(_ words: [String]) async -> Int32 {
        let wantsJSON = words.contains("--json")
        do {
            try Failpoints.validate()
            let code = try await dispatch(words)
            try await TimingsFile.writeIfWanted()
            return code.rawValue
        } catch {
            let failure = PulihError.wrapping(error)
            report(failure, asJSON: wantsJSON)
            return failure.code.exitCode.rawValue
        }
    }

    private static func dispatch(_ typed: [String]) async throws -> ExitCode {
        let words = verbFirst(typed)
        guard let first = words.first, first != "--help", first != "-h", first != "help" else {
            if words.count > 1, words[0] == "help", let verb = verb(words[1]) {
                Output.standard.line(verb.help)
            } else {
                Output.standard.line(overview)
            }
            return words.isEmpty ? .usage : .done
        }
        if first == "--version" || first == "version" {
            Output.standard.line("pulih \(version)")
            return .done
        }
        guard let verb = verb(first) else {
            let guess = Suggestion.hint(for: first, among: verbs.map(\.name))
            throw PulihError(
                .usage, "there is no verb '\(first)'" + (guess.isEmpty ? "" : " (\(guess))"), object: first,
                hint: "'pulih --help' lists the verbs")
        }
        let invocation = try Invocation(verb, Array(words.dropFirst()))
        if invocation.has("--help") {
            Output.standard.line(verb.help)
            return .done
        }
        return try await verb.run(invocation)
    }

    /// Options that every verb has may stand before the verb: `pulih -w DIR status`.
    private static func verbFirst(_ words: [String]) -> [String] {
        var leading: [String] = []
        var rest = words[...]
        while let word = rest.first, word != "--help", word != "-h",
            let option = Verb.common.first(where: {
                $0.name == word || $0.short == word || word.hasPrefix($0.name + "=")
            })
        {
            rest.removeFirst()
            leading.append(word)
            if option.value != nil, !word.contains("="), let value = rest.popFirst() { leading.append(value) }
        }
        guard let verb = rest.popFirst() else { return words }
        return [verb] + leading + rest
    }

    private static func verb(_ name: String) -> Verb? {
        verbs.first { $0.name == name || $0.aliases.contains(name) }
    }

    private static var overview: String {
        """
        pulih \(version): every batch traceable, every failure recoverable

        Usage: pulih VERB [arguments] [options]

        \(Columns.aligned(verbs.map { ["  " + $0.name, $0.summary] }).joined(separator: "\n"))

        'pulih VERB --help' says more and shows an example. Results go to stdout, progress to stderr.
        Exit codes: 0 done, 1 batch failed, 2 usage, 3 configuration, 4 the data was refused, 5 busy,
        6 warehouse or catalog unreachable, 70 bug.
        """
    }

    private static func report(_ error: PulihError, asJSON: Bool) {
        if asJSON {
            let json: JSONValue = [
                "error": [
                    "code": .string(error.code.description),
                    "exit": .number(Int(error.code.exitCode.rawValue)),
                    "summary": .string(error.summary), "object": .string(error.object),
                    "left_behind": .string(error.leftBehind), "hint": .string(error.hint),
                ]
            ]
            Output.standard.line(json.pretty)
        } else {
            Output.error.line("pulih: \(error.description)")
        }
    }
}
