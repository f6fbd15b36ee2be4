internal import CSystem
internal import Glibc

/// One name in a folder.
public struct FolderEntry: Equatable, Sendable {
    public enum Kind: Sendable {
        case file, folder, symbolicLink, other
    }

    public let name: String
    public let kind: Kind
    /// False if the name on disk is not valid UTF-8: `name` shows it, but no path made of it leads to the
    /// file.
    public let isNameExact: Bool

    public init(name: String, kind: Kind, isNameExact: Bool = true) {
        self.name = name
        self.kind = kind
        self.isNameExact = isNameExact
    }
}

/// What the folder holds, sorted by the bytes of the names; hidden ones too, `.` and `..` not.
///
/// The corresponding C function is `readdir`.
public func listFolder(_ path: String) throws(SystemFailure) -> [FolderEntry] {
    guard let folder = unsafe opendir(path) else {
        throw SystemFailure("list", path: path, errno: Glibc.errno)
    }
    defer { _ = unsafe closedir(folder) }
    var entries: [FolderEntry] = []
    while true {
        Glibc.errno = 0
        guard let entry = unsafe readdir(folder) else {
            if Glibc.errno == 0 { break }
            throw SystemFailure("list", path: path, errno: Glibc.errno)
        }
        let bytes = unsafe pulih_entry_name(entry)!
        let exact = unsafe String(validatingCString: bytes)
        let name = unsafe exact ?? String(cString: bytes)
        if name == "." || name == ".." { continue }
        let kind = unsafe kind(of: entry.pointee, bytes, in: folder)
        guard let kind else { continue }
        entries.append(FolderEntry(name: name, kind: kind, isNameExact: exact != nil))
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

/// Nil if the entry went away meanwhile.
private func kind(
    of entry: dirent, _ name: UnsafePointer<CChar>, in folder: OpaquePointer
) -> FolderEntry.Kind? {
    switch Int(entry.d_type) {
    case DT_REG: return .file
    case DT_DIR: return .folder
    case DT_LNK: return .symbolicLink
    case DT_UNKNOWN: break
    default: return .other
    }
    // Some file systems do not say; ask for each.
    var status = stat()
    guard unsafe fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return .symbolicLink
    default: return .other
    }
}
