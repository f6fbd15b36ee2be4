internal import Glibc

/// Room on the disk.
public enum DiskSpace {
    /// Bytes that an ordinary user may still write where the path lies; the path must exist.
    ///
    /// The corresponding C function is `statvfs`.
    public static func free(_ path: String) throws(SystemFailure) -> Int64 {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else {
            throw SystemFailure("examine", path: path, errno: Glibc.errno)
        }
        return Int64(status.f_bavail) * Int64(status.f_frsize)
    }
}
