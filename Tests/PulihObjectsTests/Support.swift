import Foundation
import PulihModel
import PulihObjects
import PulihTesting
import Synchronization
import Testing

/// Waits that take no time and are remembered.
final class Waits: Sendable {
    private let taken = Mutex<[Double]>([])

    var all: [Double] { taken.withLock { $0 } }

    var pace: Pace {
        Pace(sleep: { wait in self.taken.withLock { $0.append(wait) } }, chance: { 0.5 })
    }
}

/// A bucket of a test's own on the shared server, seen as a store.
struct Bucket {
    let server: S3Server
    let name: String

    init() async throws {
        server = try await S3Server.shared.value
        name = try server.makeBucket()
    }

    func settings(
        prefix: String = "", endpoint: String? = nil, keyID: String? = nil, secret: String? = nil
    ) -> S3Settings {
        S3Settings(
            bucket: name, prefix: prefix, endpoint: endpoint ?? server.endpoint, keyID: keyID ?? server.keyID,
            secret: secret ?? server.secret)
    }

    func store(prefix: String = "") throws -> S3Store {
        try S3Store(settings(prefix: prefix), pace: Waits().pace)
    }

    /// The store behind one with faults.
    func store(
        _ waits: Waits = Waits(), silenceLimit: Int = 30,
        _ answer: @escaping @Sendable (FaultyStore.Request) -> FaultyStore.Answer
    ) throws -> (store: S3Store, faulty: FaultyStore) {
        let faulty = try FaultyStore(before: server, answer)
        let store = try S3Store(
            settings(endpoint: faulty.endpoint), pace: waits.pace, silenceLimit: silenceLimit)
        return (store, faulty)
    }
}

/// A folder of a test's own; gone with the value.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("pulih-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record(error, "the folder of a test stays behind")
        }
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    func put(_ text: String, _ name: String = "file") throws -> String {
        try put(Data(text.utf8), name)
    }

    func put(_ bytes: Data, _ name: String = "file") throws -> String {
        try bytes.write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// Bytes that compress badly and are the same each time.
func noise(_ count: Int) -> Data {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    var bytes = [UInt64](repeating: 0, count: (count + 7) / 8)
    for index in bytes.indices {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        bytes[index] = state
    }
    return bytes.withUnsafeBytes { Data($0.prefix(count)) }
}

/// The error that the body throws; anything else fails the test.
func failure(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws -> PulihError {
    do {
        try await body()
    } catch let error as PulihError {
        return error
    }
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    throw CancellationError()
}
