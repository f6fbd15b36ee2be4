import Foundation
import PulihCrypto
import PulihModel
import PulihSystem
import PulihTesting
import Testing

@testable import PulihObjects

/// Objects that are stored in parts.
@Suite(.timeLimit(.minutes(5)), .serialized) struct PartsTests {
    private static let bytes = S3Store.partBytes + 3_000_001

    /// Mostly a hole, with noise where the parts meet.
    private func bigFile(_ folder: Folder) throws -> String {
        let path = folder.path("big")
        try Data().write(to: URL(fileURLWithPath: path))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: UInt64(Self.bytes))
        try handle.seek(toOffset: UInt64(S3Store.partBytes - 100_000))
        try handle.write(contentsOf: noise(200_000))
        try handle.close()
        return path
    }

    @Test func aBigFileGoesInPartsAndComesBackWhole() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { _ in .pass }
        defer { faulty.close() }
        let path = try bigFile(folder)
        let object = try await store.put(path, as: "a b/big+.bin")
        #expect(object.bytes == Self.bytes)
        #expect(
            faulty.requests.map { "\($0.method) \($0.body.count)" } == [
                "POST 0", "PUT \(S3Store.partBytes)", "PUT 3000001",
                faulty.requests[3].method + " \(faulty.requests[3].body.count)",
                "HEAD 0",
            ])
        let hash = try await store.fetch(object, to: folder.path("copy"))
        #expect(hash == SHA256Digest.of(try Data(contentsOf: URL(fileURLWithPath: path))).hex)
        #expect(try folder.names() == ["big", "copy"])
    }

    @Test func aPartThatFailsIsSentAgainAlone() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { $0.number == 3 ? .refusal(503, "SlowDown") : .pass }
        defer { faulty.close() }
        #expect(try await store.put(try bigFile(folder), as: "big").bytes == Self.bytes)
        let parts = faulty.requests.filter { $0.method == "PUT" }.map { $0.target.contains("partNumber=1") }
        #expect(parts == [true, false, false])
    }

    @Test func anUploadThatFailsIsAborted() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store {
            $0.target.contains("partNumber=2") ? .refusal(403, "AccessDenied") : .pass
        }
        defer { faulty.close() }
        let path = try bigFile(folder)
        let error = try await failure { _ = try await store.put(path, as: "big") }
        #expect(error.summary.contains("AccessDenied"))
        #expect(error.leftBehind == "the file is as it was")
        #expect(faulty.requests.last?.method == "DELETE")
        #expect(faulty.requests.last?.target.contains("uploadId=") == true)
        #expect(try await bucket.store().find("big") == nil)
    }

    @Test func anUploadThatCannotBeAbortedIsTold() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store {
            $0.target.contains("partNumber=") || $0.method == "DELETE" ? .refusal(403, "AccessDenied") : .pass
        }
        defer { faulty.close() }
        let path = try bigFile(folder)
        let error = try await failure { _ = try await store.put(path, as: "big") }
        #expect(error.leftBehind.contains("parts of the unfinished upload"), "\(error)")
    }

    @Test func aYesWithANoInItIsANo() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let body = "<Error><Code>InternalError</Code><Message>again please</Message></Error>"
        let (store, faulty) = try bucket.store { request in
            request.method == "POST" && request.target.contains("uploadId=") && request.number == 4
                ? .http(200, [:], body) : .pass
        }
        defer { faulty.close() }
        #expect(try await store.put(try bigFile(folder), as: "big").bytes == Self.bytes)
        #expect(faulty.requests.filter { $0.method == "POST" }.count == 3)
    }

    @Test func anEndWhoseAnswerWasLostIsRecognised() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { $0.number == 4 ? .lose : .pass }
        defer { faulty.close() }
        let object = try await store.put(try bigFile(folder), as: "big")
        #expect(object.bytes == Self.bytes)
        #expect(faulty.requests.filter { $0.method == "POST" }.count == 3)
    }

    @Test func cancellingAbortsTheUpload() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { $0.target.contains("partNumber=") ? .hang : .pass }
        defer { faulty.close() }
        let path = try bigFile(folder)
        let task = Task { try await store.put(path, as: "big") }
        while faulty.requests.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(faulty.requests.last?.method == "DELETE")
    }

    @Test(arguments: [(1, 1), (10_000, 10_000), (640_000, 10_000)])
    func partsAreAsFewAsTheStoreTakes(_ parts: Int, _ limit: Int) throws {
        let folder = try Folder()
        let file = try PositionedFile(try folder.put(""))
        let count = parts * S3Store.partBytes
        let spans = S3Store.parts(of: FileSpan(file: file, start: 0, count: count))
        #expect(spans.count == limit)
        #expect(spans.reduce(0) { $0 + $1.count } == count)
        #expect(spans.map(\.count).min()! >= 5 << 20)
    }
}
