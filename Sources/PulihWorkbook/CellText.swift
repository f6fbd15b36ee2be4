internal import Glibc

/// Writes the values of cells as text: numbers in their shortest exact form, dates as ISO 8601 does.
enum CellText {
    /// A number as the file has it, in a cell that is no date.
    ///
    /// Without exponent from 1e-30 to 1e38, without point where it is whole.
    /// - Returns: whether it is whole and has 16 digits or more; nil for what is no number.
    static func number(_ written: [UInt8], into text: inout [UInt8]) -> Bool? {
        if isShortest(written) {
            text.append(contentsOf: written)
            return false
        }
        guard let value = double(written) else { return nil }
        return append(value, to: &text)
    }

    static func double(_ written: [UInt8]) -> Double? {
        guard !written.isEmpty, written.count < 64,
            written.allSatisfy({ (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) })
        else { return nil }
        return (written + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                var end: UnsafeMutablePointer<CChar>?
                let value = strtod(characters.baseAddress!, &end)
                let isWhole =
                    end.map { $0 - UnsafeMutablePointer(mutating: characters.baseAddress!) } == written.count
                return isWhole && value.isFinite ? value : nil
            }
        }
    }

    /// At most 15 digits say a number exactly, and no other form of it is shorter.
    private static func isShortest(_ written: [UInt8]) -> Bool {
        let from = written.first == UInt8(ascii: "-") ? 1 : 0
        guard written.count > from, written.count <= 16 else { return false }
        var digits = 0
        var point: Int?
        for index in from..<written.count {
            let byte = written[index]
            if (48...57).contains(byte) {
                digits += 1
            } else if byte == UInt8(ascii: "."), point == nil, index > from {
                point = index
            } else {
                return false
            }
        }
        let isZero = written[from] == 48
        guard digits > 0, digits <= 15 else { return false }
        guard let point else { return !isZero || written.count == 1 }
        return written.last != 48 && point < written.count - 1 && (!isZero || point == from + 1)
    }

    /// - Returns: whether it is whole and has 16 digits or more.
    @discardableResult
    static func append(_ value: Double, to text: inout [UInt8]) -> Bool {
        // `1.2345e+22`, `0.1`, `100.0`: the shortest digits that give the value back.
        let description = Array((value == 0 ? 0 : value).description.utf8)
        let mark = description.firstIndex(of: UInt8(ascii: "e")) ?? description.count
        let exponent =
            mark < description.count ? Int(String(decoding: description[(mark + 1)...], as: UTF8.self))! : 0
        let isNegative = description[0] == UInt8(ascii: "-")
        var digits = description[(isNegative ? 1 : 0)..<mark]
        let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? mark
        var whole = point - digits.startIndex + exponent
        digits.removeAll { $0 == UInt8(ascii: ".") }
        while digits.count > 1, digits.first == 48 {
            digits.removeFirst()
            whole -= 1
        }
        while digits.count > 1, digits.last == 48 { digits.removeLast() }
        if isNegative { text.append(UInt8(ascii: "-")) }
        if digits.elementsEqual([48]) {
            text.append(48)
            return false
        }
        switch whole {
        case digits.count...38:
            text.append(contentsOf: digits)
            text.append(contentsOf: repeatElement(48, count: whole - digits.count))
        case 1..<max(2, digits.count):
            text.append(contentsOf: digits.prefix(whole))
            text.append(UInt8(ascii: "."))
            text.append(contentsOf: digits.dropFirst(whole))
        case -29...0:
            text.append(contentsOf: Array("0.".utf8))
            text.append(contentsOf: repeatElement(48, count: -whole))
            text.append(contentsOf: digits)
        default:
            text.append(digits.first!)
            if digits.count > 1 {
                text.append(UInt8(ascii: "."))
                text.append(contentsOf: digits.dropFirst())
            }
            text.append(contentsOf: Array("e\(whole - 1)".utf8))
        }
        return whole >= 16 && whole >= digits.count
    }

    /// A date that the file has as text (`t="d"`), without zone, without a time of day that its style does not show.
    static func date(_ written: [UInt8], _ kind: NumberKind, into text: inout [UInt8]) {
        var bytes = written[...]
        if bytes.last == UInt8(ascii: "Z") { bytes.removeLast() }
        if bytes.contains(UInt8(ascii: ".")) {
            while bytes.last == 48 { bytes.removeLast() }
            if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        }
        let midnight = Array("T00:00:00".utf8)
        if kind != .timestamp, bytes.count == 19, bytes.suffix(9).elementsEqual(midnight) {
            bytes.removeLast(9)
        }
        text.append(contentsOf: bytes)
    }

    /// `_x000D_` stands for a character that XML does not take.
    static func append(unescaping written: [UInt8], to text: inout [UInt8]) {
        guard written.contains(UInt8(ascii: "_")) else {
            text.append(contentsOf: written)
            return
        }
        var units: [UInt16] = []
        var at = 0
        while at < written.count {
            if let unit = escaped(written, at) {
                units.append(unit)
                at += 7
                continue
            }
            if !units.isEmpty { flush(&units, &text) }
            text.append(written[at])
            at += 1
        }
        if !units.isEmpty { flush(&units, &text) }
    }

    /// What stands for nothing, such as half a pair, becomes a replacement character.
    private static func flush(_ units: inout [UInt16], _ text: inout [UInt8]) {
        text.append(contentsOf: Array(String(decoding: units, as: UTF16.self).utf8))
        units.removeAll()
    }

    private static func escaped(_ bytes: [UInt8], _ at: Int) -> UInt16? {
        guard at + 6 < bytes.count, bytes[at] == 95, bytes[at + 1] == 120, bytes[at + 6] == 95 else {
            return nil
        }
        var unit: UInt16 = 0
        for index in (at + 2)..<(at + 6) {
            guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue, bytes[index] < 0x80
            else {
                return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
