/// What counts as a blank around a value: space, tab, line breaks, and the no-break space of office programs.
enum Blanks {
    static let characters = " \t\r\n\u{A0}"

    static func trim(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isBlank = { (scalar: Unicode.Scalar) in characters.unicodeScalars.contains(scalar) }
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension String {
    /// Taken literally in an RE2 expression.
    var escapedForRegex: String {
        String(flatMap { "\\.+*?()|[]{}^$".contains($0) ? "\\\($0)" : String($0) })
    }
}
