/// A parameter of a statement, or a value of a result.
public enum PostgresValue: Equatable, Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    /// Microseconds since 1970, UTC.
    case timestamp(microseconds: Int64)
    /// Text whose type the server finds from where it stands, as it does with a quoted literal.
    case untyped(String)

    /// NULL for nil.
    public init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    /// NULL for nil.
    public init(_ value: Int?) { self = value.map { .int(Int64($0)) } ?? .null }
    /// NULL for nil.
    public init(_ value: Int64?) { self = value.map { .int($0) } ?? .null }
    /// NULL for nil.
    public init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    /// NULL for nil.
    public init(_ value: Bool?) { self = value.map { .bool($0) } ?? .null }

    public var isNull: Bool { self == .null }

    public var int: Int? {
        if case .int(let value) = self { Int(value) } else { nil }
    }
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
    public var double: Double? {
        if case .double(let value) = self { value } else { nil }
    }
    public var string: String? {
        switch self {
        case .text(let value), .untyped(let value): value
        default: nil
        }
    }
    public var microseconds: Int64? {
        if case .timestamp(let value) = self { value } else { nil }
    }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}

/// Object ids of built-in types, which never change.
public enum PostgresType {
    public static let bool: UInt32 = 16
    public static let bytea: UInt32 = 17
    public static let int8: UInt32 = 20
    public static let int2: UInt32 = 21
    public static let int4: UInt32 = 23
    public static let text: UInt32 = 25
    public static let oid: UInt32 = 26
    public static let json: UInt32 = 114
    public static let float4: UInt32 = 700
    public static let float8: UInt32 = 701
    public static let timestamptz: UInt32 = 1184
    public static let numeric: UInt32 = 1700
    public static let jsonb: UInt32 = 3802
}

extension PostgresValue {
    /// A result's text by the type of its column; types that have no case of their own stay text.
    init(text: String, type: UInt32) {
        switch type {
        case PostgresType.bool: self = .bool(text == "t")
        case PostgresType.int2, PostgresType.int4, PostgresType.int8, PostgresType.oid:
            self = Int64(text).map { .int($0) } ?? .text(text)
        case PostgresType.float4, PostgresType.float8: self = Double(text).map { .double($0) } ?? .text(text)
        case PostgresType.bytea: self = PostgresText.bytes(text).map { .bytes($0) } ?? .text(text)
        case PostgresType.timestamptz:
            self = PostgresText.microseconds(text).map { .timestamp(microseconds: $0) } ?? .text(text)
        default: self = .text(text)
        }
    }

    /// Object id of a parameter's type; 0 lets the server find it.
    var type: UInt32 {
        switch self {
        case .null, .untyped: 0
        case .bool: PostgresType.bool
        case .int: PostgresType.int8
        case .double: PostgresType.float8
        case .text: PostgresType.text
        case .bytes: PostgresType.bytea
        case .timestamp: PostgresType.timestamptz
        }
    }

    /// A parameter as text; nil for NULL.
    var parameterText: String? {
        switch self {
        case .null: nil
        case .bool(let value): value ? "t" : "f"
        case .int(let value): String(value)
        case .double(let value):
            value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : String(value)
        case .text(let value), .untyped(let value): value
        case .bytes(let value): PostgresText.hex(value)
        case .timestamp(let value): PostgresText.timestamp(value)
        }
    }
}
