/// A text or blob in a vector: entries of 16 bytes, which hold the length, then up to 12 bytes themselves, or 4 of them and a
/// pointer to all. Valid as long as the chunk.
@unsafe struct StoredBytes {
    static let inPlace = 12

    let start: UnsafeRawPointer
    let count: Int

    @inline(__always)
    init(_ data: UnsafeRawPointer, _ row: Int) {
        let entry = unsafe data + row * 16
        unsafe count = Int(entry.load(as: UInt32.self))
        unsafe start =
            count <= Self.inPlace ? entry + 4 : entry.load(fromByteOffset: 8, as: UnsafeRawPointer.self)
    }
}
