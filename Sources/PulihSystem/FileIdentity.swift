internal import CSystem
internal import Glibc

/// What tells one state of one file from another without reading it: if two are equal, the content is the
/// same unless somebody with root's powers set the clock.
public struct FileIdentity: Equatable, Hashable, Sendable, Codable {
    /// Bytes.
    public let size: Int64
    public let inode: UInt64
    public let device: UInt64
    /// Last change of the content, nanoseconds since 1970 UTC.
    public let modifiedNanoseconds: Int64
    /// Last change of content, name or attributes, nanoseconds since 1970 UTC. A rename changes it on most
    /// file systems.
    public let changedNanoseconds: Int64

    public init(
        size: Int64, inode: UInt64, device: UInt64, modifiedNanoseconds: Int64, changedNanoseconds: Int64
    ) {
        self.size = size
        self.inode = inode
        self.device = device
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedNanoseconds = changedNanoseconds
    }

    init(_ status: stat) {
        self.init(
            size: Int64(status.st_size), inode: UInt64(status.st_ino), device: UInt64(status.st_dev),
            modifiedNanoseconds: nanoseconds(status.st_mtim),
            changedNanoseconds: nanoseconds(status.st_ctim))
    }

    /// Follows symbolic links.
    /// - Throws: `isMissing` if there is nothing.
    public static func of(_ path: String) throws(SystemFailure) -> FileIdentity {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw SystemFailure("examine", path: path, errno: Glibc.errno)
        }
        return FileIdentity(status)
    }

    /// As `of`, with nil for "there is nothing".
    public static func ifPresent(_ path: String) throws(SystemFailure) -> FileIdentity? {
        do {
            return try of(path)
        } catch  where error.isMissing {
            return nil
        }
    }

    /// Whether both are the same file, whatever was written to it in between.
    public func isSameFile(as other: FileIdentity) -> Bool {
        device == other.device && inode == other.inode
    }
}

private func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
