import Foundation
import Testing

@testable import PulihSystem

@Suite struct AppendLogTests {
    let folder: TemporaryFolder
    var path: String { folder.path("audit.ndjson") }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func appendsAndGoesOnAfterReopening() throws {
        try AppendLog(path).append(lines: ["{\"a\":1}", "{\"a\":2}"])
        let log = try AppendLog(path)
        try log.append(lines: [])
        try log.append(lines: ["{\"a\":3}"])
        #expect(try folder.text("audit.ndjson") == "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n")
        #expect(log.tornLines == [])
    }

    @Test func completesATornLineAndTells() throws {
        _ = try folder.put("{\"a\":1}\n{\"a\":", "audit.ndjson")
        let log = try AppendLog(path)
        #expect(log.tornLines == ["{\"a\":"])
        try log.append(lines: ["{\"a\":3}"])
        #expect(try folder.text("audit.ndjson") == "{\"a\":1}\n{\"a\":\n{\"a\":3}\n")
        #expect(try AppendLog(path).tornLines == [])
    }

    @Test func tellsOnlyTheEndOfAHugeTornLine() throws {
        _ = try folder.put(String(repeating: "x", count: 100_000), "audit.ndjson")
        #expect(try AppendLog(path).tornLines.map(\.count) == [65_536])
    }

    /// Another process died in the middle of a line while this log was open.
    @Test func completesALineTornMeanwhile() throws {
        let log = try AppendLog(path)
        try log.append(lines: ["1"])
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("tor".utf8))
        try log.append(lines: ["2"])
        #expect(try folder.text("audit.ndjson") == "1\ntor\n2\n")
        #expect(log.tornLines == ["tor"])
    }

    @Test func refusesLineBreaks() throws {
        let log = try AppendLog(path)
        #expect(throws: SystemFailure.self) { try log.append(lines: ["fine", "not\nfine"]) }
        #expect(try folder.text("audit.ndjson").isEmpty)
    }

    @Test func manyWritersNeverMixLines() async throws {
        let path = path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let log = try AppendLog(path)
                    for number in 0..<20 {
                        try log.append(lines: ["\(writer) \(number)", "\(writer) again"])
                    }
                }
            }
            try await group.waitForAll()
        }
        let lines = try folder.text("audit.ndjson").split(separator: "\n")
        #expect(lines.count == 160)
        for writer in 0..<4 {
            let numbers = lines.filter { $0.hasPrefix("\(writer) ") && !$0.hasSuffix("again") }
            #expect(numbers == (0..<20).map { "\(writer) \($0)" })
        }
        for pair in stride(from: 0, to: 160, by: 2) { #expect(lines[pair].first == lines[pair + 1].first) }
    }
}
