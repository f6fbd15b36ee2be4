internal import CDuckDB

/// How one column becomes a field of a row of PostgreSQL's `COPY … (FORMAT binary)`: a length and that many bytes, numbers
/// with their highest byte first; -1 alone is NULL.
struct PostgresField {
    enum Form {
        case bool, int16, int32, int64, float, double, bytes, date, timestamp, uuid
        case numeric16, numeric32, numeric64, numeric128
    }

    let form: Form
    /// Decimal places of a numeric.
    let scale: Int
    /// Bytes that every value fits into with its length; of `bytes` those that DuckDB keeps in place.
    let size: Int

    /// - Throws: `notImplemented` for a type that PostgreSQL has no counterpart of.
    @unsafe init(name: String, type: duckdb_logical_type?, sql: String) throws(DuckDBFailure) {
        let id = unsafe duckdb_get_type_id(type)
        let decimal = unsafe id == DUCKDB_TYPE_DECIMAL ? duckdb_decimal_internal_type(type) : id
        guard let (form, bytes) = Self.forms[decimal.rawValue] else {
            let column = try unsafe ColumnReader(name: name, type: type, sql: sql).column
            throw DuckDBFailure(
                kind: .notImplemented,
                message:
                    "Not implemented Error: column \(name) is of type \(column.type), which PostgreSQL has not",
                sql: sql)
        }
        guard id == DUCKDB_TYPE_DECIMAL else {
            (self.form, scale, size) = (form, 0, 4 + bytes)
            return
        }
        scale = unsafe Int(duckdb_decimal_scale(type))
        size = 4 + Self.largestNumeric
        self.form =
            switch form {
            case .int16: .numeric16
            case .int32: .numeric32
            case .int64: .numeric64
            default: .numeric128
            }
    }

    private static let largestNumeric = 8 + 2 * NumericDigits.most

    private static let forms: [UInt32: (form: Form, bytes: Int)] = [
        DUCKDB_TYPE_BOOLEAN.rawValue: (.bool, 1), DUCKDB_TYPE_SMALLINT.rawValue: (.int16, 2),
        DUCKDB_TYPE_INTEGER.rawValue: (.int32, 4), DUCKDB_TYPE_BIGINT.rawValue: (.int64, 8),
        DUCKDB_TYPE_HUGEINT.rawValue: (.numeric128, largestNumeric),
        DUCKDB_TYPE_FLOAT.rawValue: (.float, 4), DUCKDB_TYPE_DOUBLE.rawValue: (.double, 8),
        DUCKDB_TYPE_VARCHAR.rawValue: (.bytes, 12), DUCKDB_TYPE_BLOB.rawValue: (.bytes, 12),
        DUCKDB_TYPE_DATE.rawValue: (.date, 4), DUCKDB_TYPE_TIME.rawValue: (.int64, 8),
        DUCKDB_TYPE_TIMESTAMP.rawValue: (.timestamp, 8), DUCKDB_TYPE_TIMESTAMP_TZ.rawValue: (.timestamp, 8),
        DUCKDB_TYPE_UUID.rawValue: (.uuid, 16), DUCKDB_TYPE_SQLNULL.rawValue: (.int32, 4),
    ]

    /// Writes the value at `row` of the column's vector behind `out`. Not of `bytes`.
    @inline(__always) @unsafe
    func write(_ data: UnsafeRawPointer, _ row: Int, to out: inout UnsafeMutableRawPointer) {
        switch form {
        case .bool:
            unsafe out.put(Int32(1))
            unsafe out.put(data.load(fromByteOffset: row, as: UInt8.self) == 0 ? UInt8(0) : 1)
        case .int16:
            unsafe out.put(Int32(2))
            unsafe out.put(data.entry(row, Int16.self))
        case .int32, .float:
            unsafe out.put(Int32(4))
            unsafe out.put(data.entry(row, Int32.self))
        case .int64, .double:
            unsafe out.put(Int32(8))
            unsafe out.put(data.entry(row, Int64.self))
        case .date:
            unsafe out.put(Int32(4))
            unsafe out.put(PostgresEpoch.date(data.entry(row, Int32.self)))
        case .timestamp:
            unsafe out.put(Int32(8))
            unsafe out.put(PostgresEpoch.timestamp(data.entry(row, Int64.self)))
        case .uuid:
            // DuckDB keeps it with the first bit flipped, so that signed comparison orders as text does.
            let value = unsafe data.entry(row, duckdb_hugeint.self)
            unsafe out.put(Int32(16))
            unsafe out.put(UInt64(bitPattern: value.upper) ^ (1 << 63))
            unsafe out.put(value.lower)
        case .numeric16: unsafe put(Int64(data.entry(row, Int16.self)), to: &out)
        case .numeric32: unsafe put(Int64(data.entry(row, Int32.self)), to: &out)
        case .numeric64: unsafe put(data.entry(row, Int64.self), to: &out)
        case .numeric128:
            let value = unsafe data.entry(row, duckdb_hugeint.self).value
            unsafe NumericDigits(value.magnitude, scale: scale).put(
                isNegative: value < 0, scale: scale, to: &out)
        case .bytes: break
        }
    }

    @inline(__always) @unsafe
    private func put(_ value: Int64, to out: inout UnsafeMutableRawPointer) {
        unsafe NumericDigits(value.magnitude, scale: scale).put(isNegative: value < 0, scale: scale, to: &out)
    }
}

/// PostgreSQL counts from 2000, DuckDB from 1970. Both have infinities, with other numbers.
private enum PostgresEpoch {
    @inline(__always)
    static func date(_ days: Int32) -> Int32 {
        if days.magnitude == Int32.max.magnitude { return days < 0 ? .min : .max }
        return days &- 10_957
    }

    @inline(__always)
    static func timestamp(_ microseconds: Int64) -> Int64 {
        if microseconds.magnitude == Int64.max.magnitude { return microseconds < 0 ? .min : .max }
        return microseconds &- 946_684_800_000_000
    }
}

extension UnsafeMutableRawPointer {
    /// Stores the number with its highest byte first, and moves behind it.
    @inline(__always) @unsafe
    mutating func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        unsafe storeBytes(of: value.bigEndian, as: T.self)
        unsafe self += MemoryLayout<T>.size
    }
}

extension UnsafeRawPointer {
    @inline(__always) @unsafe
    fileprivate func entry<T: BitwiseCopyable>(_ row: Int, _ type: T.Type) -> T {
        unsafe load(fromByteOffset: row * MemoryLayout<T>.stride, as: type)
    }
}
