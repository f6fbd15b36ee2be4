import Foundation
import Testing

@testable import PulihSystem

@Suite struct ChildProcessTests {
    private let limit = Duration.seconds(60)

    @Test func collectsOutputErrorsAndCode() async throws {
        let outcome = try await ChildProcess.run(
            "sh", ["-c", "echo out; echo err >&2; exit 3"], timeLimit: limit)
        #expect(outcome.outputText == "out\n")
        #expect(outcome.errorText == "err\n")
        #expect(outcome.ending == .exited(code: 3))
        #expect(!outcome.isSuccess)
        #expect(!outcome.ranOutOfTime)
        #expect(outcome.peakResident > 0)
    }

    @Test func takesMoreThanAPipeHoldsOnAllStreams() throws {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)
        let outcome = try ChildProcess.runBlocking(
            "sh", ["-c", "tee /dev/stderr"], input: input, timeLimit: limit)
        #expect(outcome.isSuccess)
        #expect(outcome.output == input)
        #expect(outcome.errorOutput == input)
    }

    @Test func inputIsEmptyUnlessGiven() throws {
        #expect(try ChildProcess.runBlocking("cat", timeLimit: limit).output == [])
    }

    @Test func passesArgumentsEnvironmentAndFolder() throws {
        let folder = try TemporaryFolder()
        let outcome = try ChildProcess.runBlocking(
            "/bin/sh", ["-c", "pwd -P; printf '%s|' \"$@\"; echo; env", "sh", "a b", "", "*"],
            environment: ["ONLY": "this one"], folder: folder.path, timeLimit: limit)
        let lines = outcome.outputText.split(separator: "\n")
        #expect(lines.first?.hasSuffix(folder.path) == true)
        #expect(lines.dropFirst().first == "a b||*|")
        #expect(lines.contains("ONLY=this one"))
        #expect(!lines.contains { $0.hasPrefix("HOME=") })
        let inherited = try ChildProcess.runBlocking("sh", ["-c", "echo $PATH"], timeLimit: limit)
        #expect(inherited.outputText == (ProcessInfo.processInfo.environment["PATH"] ?? "") + "\n")
    }

    @Test func aMissingProgramIsAnError() {
        #expect { _ = try ChildProcess("/no/such/program") } throws: {
            "\($0)" == "cannot start /no/such/program: No such file or directory"
        }
    }

    @Test func tellsTheSignalThatEndedIt() throws {
        let child = try ChildProcess("sleep", ["1000"], timeLimit: limit)
        child.signal(SIGTERM)
        #expect(try child.waitBlocking().ending == .killed(signal: SIGTERM))
        child.kill()
        #expect(try child.waitBlocking().ending == .killed(signal: SIGTERM))
    }

    /// Ours ignores SIGPIPE and may block others; the child must be free of both.
    @Test func signalsAreAsAProgramExpects() throws {
        Signals.ignoreSIGPIPE()
        let outcome = try ChildProcess.runBlocking(
            "sh", ["-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status"], timeLimit: limit)
        let masks = outcome.outputText.split(separator: "\n").map { UInt64($0.suffix(16), radix: 16) }
        #expect(masks.count == 2)
        // Signals 32 and 33 belong to the C library, which sets them aside itself.
        for mask in masks { #expect(try #require(mask) & 0x7FFF_FFFF == 0) }
    }

    @Test func inheritsNothingButTheThreeStreams() throws {
        let number = open("/dev/null", O_RDONLY)
        defer { close(number) }
        let outcome = try ChildProcess.runBlocking("ls", ["/proc/self/fd"], timeLimit: limit)
        // The fourth is the folder that ls itself reads.
        #expect(outcome.outputText == "0\n1\n2\n3\n")
    }

    @Test func doesNotWaitForADescendantThatKeepsThePipes() throws {
        let watch = Stopwatch()
        let outcome = try ChildProcess.runBlocking(
            "sh", ["-c", "setsid sleep 50 & echo $!"], timeLimit: limit)
        #expect(outcome.isSuccess)
        #expect(watch.elapsedSeconds < 40)
        let descendant = try #require(Int32(outcome.outputText.dropLast()))
        kill(descendant, SIGKILL)
    }

    @Test func aTimeLimitEndsTheWholeGroup() throws {
        let outcome = try ChildProcess.runBlocking(
            "sh", ["-c", "sleep 1000 & echo $!; wait"], timeLimit: .milliseconds(300))
        #expect(outcome.ranOutOfTime)
        #expect(outcome.ending == .killed(signal: SIGKILL))
    }

    @Test func cancellingTheTaskEndsTheChild() async throws {
        let child = try ChildProcess("sleep", ["1000"], timeLimit: limit)
        let task = Task { try await child.wait() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try child.waitBlocking().ending == .killed(signal: SIGTERM))
    }

    @Test func manyAtOnce() async throws {
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let outcome = try await ChildProcess.run("echo", ["\(number)"], timeLimit: .seconds(60))
                    return Int(outcome.outputText.dropLast()) ?? -1
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 780)
    }
}
