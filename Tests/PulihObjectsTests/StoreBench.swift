import Foundation
import PulihModel
import PulihObjects
import PulihSystem
import PulihTesting
import Testing

/// Time and memory of a big object; alone: `PULIH_BENCH=1 swift test --filter StoreBench`.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["PULIH_BENCH"] != nil), .timeLimit(.minutes(10)))
struct StoreBench {
    @Test func aGigabyteGoesAndComesBackInLittleMemory() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let store = try bucket.store()
        let path = folder.path("big")
        let piece = noise(16 << 20)
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        for _ in 0..<64 { try handle.write(contentsOf: piece) }
        try handle.close()
        let before = try Memory.resident()

        var clock = Stopwatch()
        let object = try await store.put(path, as: "big")
        print("put 1 GiB: \(clock.elapsedSeconds) s, \((try Memory.resident() - before) >> 20) MiB more")
        clock = Stopwatch()
        _ = try await store.fetch(object, to: folder.path("copy"))
        print("fetch 1 GiB: \(clock.elapsedSeconds) s, \((try Memory.resident() - before) >> 20) MiB more")
        #expect(try Memory.peakResident() - before < 64 << 20)
    }
}
