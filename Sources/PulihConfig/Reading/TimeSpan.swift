/// Spans of time such as `30s`, `10min` and `2h`.
enum TimeSpan {
    /// The server counts in milliseconds and takes 24 days of them.
    static let longest = 24 * 86_400

    /// Seconds; nil for anything else, and for less than one or more than 24 days.
    static func parse(_ text: String) -> Int? {
        let units = ["s": 1, "min": 60, "h": 3_600]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text[digits.endIndex...].drop { $0 == " " }
        guard let number = Int(digits), let seconds = units[String(unit)] else { return nil }
        let (span, isTooLong) = number.multipliedReportingOverflow(by: seconds)
        return !isTooLong && (1...longest).contains(span) ? span : nil
    }
}
