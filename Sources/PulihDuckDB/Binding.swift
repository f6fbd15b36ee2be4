internal import CDuckDB

extension StatementHandle {
    /// Sets every parameter; what an earlier execution set is replaced.
    borrowing func bind(_ parameters: [DuckDBValue], sql: String) throws(DuckDBFailure) {
        let expected = unsafe withRaw { unsafe Int(duckdb_nparams($0)) }
        guard expected == parameters.count else {
            throw DuckDBFailure(
                kind: .invalidInput,
                message:
                    "Invalid Input Error: the statement takes \(expected) values, \(parameters.count) were given",
                sql: sql)
        }
        for (index, value) in parameters.enumerated() {
            let state = unsafe withRaw { unsafe value.bind(to: $0, at: idx_t(index + 1)) }
            guard state == DuckDBSuccess else {
                throw DuckDBFailure(
                    kind: .invalidInput,
                    message: "Invalid Input Error: parameter \(index + 1) is no valid \(value.typeWord)",
                    sql: sql)
            }
        }
    }
}

extension DuckDBValue {
    fileprivate func bind(to statement: OpaquePointer, at index: idx_t) -> duckdb_state {
        switch self {
        case .null: unsafe duckdb_bind_null(statement, index)
        case .bool(let value): unsafe duckdb_bind_boolean(statement, index, value)
        case .int(let value): unsafe duckdb_bind_int64(statement, index, value)
        case .hugeint(let value): unsafe duckdb_bind_hugeint(statement, index, duckdb_hugeint(value))
        case .double(let value): unsafe duckdb_bind_double(statement, index, value)
        case .text(let value), .other(let value):
            unsafe value.withBytes { unsafe duckdb_bind_varchar_length(statement, index, $0, $1) }
        case .blob(let bytes):
            unsafe bytes.withUnsafeBytes {
                unsafe duckdb_bind_blob(statement, index, $0.baseAddress, idx_t($0.count))
            }
        case .date(let days): unsafe duckdb_bind_date(statement, index, duckdb_date(days: days))
        case .time(let micros): unsafe duckdb_bind_time(statement, index, duckdb_time(micros: micros))
        case .timestamp(let micros):
            unsafe duckdb_bind_timestamp(statement, index, duckdb_timestamp(micros: micros))
        case .timestampTZ(let micros):
            unsafe duckdb_bind_timestamp_tz(statement, index, duckdb_timestamp(micros: micros))
        case .decimal(let text):
            if let decimal = ExactDecimal(text) {
                unsafe duckdb_bind_decimal(statement, index, duckdb_decimal(decimal))
            } else {
                DuckDBError
            }
        case .uuid: unsafe withOwnedValue { unsafe duckdb_bind_value(statement, index, $0) }
        }
    }

    /// Appends the value to the current row.
    func append(to appender: OpaquePointer) -> duckdb_state {
        switch self {
        case .null: unsafe duckdb_append_null(appender)
        case .bool(let value): unsafe duckdb_append_bool(appender, value)
        case .int(let value): unsafe duckdb_append_int64(appender, value)
        case .hugeint(let value): unsafe duckdb_append_hugeint(appender, duckdb_hugeint(value))
        case .double(let value): unsafe duckdb_append_double(appender, value)
        case .text(let value):
            unsafe value.withBytes { unsafe duckdb_append_varchar_length(appender, $0, $1) }
        case .blob(let bytes):
            unsafe bytes.withUnsafeBytes {
                unsafe duckdb_append_blob(appender, $0.baseAddress, idx_t($0.count))
            }
        case .date(let days): unsafe duckdb_append_date(appender, duckdb_date(days: days))
        case .time(let micros): unsafe duckdb_append_time(appender, duckdb_time(micros: micros))
        case .timestamp(let micros), .timestampTZ(let micros):
            unsafe duckdb_append_timestamp(appender, duckdb_timestamp(micros: micros))
        case .decimal, .uuid, .other: unsafe withOwnedValue { unsafe duckdb_append_value(appender, $0) }
        }
    }

    /// What the case stands for, in messages.
    var typeWord: String {
        switch self {
        case .null: "NULL"
        case .bool: "BOOLEAN"
        case .int: "BIGINT"
        case .hugeint: "HUGEINT"
        case .double: "DOUBLE"
        case .text, .other: "VARCHAR"
        case .blob: "BLOB"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        case .timestampTZ: "TIMESTAMP WITH TIME ZONE"
        case .time: "TIME"
        case .decimal: "DECIMAL"
        case .uuid: "UUID"
        }
    }

    /// Lends a DuckDB value made of a decimal, a UUID or a text. What is no valid one gives `DuckDBError`.
    private func withOwnedValue(_ body: (OpaquePointer) -> duckdb_state) -> duckdb_state {
        var value: OpaquePointer?
        switch self {
        case .decimal(let text):
            guard let decimal = ExactDecimal(text) else { return DuckDBError }
            unsafe value = duckdb_create_decimal(duckdb_decimal(decimal))
        case .uuid(let text):
            guard let number = UUIDNumber(text) else { return DuckDBError }
            unsafe value = duckdb_create_uuid(
                duckdb_uhugeint(
                    lower: UInt64(truncatingIfNeeded: number.value),
                    upper: UInt64(truncatingIfNeeded: number.value >> 64)))
        case .other(let text): unsafe value = text.withBytes { unsafe duckdb_create_varchar_length($0, $1) }
        default: return DuckDBError
        }
        defer { unsafe duckdb_destroy_value(&value) }
        guard let present = unsafe value else { return DuckDBError }
        return unsafe body(present)
    }
}

extension duckdb_hugeint {
    init(_ value: Int128) {
        self.init(lower: UInt64(truncatingIfNeeded: value), upper: Int64(truncatingIfNeeded: value >> 64))
    }

    var value: Int128 { Int128(upper) << 64 | Int128(lower) }
}

extension duckdb_decimal {
    fileprivate init(_ decimal: ExactDecimal) {
        self.init(width: decimal.width, scale: decimal.scale, value: duckdb_hugeint(decimal.unscaled))
    }
}

extension String {
    /// Lends the UTF-8 bytes and their number; NUL is a character like any other.
    fileprivate func withBytes<R>(_ body: (UnsafePointer<CChar>?, idx_t) -> R) -> R {
        var copy = self
        return copy.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe body($0.baseAddress, idx_t($0.count)) }
        }
    }
}
