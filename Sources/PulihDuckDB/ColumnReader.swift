internal import CDuckDB

/// Turns the stored form of one column into values.
struct ColumnReader {
    let column: DuckDBColumn
    private let layout: Layout

    private indirect enum Layout: Sendable {
        case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, hugeint, uhugeint
        case float, double, text, blob, date, time, timestampTZ, uuid, interval, timestampNS
        /// A timestamp, and how many microseconds its unit is.
        case timestamp(unit: Int64)
        case decimal(storage: Layout, scale: Int)
        case enumeration(storage: Layout, labels: [String])
    }

    /// - Parameter type: borrowed.
    /// - Throws: `notImplemented` for a type that has no layout here; never a value that pretends to be NULL.
    @unsafe init(name: String, type: duckdb_logical_type?, sql: String) throws(DuckDBFailure) {
        let id = unsafe duckdb_get_type_id(type)
        let typeName = unsafe Self.name(of: type, id)
        guard let layout = unsafe Self.layout(of: type, id) else {
            throw DuckDBFailure(
                kind: .notImplemented,
                message:
                    "Not implemented Error: column \(name) is of type \(typeName), which is read as text only"
                    + "\nHINT: write CAST(… AS VARCHAR) in the SELECT",
                sql: sql)
        }
        self.layout = layout
        column = DuckDBColumn(name: name, type: typeName)
    }

    /// - Parameter data: the column's vector, of which `row` is a valid (not NULL) entry.
    @unsafe func value(in data: UnsafeRawPointer, at row: Int) -> DuckDBValue {
        func entry<T: BitwiseCopyable>(_ type: T.Type) -> T {
            unsafe data.load(fromByteOffset: row * MemoryLayout<T>.stride, as: type)
        }
        switch layout {
        case .bool: return .bool(entry(UInt8.self) != 0)
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32:
            return .int(unsafe Self.integer(layout, data, row))
        case .uint64: return .hugeint(Int128(entry(UInt64.self)))
        case .hugeint: return .hugeint(entry(duckdb_hugeint.self).value)
        case .uhugeint:
            let number = entry(duckdb_uhugeint.self)
            return .other(String(UInt128(number.upper) << 64 | UInt128(number.lower)))
        case .float: return .double(Double(entry(Float.self)))
        case .double: return .double(entry(Double.self))
        case .text:
            return .text(unsafe Self.withBytes(data, row) { unsafe String(decoding: $0, as: UTF8.self) })
        case .blob: return .blob(unsafe Self.withBytes(data, row) { unsafe Array($0) })
        case .date: return .date(days: entry(Int32.self))
        case .time: return .time(microseconds: entry(Int64.self))
        case .timestampTZ: return .timestampTZ(microseconds: entry(Int64.self))
        case .timestamp(let unit):
            let count = entry(Int64.self)
            // The infinities are the same number in every unit.
            return .timestamp(microseconds: count.magnitude == Int64.max.magnitude ? count : count * unit)
        case .timestampNS: return .other(CalendarText.timestamp(nanoseconds: entry(Int64.self)))
        case .interval:
            let (months, days, micros) = entry((Int32, Int32, Int64).self)
            return .other(CalendarText.interval(months: months, days: days, microseconds: micros))
        case .uuid:
            // Stored with the first bit flipped, so that signed comparison orders as text does.
            let number = UInt128(truncatingIfNeeded: entry(duckdb_hugeint.self).value) ^ (1 << 127)
            return .uuid(UUIDNumber(value: number).text)
        case .decimal(let storage, let scale):
            let unscaled =
                if case .hugeint = storage { entry(duckdb_hugeint.self).value } else {
                    Int128(unsafe Self.integer(storage, data, row))
                }
            return .decimal(ExactDecimal.text(unscaled: unscaled, scale: scale))
        case .enumeration(let storage, let labels):
            return .text(labels[Int(unsafe Self.integer(storage, data, row))])
        }
    }

    @unsafe private static func integer(_ layout: Layout, _ data: UnsafeRawPointer, _ row: Int) -> Int64 {
        func entry<T: BitwiseCopyable & BinaryInteger>(_ type: T.Type) -> Int64 {
            unsafe Int64(data.load(fromByteOffset: row * MemoryLayout<T>.stride, as: type))
        }
        return switch layout {
        case .int8: entry(Int8.self)
        case .int16: entry(Int16.self)
        case .int32: entry(Int32.self)
        case .uint8: entry(UInt8.self)
        case .uint16: entry(UInt16.self)
        case .uint32: entry(UInt32.self)
        default: entry(Int64.self)
        }
    }

    @unsafe private static func withBytes<R>(
        _ data: UnsafeRawPointer, _ row: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) -> R {
        let bytes = unsafe StoredBytes(data, row)
        return unsafe body(UnsafeRawBufferPointer(start: bytes.start, count: bytes.count))
    }

    @unsafe private static func layout(of type: duckdb_logical_type?, _ id: duckdb_type) -> Layout? {
        switch id {
        case DUCKDB_TYPE_DECIMAL:
            unsafe layout(of: type, duckdb_decimal_internal_type(type)).map {
                unsafe .decimal(storage: $0, scale: Int(duckdb_decimal_scale(type)))
            }
        case DUCKDB_TYPE_ENUM:
            unsafe layout(of: type, duckdb_enum_internal_type(type)).map {
                unsafe .enumeration(storage: $0, labels: labels(of: type))
            }
        default: plainLayouts[id.rawValue]?.layout
        }
    }

    @unsafe private static func labels(of type: duckdb_logical_type?) -> [String] {
        (0..<(unsafe duckdb_enum_dictionary_size(type))).map { index in
            let label = unsafe duckdb_enum_dictionary_value(type, idx_t(index))
            defer { unsafe duckdb_free(label) }
            return unsafe label.map { unsafe String(cString: $0) } ?? ""
        }
    }

    @unsafe private static func name(of type: duckdb_logical_type?, _ id: duckdb_type) -> String {
        if let alias = unsafe duckdb_logical_type_get_alias(type) {
            defer { unsafe duckdb_free(alias) }
            return unsafe String(cString: alias)
        }
        if id == DUCKDB_TYPE_DECIMAL {
            return unsafe "DECIMAL(\(duckdb_decimal_width(type)),\(duckdb_decimal_scale(type)))"
        }
        return plainLayouts[id.rawValue]?.name ?? otherNames[id.rawValue] ?? "type number \(id.rawValue)"
    }

    private static let plainLayouts: [UInt32: (name: String, layout: Layout)] = [
        DUCKDB_TYPE_BOOLEAN.rawValue: ("BOOLEAN", .bool),
        DUCKDB_TYPE_TINYINT.rawValue: ("TINYINT", .int8),
        DUCKDB_TYPE_SMALLINT.rawValue: ("SMALLINT", .int16),
        DUCKDB_TYPE_INTEGER.rawValue: ("INTEGER", .int32),
        DUCKDB_TYPE_BIGINT.rawValue: ("BIGINT", .int64),
        DUCKDB_TYPE_UTINYINT.rawValue: ("UTINYINT", .uint8),
        DUCKDB_TYPE_USMALLINT.rawValue: ("USMALLINT", .uint16),
        DUCKDB_TYPE_UINTEGER.rawValue: ("UINTEGER", .uint32),
        DUCKDB_TYPE_UBIGINT.rawValue: ("UBIGINT", .uint64),
        DUCKDB_TYPE_HUGEINT.rawValue: ("HUGEINT", .hugeint),
        DUCKDB_TYPE_UHUGEINT.rawValue: ("UHUGEINT", .uhugeint),
        DUCKDB_TYPE_FLOAT.rawValue: ("FLOAT", .float),
        DUCKDB_TYPE_DOUBLE.rawValue: ("DOUBLE", .double),
        DUCKDB_TYPE_VARCHAR.rawValue: ("VARCHAR", .text),
        DUCKDB_TYPE_BLOB.rawValue: ("BLOB", .blob),
        DUCKDB_TYPE_DATE.rawValue: ("DATE", .date),
        DUCKDB_TYPE_TIME.rawValue: ("TIME", .time),
        DUCKDB_TYPE_TIMESTAMP.rawValue: ("TIMESTAMP", .timestamp(unit: 1)),
        DUCKDB_TYPE_TIMESTAMP_MS.rawValue: ("TIMESTAMP_MS", .timestamp(unit: 1000)),
        DUCKDB_TYPE_TIMESTAMP_S.rawValue: ("TIMESTAMP_S", .timestamp(unit: 1_000_000)),
        DUCKDB_TYPE_TIMESTAMP_NS.rawValue: ("TIMESTAMP_NS", .timestampNS),
        DUCKDB_TYPE_TIMESTAMP_TZ.rawValue: ("TIMESTAMP WITH TIME ZONE", .timestampTZ),
        DUCKDB_TYPE_INTERVAL.rawValue: ("INTERVAL", .interval),
        DUCKDB_TYPE_UUID.rawValue: ("UUID", .uuid),
        DUCKDB_TYPE_SQLNULL.rawValue: ("NULL", .int32),
    ]

    private static let otherNames: [UInt32: String] = [
        DUCKDB_TYPE_ENUM.rawValue: "ENUM", DUCKDB_TYPE_LIST.rawValue: "LIST",
        DUCKDB_TYPE_STRUCT.rawValue: "STRUCT", DUCKDB_TYPE_MAP.rawValue: "MAP",
        DUCKDB_TYPE_ARRAY.rawValue: "ARRAY", DUCKDB_TYPE_UNION.rawValue: "UNION",
        DUCKDB_TYPE_BIT.rawValue: "BIT", DUCKDB_TYPE_TIME_TZ.rawValue: "TIME WITH TIME ZONE",
        DUCKDB_TYPE_BIGNUM.rawValue: "BIGNUM", DUCKDB_TYPE_TIME_NS.rawValue: "TIME_NS",
        DUCKDB_TYPE_GEOMETRY.rawValue: "GEOMETRY", DUCKDB_TYPE_VARIANT.rawValue: "VARIANT",
    ]
}
