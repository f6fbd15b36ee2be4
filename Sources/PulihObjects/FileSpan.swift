internal import PulihCrypto
internal import PulihSystem

/// A part of a file, to be sent.
struct FileSpan: Sendable {
    let file: PositionedFile
    let start: Int
    let count: Int

    struct Digests: Sendable {
        /// In hexadecimal.
        var sha256: String
        /// 16 bytes; nil where the library has none.
        var md5: [UInt8]?
    }

    /// - Throws: `S3Failure` when the file ends before the span does.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        let count = try file.read(into: buffer, at: Int64(start + offset))
        guard count > 0 || offset >= self.count else {
            throw S3Failure.changed("the file was cut meanwhile")
        }
        return count
    }

    /// Reads it all; blocks.
    func digests() throws -> Digests {
        var sha256 = SHA256()
        var md5 = MD5()
        var buffer = [UInt8](repeating: 0, count: FileReader.bufferSize)
        var offset = 0
        while offset < count {
            try Task.checkCancellation()
            let wanted = min(buffer.count, count - offset)
            offset += try buffer.withUnsafeMutableBytes { buffer in
                let read = try read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset)
                let piece = UnsafeRawBufferPointer(rebasing: buffer[..<read])
                sha256.update(piece)
                md5?.update(piece)
                return read
            }
        }
        var digests = Digests(sha256: sha256.finish().hex)
        if let md5 = md5.take() { digests.md5 = md5.finish() }
        return digests
    }
}
