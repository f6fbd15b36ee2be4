enum FolderOf {
    /// The folder that holds the file: `a/b.csv` -> `a`, `b.csv` -> `.`.
    static func path(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }
}
