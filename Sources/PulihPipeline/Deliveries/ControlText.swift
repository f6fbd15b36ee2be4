/// Reads a side file: lines of `name=value` (or `name: value`), or a header and one record of CSV. Pure.
enum ControlText {
    /// By name in lower case; nil when it is neither.
    static func values(_ text: String) -> [String: String]? {
        let bare = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        let lines = bare.split(whereSeparator: \.isNewline).map(trimmed)
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard let first = lines.first else { return nil }
        if let mark = (["=", ":"] as [Character]).first(where: { mark in
            lines.allSatisfy { $0.contains(mark) }
        }) {
            var values: [String: String] = [:]
            for line in lines {
                let at = line.firstIndex(of: mark) ?? line.endIndex
                values[trimmed(line[..<at]).lowercased()] = unquoted(line[line.index(after: at)...])
            }
            return values
        }
        guard lines.count == 2 else { return nil }
        let delimiter = ([";", "\t", "|"] as [Character]).first { first.contains($0) } ?? ","
        let (names, fields) = (split(first, delimiter), split(lines[1], delimiter))
        guard names.count == fields.count else { return nil }
        return Dictionary(zip(names.map { $0.lowercased() }, fields), uniquingKeysWith: { $1 })
    }

    private static func split(_ line: Substring, _ delimiter: Character) -> [String] {
        line.split(separator: delimiter, omittingEmptySubsequences: false).map(unquoted)
    }

    private static func unquoted(_ text: Substring) -> String {
        let bare = trimmed(text)
        guard bare.count >= 2, bare.hasPrefix("\""), bare.hasSuffix("\"") else { return String(bare) }
        return String(bare.dropFirst().dropLast())
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var rest = text.drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
