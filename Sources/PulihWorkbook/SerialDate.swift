internal import Glibc

/// Days since 1900 or 1904 as Excel counts them, written as ISO 8601 does.
enum SerialDate {
    private static let millisecondsOfDay = 86_400_000.0

    /// - Returns: nil for what is no date: before the first day, or after the year 9999.
    static func text(_ serial: Double, _ kind: NumberKind, is1904: Bool) -> String? {
        guard serial.isFinite, abs(serial) < 1e8 else { return nil }
        let total = (serial * millisecondsOfDay).rounded()
        if kind == .duration { return duration(Int64(total)) }
        guard total >= 0 else { return nil }
        let days = Int(total / millisecondsOfDay)
        let milliseconds = Int(total) - days * Int(millisecondsOfDay)
        let time = time(milliseconds)
        // Day 0 is no day but where times without a day stand; in the count from 1904 it is a day too.
        if days == 0, kind == .time || (!is1904 && milliseconds > 0) { return time }
        guard let day = day(days, is1904: is1904) else { return nil }
        return kind == .date && milliseconds == 0 ? day : "\(day)T\(time)"
    }

    private static func duration(_ milliseconds: Int64) -> String {
        let (hours, rest) = abs(milliseconds).quotientAndRemainder(dividingBy: 3_600_000)
        let sign = milliseconds < 0 ? "-" : ""
        return sign + (hours < 10 ? "0" : "") + "\(hours)" + time(Int(rest)).dropFirst(2)
    }

    private static func time(_ milliseconds: Int) -> String {
        let (seconds, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        let whole = "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        guard fraction > 0 else { return whole }
        return whole + "." + String(1000 + fraction).dropFirst()
    }

    private static func day(_ serial: Int, is1904: Bool) -> String? {
        // Days from 0000-03-01 to the day before the count begins.
        let epoch: Int
        if is1904 {
            epoch = 695_361
        } else {
            // Excel holds 1900 for a leap year; the day that was none comes out as what a person sees.
            if serial == 0 { return "1900-01-00" }
            if serial == 60 { return "1900-02-29" }
            epoch = serial < 60 ? 693_900 : 693_899
        }
        let days = serial + epoch
        let era = days / 146_097
        let ofEra = days - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        guard year <= 9999 else { return nil }
        return "\(year)-\(two(month))-\(two(ofYear - (153 * shifted + 2) / 5 + 1))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension CellText {
    /// A number in a cell whose style is a date's. Where Excel shows #### it stands as it is, and says that it is none.
    static func append(_ value: Double, as kind: NumberKind, is1904: Bool, to text: inout [UInt8]) {
        if let date = SerialDate.text(value, kind, is1904: is1904) {
            text.append(contentsOf: Array(date.utf8))
        } else {
            append(value, to: &text)
            text.append(contentsOf: Array(" (no date)".utf8))
        }
    }
}
