internal import Foundation
internal import Glibc

/// Folders of one test run under one parent, which goes when the process ends, however tests share them.
enum TemporaryFolders {
    private static let parent: String = {
        let path = FileManager.default.temporaryDirectory.path + "/pulih-tests.\(getpid())"
        atexit {
            do {
                try FileManager.default.removeItem(atPath: TemporaryFolders.parent)
            } catch {
                print("left behind: \(TemporaryFolders.parent): \(error)")
            }
        }
        return path
    }()

    static func make() throws -> String {
        let path = parent + "/" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
