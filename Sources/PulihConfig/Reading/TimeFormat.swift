import PulihModel

/// `strptime` patterns as DuckDB reads them.
enum TimeFormat {
    private static let directives = "aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%"
    /// May stand after `%-`: without a leading zero.
    private static let unpadded = "dHIjmMSy"

    /// What is wrong with the pattern, or nil.
    static func problem(_ format: String) -> (message: String, hint: String)? {
        var used = false
        var rest = format[...]
        while let percent = rest.firstIndex(of: "%") {
            rest = rest[rest.index(after: percent)...]
            guard let first = rest.popFirst() else { return ("the format '\(format)' ends in a single %", "") }
            if first == "-" {
                guard let letter = rest.popFirst(), unpadded.contains(letter) else {
                    return ("unknown %-\(rest.base[percent...].dropFirst(2).prefix(1)) in the format '\(format)'", known)
                }
            } else if !directives.contains(first) {
                return ("unknown %\(first) in the format '\(format)'", known)
            }
            used = used || first != "%"
        }
        return used ? nil : ("the format '\(format)' has no part of a time", known)
    }

    static func hasMonthName(_ format: String) -> Bool {
        let directives = format.replacing("%%", with: "")
        return directives.contains("%b") || directives.contains("%B")
    }

    private static let known = "such as %d day, %m month, %b its name, %Y year, %H:%M:%S time"
}
