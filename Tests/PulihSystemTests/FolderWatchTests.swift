import PulihSystem
import Testing

@Suite(.timeLimit(.minutes(1))) struct FolderWatchTests {
    @Test func aFileThatComesEndsTheWait() async throws {
        let folder = try TemporaryFolder()
        let watch = try FolderWatch([folder.path])
        #expect(watch.pollingReason == nil)
        // Before the wait: what comes after watching began is not lost.
        _ = try folder.put("x", "a.csv")
        let watched = Stopwatch()
        try await BlockingWork.run { watch.wait(milliseconds: 50_000) }
        #expect(watched.elapsedSeconds < 40)
    }

    @Test func theWaitEndsByTimeAndByWaking() async throws {
        let folder = try TemporaryFolder()
        let watch = try FolderWatch([folder.path])
        try await BlockingWork.run { watch.wait(milliseconds: 20) }
        watch.wake()
        try await BlockingWork.run { watch.wait(milliseconds: 50_000) }
        try await BlockingWork.run { watch.wait(milliseconds: 50_000) }
    }

    @Test func aFolderThatIsNotThereIsNamed() throws {
        #expect(throws: SystemFailure.self) { try FolderWatch(["/nowhere/incoming"]) }
    }
}
