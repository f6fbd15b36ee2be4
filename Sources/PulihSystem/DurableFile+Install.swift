internal import Glibc

extension DurableFile {
    /// Puts a file that another library wrote in its place: syncs it, renames it over what was there, syncs the folder.
    ///
    /// A crash leaves the old file or the new one under the target's name, whole. Both paths must lie on one file
    /// system.
    /// - Throws: `isMissing` if there is no source.
    public static func install(_ source: String, as target: String) throws(SystemFailure) {
        let file = try Descriptor(opening: source, O_RDONLY, operation: "sync")
        try file.sync(path: source)
        let code = replace(target, by: source)
        guard code == 0 else { throw SystemFailure("rename", path: source, target: target, errno: code) }
        try syncFolder(PathParts.folder(of: target))
    }

    /// Renames over what is there; returns 0 or the error number.
    static func replace(_ target: String, by source: String) -> Int32 {
        uninterrupted {
            Failpoints.call(.renameBefore, after: .renameAfter) { unsafe Int(Glibc.rename(source, target)) }
        }.errno
    }
}
