/// Points in time as text: ISO 8601, UTC, always six digits of fraction, as `2026-03-01T04:05:06.000007Z`.
///
/// Texts sort as the times do. In memory a time is an `Int64` of microseconds since 1970-01-01 UTC.
public enum Timestamp {
    /// Years from 0 to 9999 have four digits; others a sign and six, which `parse` does not take.
    public static func format(_ microseconds: Int64) -> String {
        let (days, inDay) = microseconds.quotientAndRemainder(floored: 86_400_000_000)
        let (year, month, day) = civil(fromDays: days)
        let seconds = inDay / 1_000_000
        let yearText =
            (0...9_999).contains(year)
            ? padded(year, 4) : (year < 0 ? "-" : "+") + padded(year.magnitude, 6)
        return "\(yearText)-\(padded(month, 2))-\(padded(day, 2))T\(padded(seconds / 3_600, 2)):"
            + "\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(inDay % 1_000_000, 6))Z"
    }

    /// Takes `YYYY-MM-DDTHH:MM:SSZ` with up to six digits of fraction; nil for anything else, also for dates
    /// and times that do not exist.
    public static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        for (index, separator) in [4: "-", 7: "-", 10: "T", 13: ":", 16: ":"] {
            guard bytes[index] == separator.utf8.first else { return nil }
        }
        guard let year = digits(bytes[0..<4]), let month = digits(bytes[5..<7]),
            let day = digits(bytes[8..<10]),
            let hour = digits(bytes[11..<13]), let minute = digits(bytes[14..<16]),
            let second = digits(bytes[17..<19]), let fraction = fraction(bytes[19..<(bytes.count - 1)]),
            (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
        else { return nil }
        let days = days(fromYear: year, month: month, day: day)
        // The 30th of February would be a day of March.
        guard civil(fromDays: days) == (year, month, day) else { return nil }
        return days * 86_400_000_000 + (hour * 3_600 + minute * 60 + second) * 1_000_000 + fraction
    }

    /// "" -> 0, ".5" -> 500,000.
    private static func fraction(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let point = bytes.first else { return 0 }
        let tail = bytes.dropFirst()
        guard point == UInt8(ascii: "."), (1...6).contains(tail.count), var value = digits(tail) else {
            return nil
        }
        for _ in tail.count..<6 { value *= 10 }
        return value
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func padded(_ value: some BinaryInteger, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    // Both ways count in eras of 400 years (146,097 days) whose years begin in March, so that the leap day
    // comes last.

    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(floored: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).quotientAndRemainder(floored: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    /// The remainder is never negative.
    fileprivate func quotientAndRemainder(floored divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
