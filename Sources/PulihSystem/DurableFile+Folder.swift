internal import CSystem
internal import Glibc

extension DurableFile {
    /// Removes a file, or a folder with all that is in it, and syncs the folder above. Symbolic links are removed, not
    /// followed.
    /// - Returns: false if there was nothing to remove.
    @discardableResult
    public static func removeWhole(_ path: String) throws(SystemFailure) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if Glibc.errno == ENOENT { return false }
            throw SystemFailure("examine", path: path, errno: Glibc.errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for entry in try listFolder(path) { try removeWhole(PathParts.join(path, entry.name)) }
        guard unsafe rmdir(path) == 0 else {
            if Glibc.errno == ENOENT { return false }
            throw SystemFailure("remove folder", path: path, errno: Glibc.errno)
        }
        try syncFolder(PathParts.folder(of: path))
        return true
    }
}
