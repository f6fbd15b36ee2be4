internal import CDuckDB

/// The result of a statement that ran, or of a streamed one that runs while it is read.
@safe struct ResultHandle: ~Copyable {
    private let result: duckdb_result

    init(owning result: duckdb_result) {
        unsafe self.result = result
    }

    /// Runs a text without parameters and keeps the result of its last statement, whole.
    init(running sql: String, on connection: borrowing ConnectionHandle) throws(DuckDBFailure) {
        var result = unsafe duckdb_result()
        guard unsafe connection.withRaw({ unsafe duckdb_query($0, sql, &result) }) == DuckDBSuccess else {
            let message = unsafe duckdb_result_error(&result).map { unsafe String(cString: $0) }
            unsafe duckdb_destroy_result(&result)
            throw DuckDBFailure(message: message ?? "Invalid Error: unable to run the statement", sql: sql)
        }
        guard unsafe duckdb_result_statement_type(result) != DUCKDB_STATEMENT_TYPE_INVALID else {
            unsafe duckdb_destroy_result(&result)
            throw DuckDBFailure(message: "Invalid Input Error: the text holds no statement", sql: sql)
        }
        unsafe self.result = result
    }

    /// Rows inserted, updated, deleted, copied, or put into a new table; 0 for a query, also one made by
    /// RETURNING.
    ///
    /// DuckDB gives the number as the only value of the result. `duckdb_rows_changed` would say 0 for CREATE
    /// TABLE AS.
    consuming func changedRows(sql: String) throws(DuckDBFailure) -> Int {
        guard unsafe duckdb_result_return_type(result) != DUCKDB_RESULT_TYPE_QUERY_RESULT else { return 0 }
        let columns = try columnReaders(sql: sql)
        guard let count = columns.first, let chunk = try nextChunk(sql: sql), chunk.count > 0 else {
            return 0
        }
        return unsafe count.value(in: chunk.vector(0).data, at: 0).int ?? 0
    }

    borrowing func columnReaders(sql: String) throws(DuckDBFailure) -> [ColumnReader] {
        var copy = unsafe result
        var readers: [ColumnReader] = []
        for index in 0..<(unsafe duckdb_column_count(&copy)) {
            let name = unsafe duckdb_column_name(&copy, index).map { unsafe String(cString: $0) } ?? ""
            var type = unsafe duckdb_column_logical_type(&copy, index)
            defer { unsafe duckdb_destroy_logical_type(&type) }
            readers.append(try unsafe ColumnReader(name: name, type: type, sql: sql))
        }
        return readers
    }

    /// Calls `body` with every chunk of rows.
    borrowing func forEachChunk(sql: String, _ body: (borrowing ChunkHandle) throws -> Void) throws {
        while let chunk = try nextChunk(sql: sql) { try body(chunk) }
    }

    borrowing func postgresFields(sql: String) throws(DuckDBFailure) -> [PostgresField] {
        var copy = unsafe result
        var fields: [PostgresField] = []
        for index in 0..<(unsafe duckdb_column_count(&copy)) {
            let name = unsafe duckdb_column_name(&copy, index).map { unsafe String(cString: $0) } ?? ""
            var type = unsafe duckdb_column_logical_type(&copy, index)
            defer { unsafe duckdb_destroy_logical_type(&type) }
            fields.append(try unsafe PostgresField(name: name, type: type, sql: sql))
        }
        return fields
    }

    /// Calls `body` with every row, holding one chunk (2,048 rows) at a time. The array is reused: one that
    /// `body` does not keep costs nothing.
    consuming func forEachRow(
        columns: [ColumnReader], sql: String, beforeChunk: () throws -> Void,
        _ body: ([DuckDBValue]) throws -> Void
    ) throws {
        var row = [DuckDBValue](repeating: .null, count: columns.count)
        while let chunk = try nextChunk(sql: sql) {
            try beforeChunk()
            let vectors = columns.indices.map { chunk.vector($0) }
            for index in 0..<chunk.count {
                for column in columns.indices {
                    row[column] =
                        vectors[column].isValid(index)
                        ? unsafe columns[column].value(in: vectors[column].data, at: index) : .null
                }
                try body(row)
            }
        }
    }

    /// All rows, for small results.
    consuming func table(sql: String) throws -> DuckDBTable {
        let readers = try columnReaders(sql: sql)
        var rows: [[DuckDBValue]] = []
        try forEachRow(columns: readers, sql: sql) {
        } _: {
            rows.append($0)
        }
        return DuckDBTable(columns: readers.map(\.column), rows: rows)
    }

    borrowing func nextChunk(sql: String) throws(DuckDBFailure) -> ChunkHandle? {
        if let chunk = unsafe duckdb_fetch_chunk(result) { return unsafe ChunkHandle(owning: chunk) }
        var copy = unsafe result
        if let message = unsafe duckdb_result_error(&copy) {
            throw DuckDBFailure(message: unsafe String(cString: message), sql: sql)
        }
        return nil
    }

    deinit {
        var copy = unsafe result
        unsafe duckdb_destroy_result(&copy)
    }
}
