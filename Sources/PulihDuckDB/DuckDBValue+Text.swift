extension DuckDBValue {
    /// The one text form of a value; `nil` for NULL.
    ///
    /// DuckDB can cast it back to the type it came from. Moments are written in UTC with `+00`; blobs as
    /// `\xHH` per byte; doubles with the fewest digits that give the same number.
    public var text: String? {
        switch self {
        case .null: nil
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .hugeint(let value): String(value)
        case .double(let value): value.isNaN ? "nan" : String(value)
        case .text(let value), .decimal(let value), .uuid(let value), .other(let value): value
        case .blob(let bytes): bytes.map { "\\x" + hex(UInt64($0), digits: 2).uppercased() }.joined()
        case .date(let days): CalendarText.date(days)
        case .timestamp(let microseconds): CalendarText.timestamp(microseconds)
        case .timestampTZ(let microseconds): CalendarText.timestamp(microseconds, suffix: "+00")
        case .time(let microseconds): CalendarText.time(microseconds)
        }
    }
}

/// Dates and times in the form in which DuckDB writes them.
enum CalendarText {
    private static let dayLength: Int64 = 86_400_000_000

    static func date(_ days: Int32) -> String {
        switch days {
        case Int32.max: "infinity"
        case -Int32.max: "-infinity"
        default: date(day: Int64(days))
        }
    }

    static func timestamp(_ microseconds: Int64, suffix: String = "") -> String {
        switch microseconds {
        case Int64.max: return "infinity"
        case -Int64.max: return "-infinity"
        default:
            let (day, rest) = split(microseconds, by: dayLength)
            return date(day: day, time: " " + time(rest) + suffix)
        }
    }

    static func timestamp(nanoseconds: Int64) -> String {
        switch nanoseconds {
        case Int64.max: return "infinity"
        case -Int64.max: return "-infinity"
        default:
            let (day, rest) = split(nanoseconds, by: dayLength * 1000)
            return date(day: day, time: " " + clock(rest / 1_000_000_000, rest % 1_000_000_000, digits: 9))
        }
    }

    static func time(_ microseconds: Int64) -> String {
        clock(microseconds / 1_000_000, microseconds % 1_000_000, digits: 6)
    }

    static func interval(months: Int32, days: Int32, microseconds: Int64) -> String {
        func count(_ number: Int32, _ unit: String) -> String? {
            number == 0 ? nil : "\(number) \(unit)\(abs(number) == 1 ? "" : "s")"
        }
        var parts = [count(months / 12, "year"), count(months % 12, "month"), count(days, "day")].compactMap {
            $0
        }
        if microseconds != 0 || parts.isEmpty {
            let (seconds, fraction) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
            let text = clock(Int64(seconds), Int64(fraction), digits: 6)
            parts.append(microseconds < 0 ? "-" + text : text)
        }
        return parts.joined(separator: " ")
    }

    /// The proleptic Gregorian date, by the days-to-civil algorithm of eras of 400 years.
    private static func date(day: Int64, time: String = "") -> String {
        let (era, dayOfEra) = split(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let text = "\(padded(year > 0 ? year : 1 - year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        return text + (year > 0 ? "" : " (BC)") + time
    }

    private static func clock(_ seconds: Int64, _ fraction: Int64, digits: Int) -> String {
        let (minutes, second) = seconds.quotientAndRemainder(dividingBy: 60)
        let (hour, minute) = minutes.quotientAndRemainder(dividingBy: 60)
        let whole = "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
        guard fraction != 0 else { return whole }
        var tail = padded(fraction, digits)
        while tail.hasSuffix("0") { tail.removeLast() }
        return whole + "." + tail
    }

    /// Division towards minus infinity, so that the remainder is never negative.
    private static func split(_ value: Int64, by unit: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
        return remainder < 0 ? (quotient - 1, remainder + unit) : (quotient, remainder)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

func hex(_ number: UInt64, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
