internal import PulihSystem
internal import PulihTesting

/// One story, killed here and there, and finished.
struct Round: Sendable {
    let number: Int
    let place: Place
    let story: Story
    let variant: Int
    private let seed: UInt64

    /// All of it follows from the seed and the number.
    init(_ number: Int, seed: UInt64, places: [Place]) {
        var numbers = SeededNumbers(seed: seed, stream: 3 * number)
        self.number = number
        self.seed = seed
        place = places[number % places.count]
        story = Story.allCases[number / places.count % Story.allCases.count]
        variant = numbers.number(0...story.variants - 1)
    }

    /// What became of it.
    struct Result: Sendable {
        let round: Round
        var kills: [Kill] = []
        /// Of each command, also of those that ended before; as `--deaths` takes them.
        var deaths: [Death] = []
        /// What was typed and how it ended.
        var protocolLines: [String] = []
        var differences: [String] = []
    }

    func play(_ beginnings: Beginnings, _ program: Program, deaths given: [Death]?) async throws
        -> (result: Result, workspace: Workspace)
    {
        let key = Beginnings.Key(place: place, story: story, variant: variant)
        let expected = try await beginnings.expected(key)
        let workspace = try await beginnings.workspace(place, story)
        var play = Play(
            workspace: workspace, program: program, passages: expected.passages,
            operator: SeededNumbers(seed: seed, stream: 3 * number + 1),
            deaths: Deaths(SeededNumbers(seed: seed, stream: 3 * number + 2), given: given),
            result: Result(round: self))
        do {
            try await play.through(story.events(variant))
            let outcome = try await Outcome(of: workspace)
            play.result.differences += outcome.differences(from: expected.outcome)
            try await play.cleanUp()
            // What was left where nobody looks would come out with the next delivery.
            if number % 4 == 3, play.result.differences.isEmpty {
                try workspace.drop(.last)
                try await play.mustEnd(.start)
                let later = try await Outcome(of: workspace).differences(from: expected.later)
                play.result.differences += later.map { "after the next delivery: \($0)" }
            }
            play.result.differences += try await Promises.broken(workspace)
        } catch let failure as TestFailure {
            play.result.differences.append("\(failure)")
        }
        return (play.result, workspace)
    }
}

/// The operator's side of a round.
struct Play {
    let workspace: Workspace
    let program: Program
    let passages: [Command.Verb: [String: Int]]
    var `operator`: SeededNumbers
    var deaths: Deaths
    var result: Round.Result

    /// - Throws: `TestFailure` when a command does not end as it must.
    mutating func through(_ events: [Story.Event]) async throws {
        var events = events[...]
        while let event = events.popFirst() {
            switch event {
            case .deliver(let delivery): try workspace.drop(delivery)
            case .command(let command): try await finish(command, &events)
            }
        }
        // Whatever was typed last: nothing waits any more.
        try await mustEnd(.start)
    }

    private mutating func finish(_ command: Command, _ later: inout ArraySlice<Story.Event>) async throws {
        var typed = command
        while true {
            let ended = try await run(typed)
            if ended.wasKilled {
                // A source delivers without asking how far the last delivery is.
                if case .deliver(let delivery) = later.first, try workspace.isCollected,
                    self.operator.once(in: 2)
                {
                    later.removeFirst()
                    try workspace.drop(delivery)
                    result.protocolLines.append("the next delivery comes")
                }
                typed = self.operator.pick(command.afterwards)
                continue
            }
            // Killed before it had taken anything, a first 'start' left nothing that could go on.
            if typed.verb == .restart, ended.exit == 2, ended.text.contains("has no batch yet") {
                typed = command
                continue
            }
            // Killed before it had said that it carries the failed batch again; 'start' does not go past that.
            if typed.verb == .start, ended.exit == 1, ended.text.contains(" is FAILED: ") {
                typed = .restart
                continue
            }
            // What was released before it died is no longer there to be released.
            let isReleased = typed.verb == .release && ended.exit == 4
            guard ended.exit == 0 || isReleased else {
                throw TestFailure("\(typed) ended with \(ended.exit ?? -1): \(ended.text)")
            }
            if command.verb == .release, typed.verb != .release {
                // It may have been killed before it had noted anything.
                typed = command
                continue
            }
            if isReleased { try await mustEnd(.restart) }
            return
        }
    }

    private mutating func run(_ command: Command) async throws -> Program.Ended {
        // Of a verb that only comes after a death: as many as the one that died.
        let most =
            passages[command.verb] ?? passages.values.max { $0.values.reduce(0, +) < $1.values.reduce(0, +) }
        let death = deaths.next(most ?? [:])
        if let death { result.deaths.append(death) }
        let ended = try await program.run(command.words, in: workspace, dying: death)
        note(command, death, ended)
        if ended.wasKilled {
            result.kills.append(try await Kill(of: command.verb, ended, in: workspace))
        }
        return ended
    }

    /// Looks as an operator does, and lets the doctor take away what dead commands left.
    mutating func cleanUp() async throws {
        let hasLeftovers = try workspace.files().contains { DurableFile.isTemporary($0) }
        let doctor = try await program.run(hasLeftovers ? ["doctor", "--repair"] : ["doctor"], in: workspace)
        if doctor.exit != 0 { result.differences.append("doctor: \(doctor.text)") }
        for path in try workspace.files() where DurableFile.isTemporary(path) {
            result.differences.append("doctor --repair leaves \(path): \(doctor.text)")
        }
    }

    mutating func mustEnd(_ command: Command) async throws {
        let ended = try await program.run(command.words, in: workspace)
        note(command, nil, ended)
        guard ended.exit == 0 else {
            throw TestFailure("\(command) ended with \(ended.exit ?? -1): \(ended.text)")
        }
    }

    private mutating func note(_ command: Command, _ death: Death?, _ ended: Program.Ended) {
        let aim = death.map { " (to die at \($0))" } ?? ""
        let end = ended.exit.map { "exit \($0)" } ?? "killed"
        result.protocolLines.append("pulih \(command)\(aim): \(end)")
        result.protocolLines += ended.text.split(separator: "\n").map { "    \($0)" }
    }
}
