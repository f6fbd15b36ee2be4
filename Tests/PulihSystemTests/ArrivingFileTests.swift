import PulihSystem
import Testing

@Suite struct ArrivingFileTests {
    private func write(_ text: String, to file: ArrivingFile) throws {
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
    }

    @Test func itAppearsWholeAndNotBefore() throws {
        let folder = try TemporaryFolder()
        let file = try ArrivingFile(folder.path("a.csv"))
        try write("first,", to: file)
        try write(String(repeating: "x", count: 3 << 20), to: file)
        #expect(try folder.names().allSatisfy { DurableFile.isTemporary($0) })
        #expect(file.count == 6 + 3 << 20)
        try file.install()
        #expect(try folder.names() == ["a.csv"])
        #expect(try folder.text("a.csv") == "first," + String(repeating: "x", count: 3 << 20))
    }

    @Test func itBeginsAgain() throws {
        let folder = try TemporaryFolder()
        let file = try ArrivingFile(folder.path("a.csv"))
        try write(String(repeating: "x", count: 2 << 20), to: file)
        try write("in the buffer", to: file)
        try file.restart()
        #expect(file.count == 0)
        try write("anew", to: file)
        try file.install()
        #expect(try folder.text("a.csv") == "anew")
    }

    @Test func itReplacesNothingAndLeavesNothing() throws {
        let folder = try TemporaryFolder()
        _ = try folder.put("old", "a.csv")
        let file = try ArrivingFile(folder.path("a.csv"))
        try write("new", to: file)
        let failure = #expect(throws: SystemFailure.self) { try file.install() }
        #expect(failure?.isExisting == true)
        #expect(try folder.names() == ["a.csv"])
        #expect(try folder.text("a.csv") == "old")
    }

    @Test func whatIsDiscardedOrForgottenLeavesNothing() throws {
        let folder = try TemporaryFolder()
        let file = try ArrivingFile(folder.path("a.csv"))
        try write("half", to: file)
        file.discard()
        file.discard()
        do { try write("half", to: try ArrivingFile(folder.path("b.csv"))) }
        #expect(try folder.names() == [])
    }

    @Test func aFolderThatIsNotThereIsTold() throws {
        let folder = try TemporaryFolder()
        let failure = #expect(throws: SystemFailure.self) { _ = try ArrivingFile(folder.path("none/a.csv")) }
        #expect(failure?.isMissing == true)
    }

    @Test func aFileIsReadAtAnyPlace() throws {
        let folder = try TemporaryFolder()
        let file = try PositionedFile(try folder.put("0123456789", "a"))
        var buffer = [UInt8](repeating: 0, count: 4)
        func read(_ offset: Int64) throws -> String {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
        #expect(try [read(7), read(0), read(4), read(10)] == ["789", "0123", "4567", ""])
        #expect(try file.identity().size == 10)
    }
}
