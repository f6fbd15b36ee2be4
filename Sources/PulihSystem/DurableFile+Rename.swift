internal import CSystem
internal import Glibc

extension DurableFile {
    /// Gives a file another name; never replaces anything.
    ///
    /// Verified: afterwards the target is the very file (device and inode) that the source was. A crash
    /// leaves one name or the other, on file systems without an atomic form perhaps both; calling again then
    /// finishes.
    /// - Parameter sync: false leaves both folders unsynced, so that many renames share one `syncFolder` per
    ///   folder.
    /// - Throws: `isExisting` if the target is taken, `isMissing` if there is no source.
    public static func rename(
        _ source: String, to target: String, sync: Bool = true
    ) throws(SystemFailure) {
        try rename(source, to: target, sync: sync) { source, target in
            uninterrupted {
                Failpoints.call(.renameBefore, after: .renameAfter) {
                    unsafe Int(pulih_rename_noreplace(source, target))
                }
            }.errno
        }
    }

    /// - Parameter atomicRename: returns 0 or the error number; EINVAL and ENOSYS say "not on this file
    ///   system".
    static func rename(
        _ source: String, to target: String, sync: Bool, atomicRename: (String, String) -> Int32
    ) throws(SystemFailure) {
        let before = try examine(source, source: source, target: target)
        switch atomicRename(source, target) {
        case 0: break
        case EINVAL, ENOSYS: try renameByLink(source, to: target)
        case EEXIST where try isSecondName(target, of: source): try dropName(source, target: target)
        case let code: throw SystemFailure("rename", path: source, target: target, errno: code)
        }
        let after = try examine(target, source: source, target: target)
        guard after.st_dev == before.st_dev, after.st_ino == before.st_ino else {
            throw SystemFailure(
                "rename", path: source, target: target, errno: EIO,
                text: "the target is not the file that was renamed; another program interfered")
        }
        guard sync else { return }
        let folders = (PathParts.folder(of: target), PathParts.folder(of: source))
        try syncFolder(folders.0)
        if folders.0 != folders.1 { try syncFolder(folders.1) }
    }

    /// Two steps, each atomic: a second name, then the first one goes. `link` never replaces.
    private static func renameByLink(_ source: String, to target: String) throws(SystemFailure) {
        if unsafe link(source, target) != 0 {
            let code = Glibc.errno
            guard code == EEXIST, try isSecondName(target, of: source) else {
                throw SystemFailure("rename", path: source, target: target, errno: code)
            }
        }
        try dropName(source, target: target)
    }

    /// A name that is gone is what was wanted: over a network the answer to the first try may be lost.
    private static func dropName(_ source: String, target: String) throws(SystemFailure) {
        guard unsafe unlink(source) == 0 || Glibc.errno == ENOENT else {
            throw SystemFailure(
                "rename", path: source, target: target, errno: Glibc.errno,
                text: "both names exist now: \(SystemFailure("remove", errno: Glibc.errno).text)")
        }
    }

    /// Whether both paths are names of one file, and two names: `a/f` and `a/./f` are one, and dropping it
    /// loses the file.
    private static func isSecondName(_ target: String, of source: String) throws(SystemFailure) -> Bool {
        let first = try examine(source, source: source, target: target)
        let second = try examine(target, source: source, target: target)
        guard first.st_dev == second.st_dev, first.st_ino == second.st_ino, first.st_nlink > 1 else {
            return false
        }
        if PathParts.name(of: source) != PathParts.name(of: target) { return true }
        let firstFolder = try examine(PathParts.folder(of: source) + "/.", source: source, target: target)
        let secondFolder = try examine(PathParts.folder(of: target) + "/.", source: source, target: target)
        return firstFolder.st_dev != secondFolder.st_dev || firstFolder.st_ino != secondFolder.st_ino
    }

    private static func examine(
        _ path: String, source: String, target: String
    ) throws(SystemFailure) -> stat {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            throw SystemFailure("rename", path: source, target: target, errno: Glibc.errno)
        }
        return status
    }
}
