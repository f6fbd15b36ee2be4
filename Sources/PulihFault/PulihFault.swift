internal import Foundation
internal import Glibc
internal import PulihSystem
internal import PulihTesting

/// Kills the release binary at random places, and proves that nothing of it is left.
@main struct PulihFault {
    let options: Options
    let workspaces: Workspaces
    let beginnings: Beginnings
    let program: Program
    let tally: Tally

    static func main() async {
        do {
            let options = try Options(
                Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
            let folder = FileManager.default.temporaryDirectory.path + "/pulih-fault.\(getpid())"
            let fault = try PulihFault(options, folder)
            let isGood = try await fault.run()
            try FileManager.default.removeItem(atPath: folder)
            exit(isGood ? 0 : 1)
        } catch {
            Output.error.line("pulih-fault: \(error)")
            exit(2)
        }
    }

    private init(_ options: Options, _ folder: String) throws {
        self.options = options
        program = Program(path: options.program)
        workspaces = try Workspaces(parent: folder)
        beginnings = Beginnings(workspaces, program)
        tally = Tally(kills: options.kills, only: options.round)
    }

    /// - Returns: whether every round ended as an uninterrupted one, and something was killed everywhere.
    private func run() async throws -> Bool {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<options.lanes {
                group.addTask {
                    while let number = await tally.next() { try await play(number) }
                }
            }
            try await group.waitForAll()
        }
        say(await tally.table)
        say(await tally.summary)
        var isGood = await tally.failures == 0
        let empty = await tally.emptyPhases
        if options.round == nil, !empty.isEmpty {
            say("nothing was killed in: \(empty.joined(separator: ", "))")
            isGood = false
        }
        return isGood
    }

    private func play(_ number: Int) async throws {
        let round = Round(number, seed: options.seed, places: options.places)
        let (result, workspace) = try await round.play(beginnings, program, deaths: options.deaths)
        await tally.add(result)
        if !result.differences.isEmpty { try await tell(result, workspace) }
        if options.round != nil { say(result.protocolLines.joined(separator: "\n")) }
        try await workspaces.remove(workspace)
    }

    private func say(_ line: String) { Output.standard.line(line) }

    private func tell(_ result: Round.Result, _ workspace: Workspace) async throws {
        let round = result.round
        let folder = "\(options.kept)/seed-\(options.seed)-round-\(round.number)"
        if FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.removeItem(atPath: folder)
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let head =
            "round \(round.number), \(round.story) on \(round.place), ended otherwise than uninterrupted:"
        let text = ([head] + result.differences + ["", "what was typed:"] + result.protocolLines).joined(
            separator: "\n")
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/difference.txt"))
        try await workspaces.keep(workspace, in: folder)
        say(head)
        for line in result.differences.prefix(8) { say("  \(line.prefix(400))") }
        say("  kept in \(folder); again: \(options.command(for: result))")
    }
}
