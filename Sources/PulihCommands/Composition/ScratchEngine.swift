internal import Foundation
internal import PulihEngine
internal import PulihModel
internal import PulihSystem

/// An engine for work outside a workspace.
enum ScratchEngine {
    static func make() async throws -> any Engine {
        try await BlockingWork.run {
            let folder = FileManager.default.temporaryDirectory.path + "/pulih-\(ProcessInfo.processInfo.processIdentifier)"
            try DurableFile.createFolders(folder)
            return try DuckDBEngine(settings: Settings.standard(cores: WorkingFolder.coreCount), workFolder: folder)
        }
    }
}

extension Settings {
    /// The defaults of `pulih.yml`.
    static func standard(cores: Int) -> Settings {
        Settings(memoryLimitBytes: 256_000_000, threads: cores, parallelSteps: cores, settleSeconds: 2)
    }
}
