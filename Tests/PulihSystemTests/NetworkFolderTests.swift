import Testing

@testable import PulihSystem

/// What tells a folder of another machine. A mount is not to be had in a test: what is done there is done here.
@Suite struct NetworkFolderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aFolderOfThisMachineIsNone() throws {
        #expect(try NetworkFolder.kind(folder.path) == nil)
        #expect(try NetworkFolder.time(folder.path) == nil)
        #expect(throws: SystemFailure.self) { try NetworkFolder.kind("/nowhere/incoming") }
    }

    @Test func theClockThatStampsIsAskedByAFileThatGoes() throws {
        let before = SystemClock().now()
        let stamp = try #require(try NetworkFolder.stamp(folder.path))
        // The kernel's clock ticks every few milliseconds.
        #expect(abs(stamp - before) < 60_000_000)
        #expect(try folder.names() == [])
        #expect(throws: SystemFailure.self) { try NetworkFolder.stamp("/nowhere/incoming") }
    }

    @Test func aFileIsExaminedAndOneThatIsGoneIsNone() throws {
        let path = try folder.put("abc", "a.csv")
        #expect(try NetworkFolder.examine(path) == FileIdentity.of(path))
        #expect(try NetworkFolder.examine(folder.path("b.csv")) == nil)
    }
}
