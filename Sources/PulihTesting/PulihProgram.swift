internal import Foundation
public import PulihModel
internal import PulihSystem

/// The program under test, run as a person runs it: as a process of its own.
public enum PulihProgram {
    /// What a run printed and how it ended.
    public struct Output: Sendable {
        /// nil: a signal ended it.
        public let exit: Int32?
        public let signal: Int32?
        public let stdout: String
        public let stderr: String

        /// All that a failed expectation should show.
        public var everything: String {
            "exit \(exit.map(String.init) ?? "none, signal \(signal ?? 0)")\n\(stdout)\(stderr)"
        }

        /// - Throws: `TestFailure` when stdout is not exactly one JSON value.
        public func json() throws -> JSONValue {
            do {
                return try JSONValue.parse(Array(stdout.utf8))
            } catch {
                throw TestFailure("stdout is not one JSON value: \(error)\n\(everything)")
            }
        }
    }

    /// `$PULIH`, else the program built beside the running test bundle.
    public static let path: String = {
        if let named = ProcessInfo.processInfo.environment["PULIH"], !named.isEmpty { return named }
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appendingPathComponent("pulih").path
    }()

    private static let slots = Slots(max(3, ProcessInfo.processInfo.activeProcessorCount))

    /// Runs the program to its end; waits for its turn when many tests do.
    /// - Parameters:
    ///   - folder: where it runs; nil: where the tests do.
    ///   - environment: added to what it inherits. Variables of Pulih's own are not inherited.
    public static func run(
        _ words: [String], folder: String? = nil, environment: [String: String] = [:]
    ) async throws -> Output {
        try await slots.withSlot {
            try Output(
                try await ChildProcess.run(
                    path, words, environment: self.environment(environment), folder: folder,
                    timeLimit: .seconds(180)))
        }
    }

    /// What the program gets: what the tests have, without variables of Pulih's own.
    static func environment(_ added: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PULIH") }.merging(added) { $1 }
    }
}

extension PulihProgram.Output {
    init(_ outcome: ChildProcess.Outcome) throws {
        let (code, signal): (Int32?, Int32?) =
            switch outcome.ending {
            case .exited(let code): (code, nil)
            case .killed(let signal): (nil, signal)
            }
        self.init(exit: code, signal: signal, stdout: outcome.outputText, stderr: outcome.errorText)
        if outcome.ranOutOfTime { throw TestFailure("pulih did not end in time: \(everything)") }
    }
}
