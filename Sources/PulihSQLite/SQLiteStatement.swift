internal import CSQLite

/// Owns one prepared statement. Keeps its connection open.
@safe final class SQLiteStatement {
    let sql: String
    private let connection: SQLiteConnection
    private let handle: OpaquePointer

    /// - Throws: also if the text holds no statement or more than one.
    ///
    /// The corresponding C function is `sqlite3_prepare_v3`.
    init(_ sql: String, on connection: SQLiteConnection) throws(SQLiteFailure) {
        self.sql = sql
        self.connection = connection
        let raw = unsafe try connection.raw()
        var text = sql
        let prepared = text.withUTF8 { bytes in unsafe SQLiteStatement.prepareOnly(bytes, raw) }
        switch prepared {
        case .one(let handle): unsafe self.handle = handle
        case .failed(let code): throw connection.failure(code, sql: sql)
        case .none: throw SQLiteFailure(.misuse, message: "there is no statement", sql: sql)
        case .several:
            throw SQLiteFailure(
                .misuse, message: "there is more than one statement; only scripts may hold several", sql: sql)
        }
    }

    deinit {
        // Repeats the error of the last step, which was told then.
        _ = unsafe sqlite3_finalize(handle)
    }

    /// The corresponding C functions are `sqlite3_bind_…`; SQLite copies the values.
    func bind(_ values: [SQLiteValue]) throws(SQLiteFailure) {
        let wanted = unsafe Int(sqlite3_bind_parameter_count(handle))
        guard values.count == wanted else {
            throw SQLiteFailure(
                .misuse, message: "\(wanted) parameters are wanted, \(values.count) were given", sql: sql)
        }
        for (index, value) in zip(Int32(1)..., values) {
            let code = try bind(value, at: index)
            guard code == SQLITE_OK else { throw connection.failure(code, sql: sql) }
        }
    }

    /// - Returns: false when there are no more rows.
    ///
    /// The corresponding C function is `sqlite3_step`.
    func step() throws(SQLiteFailure) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw connection.failure(code, sql: sql)
        }
    }

    /// Only right after the first step: a changed schema may have changed the columns until then.
    func columns() -> SQLiteColumns {
        let count = unsafe sqlite3_column_count(handle)
        let names = (0..<count).map { index in
            unsafe sqlite3_column_name(handle, index).map { unsafe String(cString: $0) } ?? ""
        }
        return SQLiteColumns(names: names, sql: sql)
    }

    /// The values of the row that `step` arrived at.
    func row(_ columns: SQLiteColumns) throws(SQLiteFailure) -> SQLiteRow {
        var values: [SQLiteValue] = []
        values.reserveCapacity(columns.names.count)
        for index in columns.names.indices { values.append(try value(at: index, columns)) }
        return SQLiteRow(columns: columns, values: values)
    }

    /// Makes the statement ready for another run and frees what was bound.
    func reset() {
        // The code repeats the error of the last step.
        _ = unsafe sqlite3_reset(handle)
        _ = unsafe sqlite3_clear_bindings(handle)
    }

    private func bind(_ value: SQLiteValue, at index: Int32) throws(SQLiteFailure) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(handle, index)
        case .int(let value): return unsafe sqlite3_bind_int64(handle, index, value)
        case .double(let value):
            // SQLite would store NULL without a word.
            guard !value.isNaN else {
                throw SQLiteFailure(.misuse, message: "parameter \(index) is not a number (NaN)", sql: sql)
            }
            return unsafe sqlite3_bind_double(handle, index, value)
        case .text(var text):
            return text.withUTF8 { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                    unsafe pulih_bind_text(handle, index, characters.baseAddress, UInt64(characters.count))
                }
            }
        case .blob(let bytes):
            return unsafe bytes.withUnsafeBytes { raw in
                unsafe pulih_bind_blob(handle, index, raw.baseAddress, UInt64(raw.count))
            }
        }
    }

    private func value(at index: Int, _ columns: SQLiteColumns) throws(SQLiteFailure) -> SQLiteValue {
        let column = Int32(index)
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .int(unsafe sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: return .double(unsafe sqlite3_column_double(handle, column))
        case SQLITE_BLOB:
            // The pointer first, then the size: the order that SQLite asks for.
            let start = unsafe sqlite3_column_blob(handle, column)
            let count = unsafe Int(sqlite3_column_bytes(handle, column))
            return unsafe .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default:
            guard let start = unsafe sqlite3_column_text(handle, column) else {
                throw SQLiteFailure(.outOfMemory, message: "out of memory", sql: sql)
            }
            let count = unsafe Int(sqlite3_column_bytes(handle, column))
            let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
            guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
                throw SQLiteFailure(
                    .mismatch, message: "column \(columns.names[index]) holds text that is not UTF-8",
                    sql: sql)
            }
            return .text(text)
        }
    }

    @safe private enum Prepared {
        case one(OpaquePointer)
        case none, several
        case failed(Int32)
    }

    private static func prepareOnly(
        _ sql: UnsafeBufferPointer<UInt8>, _ connection: OpaquePointer
    ) -> Prepared {
        unsafe sql.withMemoryRebound(to: CChar.self) { characters in
            var handle: OpaquePointer?
            var tail = characters.baseAddress
            let end = unsafe characters.baseAddress.map { unsafe $0 + characters.count }
            var code = unsafe sqlite3_prepare_v3(
                connection, tail, Int32(characters.count), UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &tail)
            guard code == SQLITE_OK else { return .failed(code) }
            guard let first = unsafe handle else { return .none }
            // What follows may be blanks and comments only.
            while let start = unsafe tail, let end = unsafe end, unsafe start < end {
                var next: OpaquePointer?
                code = unsafe sqlite3_prepare_v3(connection, start, Int32(end - start), 0, &next, &tail)
                guard code == SQLITE_OK, unsafe next == nil else {
                    _ = unsafe sqlite3_finalize(next)
                    _ = unsafe sqlite3_finalize(first)
                    return .several
                }
                if unsafe tail == start { break }
            }
            return unsafe .one(first)
        }
    }
}
