/// What a scalar means by the core schema of YAML 1.2: `no`, `on` and `y` are text.
///
/// Stricter in one point: numbers with leading zeros (`007`, `00.5`) are text, as identifiers should be.
public enum YAMLScalar: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case text(String)

    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": self = .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": self = .double(-.infinity)
        case ".nan", ".NaN", ".NAN": self = .double(.nan)
        default:
            if let value = YAMLScalar.int(text) {
                self = .int(value)
            } else if YAMLScalar.looksLikeDouble(text), let value = Double(text), value.isFinite {
                self = .double(value)
            } else {
                self = .text(text)
            }
        }
    }

    private static func int(_ text: String) -> Int64? {
        if text.hasPrefix("0x") { return unsigned(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return unsigned(text.dropFirst(2), radix: 8) }
        let digits = text.drop { $0 == "-" || $0 == "+" }
        guard text.utf8.count - digits.utf8.count <= 1, isInteger(digits) else { return nil }
        return Int64(text)
    }

    private static func unsigned(_ digits: Substring, radix: Int) -> Int64? {
        guard digits.utf8.first.map({ $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }) == true else {
            return nil
        }
        return Int64(digits, radix: radix)
    }

    /// `[-+]? ( digits [ . digits* ] | . digits ) ( [eE] [-+]? digits )?`
    private static func looksLikeDouble(_ text: String) -> Bool {
        var rest = text[...]
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        let exponent = rest.firstIndex { $0 == "e" || $0 == "E" }
        if let exponent {
            var digits = rest[rest.index(after: exponent)...]
            if digits.first == "-" || digits.first == "+" { digits = digits.dropFirst() }
            guard isDigits(digits) else { return false }
            rest = rest[..<exponent]
        }
        let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isInteger(parts[0])
        case 2 where parts[0].isEmpty: return isDigits(parts[1])
        case 2: return isInteger(parts[0]) && (parts[1].isEmpty || isDigits(parts[1]))
        default: return false
        }
    }

    /// Digits without a leading zero.
    private static func isInteger(_ text: Substring) -> Bool {
        isDigits(text) && (text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"))
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension YAMLNode {
    /// What the scalar means; nil for lists and mappings. Quoted and block text is always text.
    public var scalar: YAMLScalar? {
        guard case .scalar(let text, let plain) = content else { return nil }
        return plain ? YAMLScalar(plain: text) : .text(text)
    }

    /// The text of any scalar as written, whatever it means; nil for lists and mappings.
    public var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Whether this is an empty value: nothing, `~` or `null`, not quoted.
    public var isNull: Bool { scalar == .null }

    /// Of a plain `true` or `false`.
    public var boolValue: Bool? {
        if case .bool(let value) = scalar { value } else { nil }
    }

    /// Of a plain integer that fits into 64 bits; `0x1F` and `0o17` are understood.
    public var intValue: Int64? {
        if case .int(let value) = scalar { value } else { nil }
    }

    /// Of any plain number.
    public var doubleValue: Double? {
        switch scalar {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }
}
