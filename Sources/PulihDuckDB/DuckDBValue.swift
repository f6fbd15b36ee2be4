/// A value that goes into a statement or comes out of a result.
///
/// The case follows from the column's type alone, never from the value: a BIGINT is always `int`, a HUGEINT
/// (the type of `sum` over integers) always `hugeint`. `text`-like types keep every byte, NUL included.
public enum DuckDBValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// TINYINT to BIGINT, UTINYINT to UINTEGER.
    case int(Int64)
    /// HUGEINT and UBIGINT.
    case hugeint(Int128)
    /// FLOAT and DOUBLE.
    case double(Double)
    /// VARCHAR, JSON and ENUM.
    case text(String)
    case blob([UInt8])
    /// Days since 1970-01-01. `Int32.max` and `-Int32.max` are DuckDB's infinities.
    case date(days: Int32)
    /// Local date and time, as microseconds since 1970-01-01 00:00:00. Also TIMESTAMP_S and TIMESTAMP_MS.
    /// `Int64.max` and `-Int64.max` are DuckDB's infinities.
    case timestamp(microseconds: Int64)
    /// A moment, as microseconds since 1970-01-01 00:00:00 UTC.
    case timestampTZ(microseconds: Int64)
    /// Microseconds since midnight.
    case time(microseconds: Int64)
    /// Exact: optional minus, digits, and as many digits after the point as the scale says.
    case decimal(String)
    /// Lower case, with hyphens.
    case uuid(String)
    /// UHUGEINT, INTERVAL and TIMESTAMP_NS in the form in which DuckDB writes them. Bound as VARCHAR.
    case other(String)
}

extension DuckDBValue {
    public var isNull: Bool { self == .null }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also of a `hugeint` that fits.
    public var int: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .hugeint(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The floating-point number. Integers and decimals are not converted.
    public var double: Double? {
        if case .double(let value) = self { value } else { nil }
    }

    /// The content of a value that is text: VARCHAR, JSON, ENUM, UUID. `nil` for everything else; `text`
    /// writes any value.
    public var string: String? {
        switch self {
        case .text(let value), .uuid(let value): value
        default: nil
        }
    }

    public var blob: [UInt8]? {
        if case .blob(let value) = self { value } else { nil }
    }
}

extension DuckDBValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}
