import Foundation
import PulihSystem
import PulihTesting
import Testing

/// The disk of the tests loses what was not synced, and only that.
@Suite struct PowerCutTests {
    /// Runs statements of Python on such a disk, cuts the power, and lists what is left.
    private func left(
        _ statements: String, _ loss: PowerCut.Loss = .everything, line: Int = #line
    ) async throws -> [String: String] {
        let root = FileManager.default.temporaryDirectory.path + "/pulih-powercut.\(getpid()).\(line)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: root) } }
        try "old".write(toFile: "\(root)/there", atomically: false, encoding: .utf8)
        let disk = try await PowerCut(root)
        let program = """
            os, signal = __import__("os"), __import__("signal")
            def put(name, text, sync):
                with open(name, 'w') as file:
                    file.write(text)
                    file.flush()
                    if sync: os.fsync(file.fileno())
            def sync_folder(path='.'):
                folder = os.open(path, os.O_RDONLY)
                os.fsync(folder)
                os.close(folder)
            \(statements)
            os.kill(os.getpid(), signal.SIGKILL)
            """
        let outcome = try await ChildProcess.run(
            "python3", ["-c", program],
            environment: ProcessInfo.processInfo.environment.merging(disk.environment) { $1 }, folder: root)
        #expect(outcome.ending == .killed(signal: SIGKILL), "\(outcome.errorText)")
        try disk.restore(loss)
        var files: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
            files[path] = (try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)) ?? "folder"
        }
        return files
    }

    @Test func whatWasThereStaysAsItWas() async throws {
        #expect(try await left("put('there', 'new', False)") == ["there": "old"])
        #expect(try await left("os.remove('there')") == ["there": "old"])
    }

    @Test func aFileNeedsItsOwnSyncAndThatOfItsFolder() async throws {
        #expect(try await left("put('a', 'x', False)") == ["there": "old"])
        #expect(try await left("put('a', 'x', True)") == ["there": "old"])
        #expect(try await left("put('a', 'x', False); sync_folder()") == ["there": "old", "a": ""])
        #expect(try await left("put('a', 'x', True); sync_folder()") == ["there": "old", "a": "x"])
    }

    @Test func onlyTheContentOfTheLastSyncIsLeft() async throws {
        let statements = "put('there', 'synced', True); put('there', 'later', False)"
        #expect(try await left(statements) == ["there": "synced"])
    }

    @Test func aRenameNeedsASyncOfTheFolder() async throws {
        #expect(try await left("os.rename('there', 'here')") == ["there": "old"])
        #expect(try await left("os.rename('there', 'here'); sync_folder()") == ["here": "old"])
        let replaced = "put('a', 'new', True); os.rename('a', 'there')"
        #expect(try await left(replaced) == ["there": "old"])
        #expect(try await left(replaced + "; sync_folder()") == ["there": "new"])
    }

    @Test func aMoveBetweenFoldersMayLeaveBothNames() async throws {
        let move = "os.mkdir('in'); sync_folder(); sync_folder('in'); os.rename('there', 'in/there')"
        #expect(try await left(move) == ["there": "old", "in": "folder"])
        #expect(
            try await left(move + "; sync_folder('in')") == [
                "there": "old", "in": "folder", "in/there": "old",
            ])
        #expect(
            try await left(move + "; sync_folder('in'); sync_folder()") == [
                "in": "folder", "in/there": "old",
            ])
    }

    @Test func aFolderIsAName() async throws {
        let made = "os.mkdir('in'); put('in/a', 'x', True); sync_folder('in')"
        #expect(try await left(made) == ["there": "old"])
        #expect(try await left(made + "; sync_folder()") == ["there": "old", "in": "folder", "in/a": "x"])
    }

    /// As file systems do that write names down every few seconds.
    @Test func namesMaySurviveWithoutTheirContents() async throws {
        let statements = "put('a', 'x', False); put('b', 'y', True); os.rename('there', 'here')"
        #expect(try await left(statements, .contents) == ["a": "", "b": "y", "here": "old"])
    }
}
