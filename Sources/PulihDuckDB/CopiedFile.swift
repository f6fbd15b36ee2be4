internal import CDuckDB

/// What DuckDB says of the file that `COPY … TO … (…, RETURN_STATS)` wrote.
public struct CopiedFile: Sendable, Hashable {
    public var rows = 0
    /// By quoted column; without those of which the format keeps no count.
    public var nulls: [String: Int] = [:]
}

extension ResultHandle {
    /// Columns of such a result: filename, count, file_size_bytes, footer_size_bytes, column_statistics (by quoted
    /// column a map of names and texts), partition_keys.
    consuming func copiedFile(sql: String) throws(DuckDBFailure) -> CopiedFile {
        var copied = CopiedFile()
        while let chunk = try nextChunk(sql: sql) {
            let counts = chunk.vector(1)
            for row in 0..<chunk.count {
                copied.rows += unsafe counts.data.load(fromByteOffset: row * 8, as: Int.self)
                unsafe chunk.withMap(4) { columns in
                    for column in unsafe columns.entries(of: row) {
                        let figures = unsafe MapVector(columns.values)
                        for figure in unsafe figures.entries(of: column)
                        where unsafe figures.key(figure) == "null_count" {
                            unsafe copied.nulls[columns.key(column)] = Int(figures.value(figure))
                        }
                    }
                }
            }
        }
        return copied
    }
}

extension ChunkHandle {
    @unsafe fileprivate borrowing func withMap(_ column: Int, _ body: (MapVector) -> Void) {
        unsafe withRaw { unsafe body(MapVector(duckdb_data_chunk_get_vector($0, idx_t(column)))) }
    }
}

/// Maps whose keys are texts. Stored as lists of pairs; valid as long as the chunk.
@unsafe private struct MapVector {
    private let lists: UnsafeRawPointer
    private let keys: OpaquePointer?
    let values: OpaquePointer?

    init(_ vector: OpaquePointer?) {
        unsafe lists = UnsafeRawPointer(duckdb_vector_get_data(vector))
        let pairs = unsafe duckdb_list_vector_get_child(vector)
        unsafe keys = duckdb_struct_vector_get_child(pairs, 0)
        unsafe values = duckdb_struct_vector_get_child(pairs, 1)
    }

    /// Positions of a map's pairs.
    func entries(of row: Int) -> Range<Int> {
        let list = unsafe lists.load(
            fromByteOffset: row * MemoryLayout<duckdb_list_entry>.stride, as: duckdb_list_entry.self)
        return Int(list.offset)..<Int(list.offset + list.length)
    }

    func key(_ entry: Int) -> String { unsafe Self.text(keys, entry) }
    func value(_ entry: Int) -> String { unsafe Self.text(values, entry) }

    private static func text(_ vector: duckdb_vector?, _ entry: Int) -> String {
        let bytes = unsafe StoredBytes(UnsafeRawPointer(duckdb_vector_get_data(vector)), entry)
        return unsafe String(
            decoding: UnsafeRawBufferPointer(start: bytes.start, count: bytes.count), as: UTF8.self)
    }
}
