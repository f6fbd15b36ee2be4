internal import Glibc

/// What the operating system refused: which operation, on which path, and why.
///
/// Reads as "cannot rename raw/a.csv to done/a.csv: Permission denied".
public struct SystemFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The verb: `rename`, `write`, `sync folder`.
    public let operation: String
    /// What was operated on; nil where there is no one thing.
    public let path: String?
    /// Where it should have gone, for operations on two paths.
    public let target: String?
    /// The system's error number; 0 when the cause is not the operating system.
    public let errno: Int32
    /// The reason in words; the system's own unless the caller knew better.
    public let text: String

    /// - Parameter text: nil takes the system's wording for `errno`.
    public init(
        _ operation: String, path: String? = nil, target: String? = nil, errno: Int32, text: String? = nil
    ) {
        self.operation = operation
        self.path = path
        self.target = target
        self.errno = errno
        self.text = text ?? SystemFailure.wording(of: errno)
    }

    public var description: String {
        var words = "cannot \(operation)"
        if let path { words += " \(path)" }
        if let target { words += " to \(target)" }
        return "\(words): \(text)"
    }

    /// There is nothing at the path.
    public var isMissing: Bool { errno == ENOENT }
    /// The target is taken.
    public var isExisting: Bool { errno == EEXIST }
    /// No space or no quota left.
    public var isDiskFull: Bool { errno == ENOSPC || errno == EDQUOT }
    /// Permissions or a read-only file system stand against it.
    public var isRefused: Bool { errno == EACCES || errno == EPERM || errno == EROFS }

    private static func wording(of errno: Int32) -> String {
        // glibc hands out constants for known numbers and a buffer per thread for others.
        unsafe String(cString: strerror(errno))
    }
}
