internal import CSystem
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A program that this process started, in a process group of its own and with clean signal settings.
///
/// Its output is collected from the start, so it never waits for us, however much it writes; `wait` may be
/// called from anywhere, often, or not at all. Being in its own group, it does not get a terminal's Ctrl-C.
public final class ChildProcess: Sendable {
    /// How a child ended.
    public enum Ending: Equatable, Sendable {
        case exited(code: Int32)
        case killed(signal: Int32)
    }

    /// What is known once a child has ended.
    public struct Outcome: Equatable, Sendable {
        public let ending: Ending
        /// All that the child itself wrote; what its own children write after its end is not waited for.
        public let output: [UInt8]
        public let errorOutput: [UInt8]
        /// Bytes. Linux counts the parent's own peak at the start in, so read small figures with care.
        public let peakResident: Int64
        /// Whether the time limit ended it.
        public let ranOutOfTime: Bool

        public var isSuccess: Bool { ending == .exited(code: 0) }
        /// Invalid UTF-8 is shown as replacement characters.
        public var outputText: String { String(decoding: output, as: UTF8.self) }
        public var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
    }

    public let pid: Int32
    private let isReaped = Mutex(false)
    private let result = Mutex<Result<Outcome, SystemFailure>?>(nil)
    private let finished = DispatchGroup()

    /// Starts the program; returns once it runs.
    /// - Parameters:
    ///   - program: a path, or a name looked up in `PATH`. A relative path is meant from `folder`.
    ///   - environment: all of it; nil passes ours on.
    ///   - folder: where it runs; nil is where we are.
    ///   - input: what it reads from its standard input.
    ///   - timeLimit: after it the whole process group is killed.
    /// - Throws: `isMissing` if there is no such program.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil,
        folder: String? = nil, input: [UInt8] = [], timeLimit: Duration? = nil
    ) throws(SystemFailure) {
        let output = try Pipe()
        let errors = try Pipe()
        let ended = try Pipe()
        let request = SpawnRequest(
            program: program, arguments: arguments, environment: environment, folder: folder)
        pid = try spawn(
            request, input: try inputFile(input), output: output.writing.number, errors: errors.writing.number
        )
        output.writing.close()
        errors.writing.close()
        finished.enter()
        // One thread waits for the end and tells the other, which reads until then and takes the status.
        DispatchQueue(label: "pulih.child.end").async { [pid] in
            waitUntilEnded(pid)
            ended.writing.close()
        }
        let collector = OutputCollector(output: output.reading, errors: errors.reading, ended: ended.reading)
        DispatchQueue(label: "pulih.child.output").async {
            let result = Result { () throws(SystemFailure) in
                try self.collect(collector, timeLimit: timeLimit)
            }
            self.result.withLock { $0 = result }
            self.finished.leave()
        }
    }

    /// Sends a signal to the child and all of its group; does nothing once it has ended.
    public func signal(_ number: Int32) {
        isReaped.withLock { isReaped in
            if !isReaped { _ = Glibc.kill(-pid, number) }
        }
    }

    /// Ends the child and all of its group at once.
    public func kill() {
        signal(SIGKILL)
    }

    /// Waits for the end; blocks the thread.
    public func waitBlocking() throws(SystemFailure) -> Outcome {
        finished.wait()
        return try result.withLock { $0! }.get()
    }

    /// Waits for the end. Cancelling the task asks the child to end (SIGTERM) and then throws
    /// `CancellationError`.
    public func wait() async throws -> Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                finished.notify(queue: .global()) { continuation.resume() }
            }
        } onCancel: {
            signal(SIGTERM)
        }
        try Task.checkCancellation()
        return try result.withLock { $0! }.get()
    }

    /// Starts the program and waits for its end; the parameters are those of `init`.
    public static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil,
        folder: String? = nil, input: [UInt8] = [], timeLimit: Duration? = nil
    ) async throws -> Outcome {
        try await ChildProcess(
            program, arguments, environment: environment, folder: folder, input: input, timeLimit: timeLimit
        ).wait()
    }

    /// As `run`, blocking the thread.
    public static func runBlocking(
        _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil,
        folder: String? = nil, input: [UInt8] = [], timeLimit: Duration? = nil
    ) throws(SystemFailure) -> Outcome {
        try ChildProcess(
            program, arguments, environment: environment, folder: folder, input: input, timeLimit: timeLimit
        ).waitBlocking()
    }

    private func collect(
        _ collector: OutputCollector, timeLimit: Duration?
    ) throws(SystemFailure) -> Outcome {
        let collected = Result { () throws(SystemFailure) in
            try collector.collect(timeLimit: timeLimit) { self.kill() }
        }
        // The status is taken also after a failure to read, lest a dead child remain.
        let end = try isReaped.withLock { isReaped throws(SystemFailure) in
            defer { isReaped = true }
            return try reap(pid)
        }
        let texts = try collected.get()
        return Outcome(
            ending: end.ending, output: texts.output, errorOutput: texts.errors,
            peakResident: end.peakResident, ranOutOfTime: texts.ranOutOfTime)
    }
}

/// Blocks until the child has ended, but leaves its status, and so its number, in place.
private func waitUntilEnded(_ pid: Int32) {
    var details = unsafe siginfo_t()
    // A failure (somebody else took the status) comes up again, and is told, in `reap`.
    _ = uninterrupted { unsafe Int(waitid(P_PID, id_t(pid), &details, WEXITED | WNOWAIT)) }
}

private func reap(
    _ pid: Int32
) throws(SystemFailure) -> (ending: ChildProcess.Ending, peakResident: Int64) {
    var status: Int32 = 0
    var usage = rusage()
    let (result, code) = uninterrupted { unsafe Int(wait4(pid, &status, 0, &usage)) }
    guard result >= 0 else { throw SystemFailure("wait for process", path: String(pid), errno: code) }
    let ending: ChildProcess.Ending =
        pulih_exited(status) != 0
        ? .exited(code: pulih_exit_code(status)) : .killed(signal: pulih_ending_signal(status))
    return (ending, Int64(usage.ru_maxrss) * 1_024)
}
