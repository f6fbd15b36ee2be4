internal import Foundation

/// What the process knows of its surroundings.
enum WorkingFolder {
    static var path: String { FileManager.default.currentDirectoryPath }
    static var user: String { ProcessInfo.processInfo.userName }
    static var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }

    static func environment(_ name: String) -> String? {
        let value = ProcessInfo.processInfo.environment[name]
        return value?.isEmpty == true ? nil : value
    }

    static func absolute(_ path: String, from folder: String = WorkingFolder.path) -> String {
        URL(fileURLWithPath: path, relativeTo: URL(fileURLWithPath: folder, isDirectory: true))
            .standardizedFileURL.path
    }

    /// The program itself, links resolved.
    static var executable: String { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path }
}

enum PathText {
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
