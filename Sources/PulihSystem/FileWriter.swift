internal import Glibc

/// Writes a file once, from the beginning to the end, through a buffer. Not durable: for files that a crash may take.
///
/// Used by one thread. What was not finished may lack its end.
public final class FileWriter {
    public let path: String
    private var file: Descriptor?
    private var buffer: [UInt8] = []

    /// Makes the file, or empties it.
    public init(_ path: String) throws(SystemFailure) {
        self.path = path
        file = try Descriptor(
            opening: path, O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o644, operation: "create")
        buffer.reserveCapacity(FileReader.bufferSize)
    }

    /// Bytes may stay in the buffer until `finish`.
    public func write(_ bytes: UnsafeBufferPointer<UInt8>) throws(SystemFailure) {
        unsafe buffer.append(contentsOf: bytes)
        if buffer.count >= FileReader.bufferSize { try flush() }
    }

    /// Writes what is left and closes the file. Safe to repeat.
    public func finish() throws(SystemFailure) {
        guard file != nil else { return }
        try flush()
        try file.take()!.close(path: path)
    }

    private func flush() throws(SystemFailure) {
        guard !buffer.isEmpty, file != nil else { return }
        try file!.write(buffer[...], path: path)
        buffer.removeAll(keepingCapacity: true)
    }
}
