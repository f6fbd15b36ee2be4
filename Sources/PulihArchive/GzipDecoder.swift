internal import CZlib

/// Reads gzip through zlib, which checks each member's CRC-32 and length. libarchive checks neither.
@safe final class GzipDecoder: Decoder {
    private let file: InputFile
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isFileAtEnd = false
    /// Before the first member, or after one that was found whole.
    private var isBetweenMembers = true
    private var produced: Int64 = 0

    init(_ path: String) throws(ArchiveFailure) {
        file = try InputFile(path)
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe input = .allocate(byteCount: 1 << 18, alignment: 16)
        // 15: the largest window. 16 more: with a gzip header and trailer, and nothing else.
        guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else {
            throw ArchiveFailure(
                .unreadable, path: path, message: "zlib does not start: out of memory or too old")
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFailure) -> Int {
        let capacity = min(buffer.count, Int(UInt32.max))
        unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(capacity)
        while unsafe stream.pointee.avail_out > 0 {
            if unsafe stream.pointee.avail_in == 0, !isFileAtEnd { try refill() }
            if isBetweenMembers {
                if unsafe stream.pointee.avail_in == 0 { break }
                isBetweenMembers = false
            }
            let state = unsafe inflate(stream, Z_NO_FLUSH)
            switch state {
            case Z_OK: continue
            case Z_STREAM_END:
                isBetweenMembers = true
                unsafe inflateReset(stream)
            // No progress without more input.
            case Z_BUF_ERROR where !isFileAtEnd: continue
            case Z_BUF_ERROR: throw damaged("the file ends inside its compressed data", at: capacity)
            default:
                let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
                throw damaged(message ?? "zlib error \(state)", at: capacity)
            }
        }
        let count = unsafe capacity - Int(stream.pointee.avail_out)
        produced += Int64(count)
        return count
    }

    private func refill() throws(ArchiveFailure) {
        let count = try unsafe file.read(into: input)
        isFileAtEnd = count == 0
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(count)
    }

    private func damaged(_ message: String, at capacity: Int) -> ArchiveFailure {
        let offset = unsafe produced + Int64(capacity) - Int64(stream.pointee.avail_out)
        return ArchiveFailure(.damaged, path: file.path, offset: offset, message: message)
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }
}
