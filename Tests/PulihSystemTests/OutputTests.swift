import Foundation
import Testing

@testable import PulihSystem

@Suite struct OutputTests {
    private func pipe() throws -> (reading: FileHandle, writing: FileHandle) {
        let pipe = Foundation.Pipe()
        return (pipe.fileHandleForReading, pipe.fileHandleForWriting)
    }

    @Test func linesAreThereAtOnce() throws {
        let ends = try pipe()
        let output = Output(number: ends.writing.fileDescriptor, name: "pipe", whenClosed: .discard)
        output.line("one")
        #expect(ends.reading.availableData == Data("one\n".utf8))
        output.write("two")
        output.line()
        #expect(ends.reading.availableData == Data("two\n".utf8))
        #expect(output.failure == nil)
    }

    @Test func goesOnSilentlyWhenNobodyReads() throws {
        Signals.ignoreSIGPIPE()
        let ends = try pipe()
        try ends.reading.close()
        let output = Output(number: ends.writing.fileDescriptor, name: "pipe", whenClosed: .discard)
        output.line("lost")
        output.line("lost too")
        #expect(output.failure == nil)
    }

    @Test func remembersThatTheDiskIsFull() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let output = Output(number: full.fileDescriptor, name: "standard output", whenClosed: .discard)
        output.line("x")
        #expect(output.failure?.isDiskFull == true)
        #expect(output.failure?.description == "cannot write to standard output: No space left on device")
    }

    @Test func waitsForAReaderThatIsSlow() async throws {
        let ends = try pipe()
        _ = fcntl(ends.writing.fileDescriptor, F_SETFL, O_NONBLOCK)
        let output = Output(number: ends.writing.fileDescriptor, name: "pipe", whenClosed: .discard)
        let text = String(repeating: "x", count: 300_000)
        async let written: Void = BlockingWork.run {
            output.write(text)
            try ends.writing.close()
        }
        let read = try await BlockingWork.run { try ends.reading.readToEnd() }
        try await written
        #expect(read?.count == 300_000)
        #expect(output.failure == nil)
    }

    @Test func aPipeIsNoTerminal() throws {
        // Under a test runner standard error may be either; only the two answers must agree.
        if !Terminal.isTerminal(.error) { #expect(Terminal.columns(.error) == nil) }
    }
}
