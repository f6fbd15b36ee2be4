internal import PulihModel
internal import PulihSystem

/// Names for files of one call, removed when it ends. What a crash leaves is told by `DurableFile.isTemporary`.
final class TemporaryFiles {
    private let folder: String
    private let stem = DurableFile.temporaryName()
    private var paths: [String] = []

    init(in folder: String) throws {
        self.folder = folder
        try DurableFile.createFolders(folder)
    }

    /// - Parameter suffix: tells the files of one call apart: `main.parquet`.
    func path(_ suffix: String) -> String {
        let path = "\(folder)/\(stem)-\(suffix)"
        paths.append(path)
        return path
    }

    func removeAll() throws {
        for path in paths { try DurableFile.remove(path) }
        paths = []
    }
}
