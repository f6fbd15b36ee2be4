internal import PulihModel

/// A verb of the command line: what it takes, what its help says, what it does.
struct Verb: Sendable {
    let name: String
    let aliases: [String]
    /// One line for the list of verbs.
    let summary: String
    /// What it does, for its own help.
    let discussion: String
    let arguments: [Argument]
    let options: [Option]
    let examples: [String]
    let run: @Sendable (Invocation) async throws -> ExitCode

    init(
        _ name: String, aliases: [String] = [], summary: String, discussion: String = "",
        arguments: [Argument] = [],
        options: [Option] = [], examples: [String],
        run: @escaping @Sendable (Invocation) async throws -> ExitCode
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.discussion = discussion
        self.arguments = arguments
        self.options = options
        self.examples = examples
        self.run = run
    }

    struct Argument: Sendable {
        let name: String
        let help: String
        let kind: Kind
        enum Kind: Sendable { case required, optional, repeated }

        init(_ name: String, _ help: String, _ kind: Kind = .required) {
            self.name = name
            self.help = help
            self.kind = kind
        }

        var shown: String {
            switch kind {
            case .required: name
            case .optional: "[\(name)]"
            case .repeated: "\(name)…"
            }
        }
    }

    struct Option: Sendable {
        /// With dashes: `--from`.
        let name: String
        let short: String?
        /// nil: a flag.
        let value: String?
        let help: String

        init(_ name: String, short: String? = nil, value: String? = nil, _ help: String) {
            self.name = name
            self.short = short
            self.value = value
            self.help = help
        }

        var shown: String {
            (short.map { "\($0), " } ?? "") + name + (value.map { " \($0)" } ?? "")
        }
    }

    /// Options of every verb.
    static let common: [Option] = [
        Option(
            "--workspace", short: "-w", value: "DIR",
            "workspace; default: the nearest folder with a pulih.yml, from here upward"),
        Option("--json", "one JSON value on stdout"),
        Option("--quiet", short: "-q", "no progress on stderr"),
        Option("--help", short: "-h", "this help"),
    ]

    var usage: String {
        (["pulih", name] + arguments.map(\.shown) + (options.isEmpty ? [] : ["[options]"])).joined(
            separator: " ")
    }

    var help: String {
        var lines = ["\(summary)", "", "Usage: \(usage)"]
        if !aliases.isEmpty { lines.append("Alias: \(aliases.joined(separator: ", "))") }
        if !discussion.isEmpty { lines += ["", discussion] }
        if !arguments.isEmpty {
            lines += ["", "Arguments:"] + Columns.aligned(arguments.map { ["  " + $0.name, $0.help] })
        }
        let all = options + Verb.common
        lines += ["", "Options:"] + Columns.aligned(all.map { ["  " + $0.shown, $0.help] })
        lines += ["", examples.count == 1 ? "Example:" : "Examples:"] + examples.map { "  " + $0 }
        return lines.joined(separator: "\n")
    }
}

/// What was typed, taken apart.
struct Invocation: Sendable {
    let verb: Verb
    let positional: [String]
    let values: [String: String]
    let flags: Set<String>

    var isJSON: Bool { flags.contains("--json") }
    var isQuiet: Bool { flags.contains("--quiet") }

    func has(_ flag: String) -> Bool { flags.contains(flag) }
    func value(_ option: String) -> String? { values[option] }
    func argument(_ index: Int) -> String? { positional.indices.contains(index) ? positional[index] : nil }

    /// Takes apart what follows the verb.
    /// - Throws: `usage` naming what is unknown, missing or too much, and the verb's usage line.
    init(_ verb: Verb, _ words: [String]) throws {
        self.verb = verb
        var positional: [String] = []
        var values: [String: String] = [:]
        var flags: Set<String> = []
        let options = verb.options + Verb.common
        var rest = words[...]
        var onlyPositional = false
        while let word = rest.popFirst() {
            if onlyPositional || !word.hasPrefix("-") || word == "-" {
                positional.append(word)
                continue
            }
            if word == "--" {
                onlyPositional = true
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard let option = options.first(where: { $0.name == parts[0] || $0.short == parts[0] }) else {
                let guess = Suggestion.hint(for: parts[0], among: options.map(\.name))
                throw Invocation.problem(
                    verb, "unknown option '\(parts[0])'" + (guess.isEmpty ? "" : " (\(guess))"))
            }
            guard let placeholder = option.value else {
                guard parts.count == 1 else {
                    throw Invocation.problem(verb, "\(option.name) takes no value")
                }
                flags.insert(option.name)
                continue
            }
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                throw Invocation.problem(verb, "\(option.name) needs a value: \(placeholder)")
            }
            values[option.name] = value
        }
        self.positional = positional
        self.values = values
        self.flags = flags
        if flags.contains("--help") { return }
        let required = verb.arguments.filter { if case .optional = $0.kind { false } else { true } }
        if positional.count < required.count {
            throw Invocation.problem(verb, "\(required[positional.count].name) is missing")
        }
        let isOpen = verb.arguments.contains { if case .repeated = $0.kind { true } else { false } }
        if !isOpen, positional.count > verb.arguments.count {
            throw Invocation.problem(verb, "'\(positional[verb.arguments.count])' is too much")
        }
    }

    static func problem(_ verb: Verb, _ summary: String) -> PulihError {
        PulihError(
            .usage, "pulih \(verb.name): \(summary)", object: verb.name,
            hint: "usage: \(verb.usage); 'pulih \(verb.name) --help' says more")
    }

    /// The batch at a position, as `BATCH000014` or its number.
    func batch(_ index: Int) throws -> BatchID? {
        guard let text = argument(index) else { return nil }
        if let id = BatchID(text.uppercased()) { return id }
        if let number = Int(text), number > 0 { return BatchID(number: number) }
        throw Invocation.problem(verb, "'\(text)' is no batch id; batch ids look like BATCH000014")
    }
}
