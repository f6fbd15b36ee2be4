internal import Foundation

/// Texts that stand recorded under `Tests/Golden`. `RECORD_GOLDEN=1` writes them anew, and the tests fail all the same.
public enum Golden {
    /// - Parameters:
    ///   - path: below `Tests/Golden`.
    ///   - file: a source file of the tests; leave it as it is.
    /// - Returns: nil when the text is what was recorded, else what to tell.
    public static func difference(_ text: String, _ path: String, file: String = #filePath) throws -> String?
    {
        guard let tests = file.range(of: "/Tests/", options: .backwards) else {
            throw TestFailure("\(file) is no file of the tests")
        }
        let url = URL(fileURLWithPath: file[..<tests.upperBound] + "Golden/\(path)")
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            return "recorded \(path)"
        }
        guard FileManager.default.fileExists(atPath: url.path) else {
            return "\(path) was never recorded; RECORD_GOLDEN=1 does it"
        }
        let recorded = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        return recorded == text ? nil : "\(path) differs. Recorded:\n\(recorded)\nNow:\n\(text)"
    }
}
