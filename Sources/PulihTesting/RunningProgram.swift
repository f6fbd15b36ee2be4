internal import Foundation
internal import PulihModel
internal import PulihSystem

/// The program while it runs, for tests that stop, halt or kill it.
public final class RunningProgram: Sendable {
    private let child: ChildProcess

    /// Begins at once, whatever other tests do.
    public init(_ words: [String], folder: String, environment: [String: String] = [:]) throws {
        child = try ChildProcess(
            PulihProgram.path, words, environment: PulihProgram.environment(environment), folder: folder,
            timeLimit: .seconds(180))
    }

    public var pid: Int32 { child.pid }

    public func signal(_ number: Int32) { child.signal(number) }

    /// Waits for the end.
    public func output() async throws -> PulihProgram.Output {
        try PulihProgram.Output(try await child.wait())
    }
}

extension TestWorkspace {
    /// Begins a verb and comes back while it runs.
    public func begin(_ words: String..., environment: [String: String] = [:]) throws -> RunningProgram {
        try RunningProgram(words, folder: root, environment: environment)
    }

    /// Runs a verb as if on another machine, or after another boot.
    public func run(_ words: String..., environment: [String: String]) async throws -> Output {
        try await PulihProgram.run(words, folder: root, environment: environment)
    }

    /// Waits until a step of the newest batch has been begun and has not ended.
    public func waitUntilRunning(_ stage: String, _ thing: String) async throws {
        try await waitUntil("\(stage) \(thing) runs") {
            let output = try await self.run("show", "--json")
            guard output.exit == 0 else { return false }
            return try output.json()["steps"]?.array?.contains {
                $0["stage"]?.string == stage && $0["thing"]?.string?.contains(thing) == true
                    && $0["status"] == "RUNNING"
            } ?? false
        }
    }

    /// Asks again until it is so.
    public func waitUntil(_ what: String, _ isSo: () async throws -> Bool) async throws {
        let deadline = Date().addingTimeInterval(120)
        while try await !isSo() {
            guard Date() < deadline else { throw TestFailure("not within 120 s: \(what)") }
        }
    }
}
