internal import Glibc

/// A file without a name for what memory should not hold; it is gone with the process, however that ends.
///
/// It lies in `TMPDIR`, or in `/var/tmp`, which unlike `/tmp` is a disk. Used by one thread.
public final class SpillFile {
    public private(set) var size: Int64 = 0
    private let path: String
    private let file: Descriptor

    public init() throws(SystemFailure) {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
        let name =
            "\(folder.flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp")/pulih-\(UInt64.random(in: 1 ... .max))"
        path = name
        file = try Descriptor(
            opening: name, O_RDWR | O_CREAT | O_EXCL, permissions: 0o600, operation: "create")
        guard unsafe unlink(name) == 0 else { throw SystemFailure("remove", path: name, errno: errno) }
    }

    public func append(_ bytes: [UInt8]) throws(SystemFailure) {
        try file.write(bytes[...], path: path)
        size += Int64(bytes.count)
    }

    /// Fewer bytes only where the file ends.
    public func read(_ count: Int, at offset: Int64) throws(SystemFailure) -> [UInt8] {
        try file.read(count, at: offset, path: path)
    }
}

@available(*, unavailable, message: "a spill file has one user")
extension SpillFile: Sendable {}
