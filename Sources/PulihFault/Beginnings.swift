internal import PulihTesting

/// Workspaces that stories begin with, and what they leave when nothing is killed; each made once.
actor Beginnings {
    struct Key: Hashable, Sendable {
        let place: Place
        let story: Story
        let variant: Int
    }

    /// What an uninterrupted story leaves and passes.
    struct Expected: Sendable {
        let outcome: Outcome
        /// After one more delivery.
        let later: Outcome
        /// How often each verb passes each failpoint, at most.
        let passages: [Command.Verb: [String: Int]]
    }

    private struct Made: Hashable {
        let place: Place
        let beginning: Story.Beginning
    }

    private let workspaces: Workspaces
    private let program: Program
    private var made: [Made: Task<Workspace, any Error>] = [:]
    private var known: [Key: Task<Expected, any Error>] = [:]

    init(_ workspaces: Workspaces, _ program: Program) {
        self.workspaces = workspaces
        self.program = program
    }

    /// A copy of its own.
    func workspace(_ place: Place, _ story: Story) async throws -> Workspace {
        try await workspaces.copy(try await beginning(place, story.beginning))
    }

    func expected(_ key: Key) async throws -> Expected {
        if let task = known[key] { return try await task.value }
        let task = Task {
            let workspace = try await self.workspace(key.place, key.story)
            var passages: [Command.Verb: [String: Int]] = [:]
            for event in key.story.events(key.variant) {
                switch event {
                case .deliver(let delivery): try workspace.drop(delivery)
                case .command(let command):
                    let (ended, count) = try await self.program.count(command.words, in: workspace)
                    guard ended.exit == 0 else { throw TestFailure("\(key.story) \(command): \(ended.text)") }
                    passages[command.verb, default: [:]].merge(count) { max($0, $1) }
                }
            }
            let outcome = try await Outcome(of: workspace)
            try workspace.drop(.last)
            try await self.must(["start", "client1"], in: workspace)
            let expected = Expected(
                outcome: outcome, later: try await Outcome(of: workspace), passages: passages)
            let broken = try await Promises.broken(workspace)
            guard broken.isEmpty else { throw TestFailure("\(key.story), uninterrupted: \(broken)") }
            try await self.workspaces.remove(workspace)
            return expected
        }
        known[key] = task
        return try await task.value
    }

    private func beginning(_ place: Place, _ beginning: Story.Beginning) async throws -> Workspace {
        let key = Made(place: place, beginning: beginning)
        if let task = made[key] { return try await task.value }
        let task = Task { try await self.make(place, beginning) }
        made[key] = task
        return try await task.value
    }

    private func make(_ place: Place, _ beginning: Story.Beginning) async throws -> Workspace {
        let before: Story.Beginning? =
            switch beginning {
            case .empty: nil
            case .one: .empty
            case .two, .refused, .broken: .one
            case .three: .two
            }
        let workspace =
            if let before { try await workspaces.copy(try await self.beginning(place, before)) } else {
                try await workspaces.make(place)
            }
        switch beginning {
        case .empty:
            try await must(["apply", "--yes"], in: workspace)
            for file in Store.Delivery.second.files {
                try workspace.write("second/\(file.name)", file.bytes)
            }
            try workspace.write("corrected.csv", Store.correctedCustomers)
            for file in Store.correctedEvents { try workspace.write(file.name, file.bytes) }
        case .one:
            try workspace.drop(.first)
            try await must(["start", "client1"], in: workspace)
        case .two:
            try workspace.drop(.second)
            try await must(["start", "client1"], in: workspace)
            let export = [
                "quarantine", "export", "client1", "BATCH000001", "--to", workspace.path("released.csv"),
            ]
            try await must(export, in: workspace)
            try workspace.write(
                "released.csv", try workspace.read("released.csv").replacing("x9,3", with: "9,3"))
        case .three:
            try workspace.drop(.third)
            try await must(["start", "client1"], in: workspace)
        case .refused:
            try workspace.drop(.second)
            try workspace.drop("customers.csv", Store.refusedCustomers)
            try await must(["start", "client1"], in: workspace, exit: 4)
        case .broken:
            try workspace.drop(.second)
            try workspace.write("sql/gold/revenue.sql", Store.brokenRevenue)
            try await must(["start", "client1"], in: workspace, exit: 1)
            try workspace.write("sql/gold/revenue.sql", Store.revenue)
        }
        return workspace
    }

    private func must(_ words: [String], in workspace: Workspace, exit: Int32 = 0) async throws {
        let ended = try await program.run(words, in: workspace)
        guard ended.exit == exit else {
            throw TestFailure("pulih \(words.joined(separator: " ")) should end with \(exit): \(ended.text)")
        }
    }
}
