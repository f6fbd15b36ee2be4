import Foundation
import Testing

/// A folder of its own for a test; gone with the value.
final class TemporaryFolder {
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
}
