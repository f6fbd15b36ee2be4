/// A number as PostgreSQL sends it: groups of four decimal digits, aligned to the decimal point.
struct NumericDigits {
    /// Groups that 39 digits, the most of 128 bits, take wherever the point is.
    static let most = 11

    /// The lowest first.
    private var groups: InlineArray<11, UInt16> = .init(repeating: 0)
    private var count = 0
    private let fractionGroups: Int

    /// - Parameter scale: how many of the digits are decimal places; up to 38.
    @inline(__always)
    init<T: FixedWidthInteger & UnsignedInteger>(_ magnitude: T, scale: Int) {
        fractionGroups = (scale + 3) / 4
        var rest = magnitude
        // The lowest group is filled up with zeros, never the number, which might not hold them.
        switch scale & 3 {
        case 1: take(&rest, 10, times: 1000)
        case 2: take(&rest, 100, times: 100)
        case 3: take(&rest, 1000, times: 10)
        default: break
        }
        while rest != 0 { take(&rest, 10_000, times: 1) }
    }

    @inline(__always)
    private mutating func take<T: FixedWidthInteger & UnsignedInteger>(
        _ rest: inout T, _ divisor: T, times factor: UInt16
    ) {
        let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: divisor)
        groups[count] = UInt16(truncatingIfNeeded: remainder) &* factor
        count += 1
        rest = quotient
    }

    /// Length, number of groups, the power of the first, sign, decimal places, the groups.
    @inline(__always) @unsafe
    consuming func put(isNegative: Bool, scale: Int, to out: inout UnsafeMutableRawPointer) {
        var low = 0
        while low < count, groups[low] == 0 { low += 1 }
        while count > low, groups[count - 1] == 0 { count -= 1 }
        let written = count - low
        unsafe out.put(Int32(8 + 2 * written))
        unsafe out.put(Int16(written))
        unsafe out.put(Int16(written == 0 ? 0 : count - fractionGroups - 1))
        unsafe out.put(UInt16(isNegative ? 0x4000 : 0))
        unsafe out.put(Int16(scale))
        var index = count
        while index > low {
            index -= 1
            unsafe out.put(groups[index])
        }
    }
}
