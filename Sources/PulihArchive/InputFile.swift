import Glibc

/// A file open for reading, closed with its last owner.
final class InputFile {
    let path: String
    let size: Int64
    private let descriptor: Int32

    init(_ path: String) throws(ArchiveFailure) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let failure = Self.failure(path)
            close(descriptor)
            throw failure
        }
        self.path = path
        self.descriptor = descriptor
        size = Int64(status.st_size)
    }

    /// - Returns: how many bytes were read; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFailure) -> Int {
        while true {
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw Self.failure(path) }
        }
    }

    func readPrefix(_ count: Int) throws(ArchiveFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let missing = count - bytes.count
            let piece = try unsafe withUnsafeTemporaryAllocation(byteCount: missing, alignment: 1) {
                buffer throws(ArchiveFailure) in
                let read = try unsafe read(into: buffer)
                return unsafe Array(buffer.prefix(read))
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    private static func failure(_ path: String) -> ArchiveFailure {
        ArchiveFailure(.unreadable, path: path, message: unsafe String(cString: strerror(errno)))
    }

    deinit {
        close(descriptor)
    }
}
