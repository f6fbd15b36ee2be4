internal import PulihModel

/// Turns blocks of a file into UTF-8.
///
/// What has no meaning in the encoding becomes bytes that are no UTF-8, never nothing and never a replacement
/// character: the reader then rejects the record and it goes to quarantine.
struct TextDecoder {
    private enum Kind {
        case utf8
        case singleByte([[UInt8]])
        case utf16(isLittleEndian: Bool)
    }

    private let kind: Kind
    /// Bytes of a UTF-16 unit or surrogate pair that the block's end cut.
    private var pending: [UInt8] = []

    init(_ encoding: TextEncoding) {
        switch encoding {
        case .utf8: kind = .utf8
        case .utf16, .utf16LE: kind = .utf16(isLittleEndian: true)
        case .utf16BE: kind = .utf16(isLittleEndian: false)
        case .latin1: kind = .singleByte(Self.table { UInt32($0) })
        case .windows1252:
            kind = .singleByte(
                Self.table { Self.windows1252[$0] ?? ($0 < 0x80 || $0 > 0x9F ? UInt32($0) : nil) })
        }
    }

    /// Nothing has to be done: the text is what the file holds.
    var isTransparent: Bool {
        if case .utf8 = kind { return true }
        return false
    }

    mutating func decode(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into text: inout [UInt8]) {
        switch kind {
        case .utf8: text.append(contentsOf: bytes)
        case .singleByte(let table):
            for byte in bytes {
                if byte < 0x80 { text.append(byte) } else { text.append(contentsOf: table[Int(byte)]) }
            }
        case .utf16(let isLittleEndian):
            if pending.isEmpty {
                decodeUTF16(bytes, isLittleEndian, isLast: isLast, into: &text)
            } else {
                let joined = pending + bytes
                pending = []
                joined.withUnsafeBufferPointer {
                    decodeUTF16($0, isLittleEndian, isLast: isLast, into: &text)
                }
            }
        }
    }

    /// How many bytes of the file became this text.
    func rawCount(of text: UnsafeBufferPointer<UInt8>.SubSequence) -> Int {
        switch kind {
        case .utf8: text.count
        case .singleByte: text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        case .utf16: text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : $1 >= 0xF0 && $1 < 0xF8 ? 4 : 2) }
        }
    }

    private mutating func decodeUTF16(
        _ bytes: UnsafeBufferPointer<UInt8>, _ isLittleEndian: Bool, isLast: Bool, into text: inout [UInt8]
    ) {
        func unit(_ at: Int) -> UInt32 {
            isLittleEndian
                ? UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8
                : UInt32(bytes[at]) << 8 | UInt32(bytes[at + 1])
        }
        var at = 0
        while at + 1 < bytes.count {
            let first = unit(at)
            var scalar = first
            var width = 2
            if first & 0xFC00 == 0xD800 {
                guard at + 3 < bytes.count || isLast else { break }
                if at + 3 < bytes.count, unit(at + 2) & 0xFC00 == 0xDC00 {
                    scalar = 0x10000 + (first & 0x3FF) << 10 + unit(at + 2) & 0x3FF
                    width = 4
                }
            }
            Self.append(scalar, to: &text)
            at += width
        }
        guard at < bytes.count else { return }
        // Half a unit at the end of the file: a byte that stands in no UTF-8.
        if isLast { text.append(0xFF) } else { pending = Array(bytes[at...]) }
    }

    /// A lone surrogate comes out as three bytes that are no UTF-8.
    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        switch scalar {
        case ..<0x80: text.append(UInt8(scalar))
        case ..<0x800:
            text.append(UInt8(0xC0 | scalar >> 6))
            text.append(UInt8(0x80 | scalar & 0x3F))
        case ..<0x10000:
            text.append(UInt8(0xE0 | scalar >> 12))
            text.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            text.append(UInt8(0x80 | scalar & 0x3F))
        default:
            text.append(UInt8(0xF0 | scalar >> 18))
            text.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            text.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            text.append(UInt8(0x80 | scalar & 0x3F))
        }
    }

    /// A byte without a character becomes an overlong form, which no reader of UTF-8 takes.
    private static func table(_ scalar: (UInt8) -> UInt32?) -> [[UInt8]] {
        (0...255).map { byte in
            var text: [UInt8] = []
            if let scalar = scalar(UInt8(byte)) {
                append(scalar, to: &text)
            } else {
                text = [0xC0, UInt8(byte)]
            }
            return text
        }
    }

    private static let windows1252: [UInt8: UInt32] = [
        0x80: 0x20AC, 0x82: 0x201A, 0x83: 0x0192, 0x84: 0x201E, 0x85: 0x2026, 0x86: 0x2020, 0x87: 0x2021,
        0x88: 0x02C6, 0x89: 0x2030, 0x8A: 0x0160, 0x8B: 0x2039, 0x8C: 0x0152, 0x8E: 0x017D, 0x91: 0x2018,
        0x92: 0x2019, 0x93: 0x201C, 0x94: 0x201D, 0x95: 0x2022, 0x96: 0x2013, 0x97: 0x2014, 0x98: 0x02DC,
        0x99: 0x2122, 0x9A: 0x0161, 0x9B: 0x203A, 0x9C: 0x0153, 0x9E: 0x017E, 0x9F: 0x0178,
    ]
}
