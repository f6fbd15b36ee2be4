internal import CDuckDB

/// Collects rows for a table and writes them in large pieces.
///
/// `deinit` drops what was not written yet; only `finish` writes the rest.
@safe final class AppenderHandle {
    private(set) var rows = 0
    private let pointer: OpaquePointer
    private let width: Int

    init(table: String, schema: String, on connection: borrowing ConnectionHandle) throws(DuckDBFailure) {
        var appender: OpaquePointer?
        let state = unsafe connection.withRaw {
            unsafe duckdb_appender_create_ext($0, nil, schema, table, &appender)
        }
        guard state == DuckDBSuccess, let appender = unsafe appender else {
            let failure = unsafe Self.failure(of: appender)
            unsafe duckdb_appender_destroy(&appender)
            throw failure
        }
        unsafe pointer = appender
        width = unsafe Int(duckdb_appender_column_count(appender))
    }

    func add(_ row: [DuckDBValue]) throws(DuckDBFailure) {
        guard row.count == width else {
            throw DuckDBFailure(
                kind: .invalidInput,
                message:
                    "Invalid Input Error: row \(rows + 1) has \(row.count) values, the table has \(width) columns",
                sql: nil)
        }
        for (index, value) in row.enumerated() where unsafe value.append(to: pointer) != DuckDBSuccess {
            let failure = unsafe Self.failure(of: pointer)
            throw DuckDBFailure(
                kind: failure.kind, message: failure.message + "\nin row \(rows + 1), column \(index + 1)",
                sql: nil)
        }
        guard unsafe duckdb_appender_end_row(pointer) == DuckDBSuccess else {
            throw unsafe Self.failure(of: pointer)
        }
        rows += 1
    }

    func finish() throws(DuckDBFailure) {
        guard unsafe duckdb_appender_close(pointer) == DuckDBSuccess else {
            throw unsafe Self.failure(of: pointer)
        }
    }

    @unsafe private static func failure(of appender: OpaquePointer?) -> DuckDBFailure {
        var error = unsafe duckdb_appender_error_data(appender)
        defer { unsafe duckdb_destroy_error_data(&error) }
        let message = unsafe duckdb_error_data_message(error).map { unsafe String(cString: $0) } ?? ""
        return unsafe DuckDBFailure(
            code: Int(duckdb_error_data_error_type(error)), message: message, sql: nil)
    }

    deinit {
        var appender: OpaquePointer? = unsafe pointer
        // Without this, destroying writes the collected rows.
        unsafe duckdb_appender_clear(appender)
        unsafe duckdb_appender_destroy(&appender)
    }
}
