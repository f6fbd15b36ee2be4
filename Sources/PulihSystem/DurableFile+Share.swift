internal import Glibc

extension DurableFile {
    /// Gives a file a second name; where it cannot have one, the target becomes a copy. Never replaces anything.
    ///
    /// Whole or not at all; the name lasts once its folder was synced (`syncFolder`).
    /// - Throws: `isExisting` if the target is taken, `isMissing` if there is no source.
    public static func share(_ source: String, as target: String) throws(SystemFailure) {
        let code = uninterrupted {
            Failpoints.call(.renameBefore, after: .renameAfter) { unsafe Int(link(source, target)) }
        }.errno
        switch code {
        case 0: return
        // File systems without links, too many of them, and files of others, which not everybody may link.
        case EPERM, EOPNOTSUPP, EMLINK, ENOSYS, EINVAL, EXDEV: try copy(source, to: target)
        default: throw SystemFailure("link", path: source, target: target, errno: code)
        }
    }
}
