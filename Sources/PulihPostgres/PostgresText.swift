/// How PostgreSQL writes values as text, with `DateStyle ISO`, `TimeZone UTC` and `bytea_output hex`.
enum PostgresText {
    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("\\x".utf8)
        text.reserveCapacity(2 + bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(_ text: String) -> [UInt8]? {
        guard text.hasPrefix("\\x"), text.utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text.utf8.dropFirst(2) {
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        return bytes
    }

    /// `2026-11-20 02:00:00.500000+00`
    static func timestamp(_ microseconds: Int64) -> String {
        let day = floorDivide(microseconds, 86_400_000_000)
        let inDay = microseconds - day * 86_400_000_000
        let (year, month, dayOfMonth) = civil(fromDay: day)
        let seconds = inDay / 1_000_000
        let era = year <= 0 ? " BC" : ""
        let shown = year <= 0 ? 1 - year : year
        return
            "\(padded(shown, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2)) \(padded(seconds / 3_600, 2)):"
            + "\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(inDay % 1_000_000, 6))+00\(era)"
    }

    /// `2026-11-20 02:00:00.5+00`; nil for infinity and years before Christ.
    static func microseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, parts[1].hasSuffix("+00") else { return nil }
        let date = parts[0].split(separator: "-").compactMap { Int64($0) }
        let clock = parts[1].dropLast(3).split(separator: ":")
        guard date.count == 3, clock.count == 3, let hours = Int64(clock[0]), let minutes = Int64(clock[1])
        else { return nil }
        let seconds = clock[2].split(separator: ".")
        guard let whole = seconds.first.flatMap({ Int64($0) }) else { return nil }
        var fraction: Int64 = 0
        if seconds.count == 2 {
            guard let digits = Int64(seconds[1]) else { return nil }
            fraction = digits * (0..<(6 - seconds[1].count)).reduce(1) { power, _ in power * 10 }
        }
        let day = day(year: date[0], month: date[1], day: date[2])
        return ((day * 24 + hours) * 60 + minutes) * 60_000_000 + whole * 1_000_000 + fraction
    }

    /// Proleptic Gregorian calendar, counted in eras of 400 years whose years begin in March.
    private static func civil(fromDay days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
