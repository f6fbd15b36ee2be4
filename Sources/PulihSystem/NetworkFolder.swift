internal import CSystem
internal import Glibc

/// Folders on file systems of other machines: their clocks stamp the files, their changes make no events here, and what
/// this machine knows of a file may be old.
public enum NetworkFolder {
    /// `NFS`; nil: the file system is this machine's own. Blocks.
    public static func kind(_ path: String) throws(SystemFailure) -> String? {
        let type = unsafe pulih_filesystem(path)
        guard type >= 0 else { throw SystemFailure("examine", path: path, errno: Glibc.errno) }
        return kinds[type]
    }

    /// The time by the clock that stamps files in the folder, in microseconds since 1970 UTC; nil: by this machine's, or
    /// it cannot be told because nothing can be written there. Blocks.
    public static func time(_ folder: String) throws(SystemFailure) -> Int64? {
        guard try kind(folder) != nil else { return nil }
        return try stamp(folder)
    }

    /// What a file gets that is made now.
    static func stamp(_ folder: String) throws(SystemFailure) -> Int64? {
        let path = PathParts.join(folder, DurableFile.temporaryName())
        do {
            let file = try Descriptor(
                opening: path, O_WRONLY | O_CREAT | O_EXCL, permissions: 0o600, operation: "create")
            // Some servers stamp a file only when something is written.
            try file.write([0], path: path)
            try file.close(path: path)
        } catch {
            guard error.isRefused || error.isDiskFull else { throw error }
            return nil
        }
        let identity: FileIdentity
        do {
            identity = try FileIdentity.of(path)
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
        guard unsafe unlink(path) == 0 else { throw SystemFailure("remove", path: path, errno: Glibc.errno) }
        return identity.changedNanoseconds / 1000
    }

    /// What the other machine knows of a file now: opening it asks there, looking alone may not. nil: there is nothing.
    /// Blocks.
    public static func examine(_ path: String) throws(SystemFailure) -> FileIdentity? {
        do {
            _ = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
            return try FileIdentity.of(path)
        } catch {
            if error.isMissing { return nil }
            guard error.isRefused else { throw error }
            return try FileIdentity.ifPresent(path)
        }
    }

    /// By magic number.
    private static let kinds: [Int: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x6573_5546: "FUSE",
        0x0102_1997: "9P", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre", 0x5346_414F: "AFS",
        0x0116_1970: "GFS2", 0x7461_636F: "OCFS2",
    ]
}
