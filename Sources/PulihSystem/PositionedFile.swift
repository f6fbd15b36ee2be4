internal import Glibc

/// Reads a file at any place. Safe to use from any thread; calls block.
public final class PositionedFile: Sendable {
    public let path: String
    private let file: Descriptor

    /// - Throws: `isMissing` if there is no file.
    public init(_ path: String) throws(SystemFailure) {
        self.path = path
        file = try Descriptor(opening: path, O_RDONLY)
    }

    /// The identity of the open file, also when its name was given to another meanwhile.
    public func identity() throws(SystemFailure) -> FileIdentity {
        FileIdentity(try file.status(path: path))
    }

    /// Fills the front of the buffer.
    /// - Returns: how many bytes; 0 at the end of the file.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemFailure)
        -> Int
    {
        let (count, code) = uninterrupted {
            unsafe pread(file.number, buffer.baseAddress, buffer.count, off_t(offset))
        }
        guard count >= 0 else { throw SystemFailure("read", path: path, errno: code) }
        return count
    }
}
