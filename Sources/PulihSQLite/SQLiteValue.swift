/// A value as SQLite stores it.
public enum SQLiteValue: Equatable, Hashable, Sendable {
    case null
    case int(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])

    /// NULL for nil.
    public init(_ value: Int64?) { self = value.map { .int($0) } ?? .null }
    /// NULL for nil.
    public init(_ value: Int?) { self = value.map { .int(Int64($0)) } ?? .null }
    /// NULL for nil.
    public init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    /// NULL for nil.
    public init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    /// NULL for nil, otherwise 1 or 0.
    public init(_ value: Bool?) { self = value.map { .int($0 ? 1 : 0) } ?? .null }

    /// For messages: "an integer".
    var kindName: String {
        switch self {
        case .null: "NULL"
        case .int: "an integer"
        case .double: "a floating-point number"
        case .text: "text"
        case .blob: "a blob"
        }
    }
}

extension SQLiteValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(nilLiteral: ()) { self = .null }
}
