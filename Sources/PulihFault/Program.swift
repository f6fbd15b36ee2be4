internal import Foundation
internal import Glibc
internal import PulihSystem
internal import PulihTesting

/// The release binary, as an operator calls it.
struct Program: Sendable {
    let path: String

    /// How a command ended and what it said.
    struct Ended: Sendable {
        /// nil: it was killed.
        let exit: Int32?
        let text: String
        let pid: Int32

        var wasKilled: Bool { exit == nil }

        /// The failpoint that killed it, as it said itself.
        var failpoint: String? {
            let line = text.split(separator: "\n").last { $0.hasPrefix("failpoint ") }
            return line.flatMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
        }
    }

    func run(_ words: [String], in workspace: Workspace, dying death: Death? = nil) async throws -> Ended {
        let own = death?.failpoints.map { ["PULIH_FAILPOINTS": $0] } ?? [:]
        return try await run(words, in: workspace, own: own, death)
    }

    /// Runs to the end and counts what it passes, by failpoint.
    func count(_ words: [String], in workspace: Workspace) async throws
        -> (ended: Ended, passages: [String: Int])
    {
        let file = workspace.root + ".passages"
        let ended = try await run(words, in: workspace, own: ["PULIH_FAILPOINTS_COUNT": file], nil)
        var passages = try FailpointCounts.read(file)
        passages["any"] = nil
        try FileManager.default.removeItem(atPath: file)
        return (ended, passages)
    }

    private func run(
        _ words: [String], in workspace: Workspace, own: [String: String], _ death: Death?
    ) async throws -> Ended {
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PULIH") }
        let child = try ChildProcess(
            path, words, environment: inherited.merging(own) { $1 }, folder: workspace.root,
            timeLimit: .seconds(120))
        if case .time(let delay) = death {
            try await BlockingWork.run {
                usleep(UInt32(delay))
                child.kill()
            }
        }
        let outcome = try await child.wait()
        if outcome.ranOutOfTime {
            throw TestFailure(
                "pulih \(words.joined(separator: " ")) did not end in time\n\(outcome.errorText)")
        }
        let exit: Int32? = if case .exited(let code) = outcome.ending { code } else { nil }
        return Ended(exit: exit, text: outcome.outputText + outcome.errorText, pid: child.pid)
    }
}
