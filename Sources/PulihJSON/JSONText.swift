/// Writes values of JSON as bytes.
public enum JSONText {
    /// The text of a string between its quotes, escapes resolved. A lone surrogate comes out as three bytes that are no
    /// UTF-8, so that nobody takes it for a character.
    public static func unescape(
        _ bytes: UnsafeBufferPointer<UInt8>, into out: inout [UInt8], doubling quote: UInt8? = nil
    ) {
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                at += 1
                continue
            }
            let escaped = bytes[at + 1]
            at += 2
            switch escaped {
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "u"):
                var scalar = unit(bytes, at)
                at += 4
                if scalar & 0xFC00 == 0xD800, at + 5 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                    bytes[at + 1] == UInt8(ascii: "u")
                {
                    let low = unit(bytes, at + 2)
                    if low & 0xFC00 == 0xDC00 {
                        scalar = 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF
                        at += 6
                    }
                }
                append(scalar, to: &out)
                if scalar == quote.map(UInt32.init) { out.append(UInt8(scalar)) }
            default:
                out.append(escaped)
                if escaped == quote { out.append(escaped) }
            }
        }
    }

    /// A value without the blanks between its parts; all else stays as written.
    public static func compact(
        _ bytes: UnsafeBufferPointer<UInt8>, into out: inout [UInt8], doubling quote: UInt8? = nil
    ) {
        var isInText = false
        var isEscaped = false
        for byte in bytes {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInText = true
            } else if JSONInput.isBlank(byte) {
                continue
            }
            out.append(byte)
            if byte == quote { out.append(byte) }
        }
    }

    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 48...57: UInt32(byte - 48)
        case 65...70: UInt32(byte - 55)
        case 97...102: UInt32(byte - 87)
        default: nil
        }
    }

    private static func unit(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 4 | (hexValue(bytes[at + $1]) ?? 0) }
    }

    private static func append(_ scalar: UInt32, to out: inout [UInt8]) {
        switch scalar {
        case ..<0x80: out.append(UInt8(scalar))
        case ..<0x800:
            out.append(UInt8(0xC0 | scalar >> 6))
            out.append(UInt8(0x80 | scalar & 0x3F))
        case ..<0x10000:
            out.append(UInt8(0xE0 | scalar >> 12))
            out.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            out.append(UInt8(0x80 | scalar & 0x3F))
        default:
            out.append(UInt8(0xF0 | scalar >> 18))
            out.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            out.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            out.append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}
