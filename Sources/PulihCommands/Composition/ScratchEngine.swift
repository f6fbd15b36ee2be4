internal import Foundation
internal import PulihEngine
internal import PulihModel
internal import PulihSystem

/// An engine for work outside a workspace.
enum ScratchEngine {
    /// Runs the body with an engine whose work folder goes when the body ends, however it ends.
    static func with<Value: Sendable>(_ body: (any Engine) async throws -> Value) async throws -> Value {
        let temporary = FileManager.default.temporaryDirectory.path
        let folder = "\(temporary)/pulih-\(ProcessInfo.processInfo.processIdentifier)"
        let engine = try await BlockingWork.run {
            try DurableFile.createFolders(folder)
            return try DuckDBEngine(
                settings: Settings.standard(cores: WorkingFolder.coreCount), workFolder: folder)
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body(engine)) } catch { result = .failure(error) }
        try await engine.close()
        try await BlockingWork.run { try FileManager.default.removeItem(atPath: folder) }
        return try result.get()
    }
}
