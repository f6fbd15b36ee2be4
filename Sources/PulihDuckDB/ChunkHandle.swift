internal import CDuckDB

/// Some rows of a result.
@safe struct ChunkHandle: ~Copyable {
    private let pointer: OpaquePointer
    let count: Int

    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
        count = unsafe Int(duckdb_data_chunk_get_size(pointer))
    }

    /// The values of a column; valid as long as the chunk.
    borrowing func vector(_ column: Int) -> Vector {
        let vector = unsafe duckdb_data_chunk_get_vector(pointer, idx_t(column))
        return unsafe Vector(
            data: UnsafeRawPointer(duckdb_vector_get_data(vector)),
            validity: duckdb_vector_get_validity(vector))
    }

    @unsafe borrowing func withRaw<R>(_ body: (OpaquePointer) -> R) -> R { unsafe body(pointer) }

    deinit {
        var chunk: OpaquePointer? = unsafe pointer
        unsafe duckdb_destroy_data_chunk(&chunk)
    }
}

/// Never kept longer than its chunk, which is what makes it safe.
@safe struct Vector {
    let data: UnsafeRawPointer
    let validity: UnsafeMutablePointer<UInt64>?

    @inline(__always)
    func isValid(_ row: Int) -> Bool {
        guard let validity = unsafe validity else { return true }
        return unsafe validity[row / 64] >> UInt64(row % 64) & 1 == 1
    }
}
