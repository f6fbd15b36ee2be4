/// Rows on their way out, collected to pieces that are worth a system call.
@safe final class PostgresRowBuffer {
    private static let size = 256 << 10

    private let fields: [PostgresField]
    /// What a row takes, but for the bytes that DuckDB keeps elsewhere.
    private let rowSize: Int
    private let start: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer
    private var out: UnsafeMutableRawPointer
    private let body: (UnsafeRawBufferPointer) throws -> Void

    /// - Parameter body: gets the pieces; they are valid until it returns.
    init(_ fields: [PostgresField], body: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.fields = fields
        rowSize = fields.reduce(2) { $0 + $1.size }
        let size = max(Self.size, 2 * rowSize)
        unsafe start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe end = start + size
        unsafe out = start
        unsafe self.body = body
        for byte in "PGCOPY\n".utf8 { unsafe out.put(byte) }
        for byte: UInt8 in [0xFF, 0x0D, 0x0A, 0] { unsafe out.put(byte) }
        // No flags, nothing more in the header.
        unsafe out.put(Int64(0))
    }

    deinit {
        unsafe start.deallocate()
    }

    func add(_ chunk: borrowing ChunkHandle) throws {
        let vectors = fields.indices.map { chunk.vector($0) }
        // A copy, so that not every value accesses the object.
        var out = unsafe out
        for row in 0..<chunk.count {
            if unsafe end - out < rowSize { try unsafe flush(&out) }
            unsafe out.put(Int16(truncatingIfNeeded: fields.count))
            for index in fields.indices {
                let vector = vectors[index]
                if !vector.isValid(row) {
                    unsafe out.put(Int32(-1))
                } else if fields[index].form == .bytes {
                    try unsafe put(StoredBytes(vector.data, row), &out)
                } else {
                    unsafe fields[index].write(vector.data, row, to: &out)
                }
            }
        }
        unsafe self.out = out
    }

    /// Ends the rows.
    func finish() throws {
        var out = unsafe out
        if unsafe end - out < 2 { try unsafe flush(&out) }
        unsafe out.put(Int16(-1))
        try unsafe flush(&out)
    }

    /// Leaves the room that the rest of the row may take.
    @inline(__always) @unsafe
    private func put(_ bytes: StoredBytes, _ out: inout UnsafeMutableRawPointer) throws {
        unsafe out.put(Int32(truncatingIfNeeded: bytes.count))
        if unsafe bytes.count > StoredBytes.inPlace && end - out < bytes.count + rowSize {
            try unsafe flush(&out)
            if unsafe bytes.count + rowSize > end - start {
                return try unsafe body(UnsafeRawBufferPointer(start: bytes.start, count: bytes.count))
            }
        }
        unsafe out.copyMemory(from: bytes.start, byteCount: bytes.count)
        unsafe out += bytes.count
    }

    @unsafe private func flush(_ out: inout UnsafeMutableRawPointer) throws {
        try unsafe body(UnsafeRawBufferPointer(start: start, count: out - start))
        unsafe out = start
    }
}
