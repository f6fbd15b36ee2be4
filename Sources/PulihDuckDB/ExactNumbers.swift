/// A DECIMAL as DuckDB keeps it: `unscaled / 10^scale`, with at most 38 digits.
struct ExactDecimal {
    let unscaled: Int128
    let width: UInt8
    let scale: UInt8

    /// Reads `[+-]digits[.digits]`; `nil` for anything else and for more than 38 digits.
    init?(_ text: String) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        var unscaled: Int128 = 0
        var significant = 0
        var scale: Int?
        var anyDigit = false
        for byte in rest {
            if byte == UInt8(ascii: "."), scale == nil {
                scale = 0
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            anyDigit = true
            if significant > 0 || byte != UInt8(ascii: "0") { significant += 1 }
            scale = scale.map { $0 + 1 }
            guard significant <= 38, (scale ?? 0) <= 38 else { return nil }
            unscaled = unscaled * 10 + Int128(byte - UInt8(ascii: "0"))
        }
        guard anyDigit else { return nil }
        self.unscaled = isNegative ? -unscaled : unscaled
        self.scale = UInt8(scale ?? 0)
        self.width = UInt8(max(significant, scale ?? 0, 1))
    }

    static func text(unscaled: Int128, scale: Int) -> String {
        var digits = String(unscaled.magnitude)
        if scale > 0 {
            if digits.count <= scale {
                digits = String(repeating: "0", count: scale + 1 - digits.count) + digits
            }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        }
        return unscaled < 0 ? "-" + digits : digits
    }
}

/// A UUID as one number.
struct UUIDNumber {
    let value: UInt128

    init(value: UInt128) {
        self.value = value
    }

    /// Reads 32 hexadecimal digits, with or without hyphens.
    init?(_ text: String) {
        let digits = text.filter { $0 != "-" }
        guard digits.utf8.count == 32, digits.allSatisfy(\.isHexDigit), let value = UInt128(digits, radix: 16)
        else { return nil }
        self.value = value
    }

    var text: String {
        let digits = Array(
            hex(UInt64(truncatingIfNeeded: value >> 64), digits: 16)
                + hex(UInt64(truncatingIfNeeded: value), digits: 16))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}
