internal import Foundation
internal import Glibc
internal import PulihSystem

extension PulihProgram {
    /// Runs the program until it says something on stderr, then the body, then kills the program.
    /// - Returns: how it ended, also when it did so without saying it.
    public static func runUntil(
        _ said: String, _ words: [String], folder: String, environment: [String: String],
        _ body: () async throws -> Void
    ) async throws -> Output {
        let errors = try TemporaryFolders.make() + "/stderr"
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PULIH") }
        let child = try ChildProcess(
            "sh", ["-c", "exec \"$0\" \"$@\" 2> '\(errors)'", path] + words,
            environment: inherited.merging(environment) { $1 }, folder: folder, timeLimit: .seconds(180))
        var text = ""
        while !text.contains(said), try isRunning(child.pid) {
            try await Task.sleep(for: .milliseconds(10))
            guard FileManager.default.fileExists(atPath: errors) else { continue }
            text = try String(contentsOfFile: errors, encoding: .utf8)
        }
        if text.contains(said) { try await body() }
        child.kill()
        let outcome = try await child.wait()
        text = try String(contentsOfFile: errors, encoding: .utf8)
        return switch outcome.ending {
        case .exited(let code): Output(exit: code, signal: nil, stdout: outcome.outputText, stderr: text)
        case .killed(let signal): Output(exit: nil, signal: signal, stdout: outcome.outputText, stderr: text)
        }
    }

    private static func isRunning(_ pid: Int32) throws -> Bool {
        guard let process = try ProcessIdentity.of(pid: pid) else { return false }
        return try ProcessIdentity.isAlive(process)
    }
}
