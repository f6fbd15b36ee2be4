/// The two halves of a path, by text alone.
enum PathParts {
    /// The folder that holds the entry: `a/b.csv` -> `a`, `b.csv` -> `.`, `/b` -> `/`.
    static func folder(of path: String) -> String {
        let trimmed = trimmed(path)
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            return trimmed.isEmpty && !path.isEmpty ? "/" : "."
        }
        let folder = self.trimmed(String(trimmed[..<slash]))
        return folder.isEmpty ? "/" : folder
    }

    /// The entry's name in its folder: `a/b.csv` -> `b.csv`.
    static func name(of path: String) -> String {
        let trimmed = trimmed(path)
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return trimmed }
        return String(trimmed[trimmed.utf8.index(after: slash)...])
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
    }

    private static func trimmed(_ path: String) -> String {
        var end = path.utf8.endIndex
        while end > path.utf8.startIndex, path.utf8[path.utf8.index(before: end)] == UInt8(ascii: "/") {
            end = path.utf8.index(before: end)
        }
        return String(path[..<end])
    }
}
