/// A number as decimal digits, of any length, so that two can be compared without loss.
public struct ExactNumber: Sendable, Equatable, CustomStringConvertible {
    /// Without zeros that mean nothing.
    public let description: String

    /// nil for what is no number.
    /// - Parameters:
    ///   - thousands: taken anywhere before the decimal mark.
    public init?(
        _ text: String, decimal: String = ".", thousands: String? = nil, prefix: String? = nil,
        suffix: String? = nil
    ) {
        var rest = Self.trimmed(text[...])
        if let prefix, rest.hasPrefix(prefix) { rest = Self.trimmed(rest.dropFirst(prefix.count)) }
        if let suffix, rest.hasSuffix(suffix) { rest = Self.trimmed(rest.dropLast(suffix.count)) }
        var isNegative = false
        if let sign = rest.first, sign == "-" || sign == "+" {
            isNegative = sign == "-"
            rest.removeFirst()
        }
        var whole = rest
        var fraction: Substring = ""
        if let mark = rest.firstRange(of: decimal) {
            whole = rest[..<mark.lowerBound]
            fraction = rest[mark.upperBound...]
            guard !fraction.isEmpty else { return nil }
        }
        let digits = thousands.map { whole.replacing($0, with: "") } ?? whole
        guard !digits.isEmpty || !fraction.isEmpty, (String(digits) + fraction).utf8.allSatisfy(Self.isDigit)
        else { return nil }
        let left = digits.drop { $0 == "0" }
        var right = fraction
        while right.last == "0" { right.removeLast() }
        let value = (left.isEmpty ? "0" : left) + (right.isEmpty ? "" : ".\(right)")
        description = isNegative && value != "0" ? "-\(value)" : String(value)
    }

    public init(_ number: Int) {
        description = String(number)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func trimmed(_ text: Substring) -> Substring {
        var rest = text.drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
