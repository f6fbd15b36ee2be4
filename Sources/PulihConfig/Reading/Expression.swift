import PulihModel

/// A first look at regular expressions, so that slips are found with their line. The engine's RE2 has the last word.
enum Expression {
    /// What is wrong for certain, or nil.
    static func problem(_ expression: String) -> String? {
        var depth = 0
        var isInClass = false
        var letters = Array(expression)[...]
        while let letter = letters.popFirst() {
            switch letter {
            case "\\":
                guard let escaped = letters.popFirst() else { return "ends in a single \\" }
                if !isInClass, ("1"..."9").contains(escaped) { return "has the back-reference \\\(escaped), which RE2 lacks" }
                if escaped == "Q" { skipQuoted(&letters) }
            case "[" where isInClass && letters.first == ":":
                // A class of a class, [[:digit:]].
                if let end = letters.firstIndex(of: "]") { letters = letters[(end + 1)...] }
            case "[" where !isInClass:
                isInClass = true
                if letters.first == "^" { letters.removeFirst() }
                // A bracket that comes first stands for itself.
                if letters.first == "]" { letters.removeFirst() }
            case "]" where isInClass: isInClass = false
            case "(" where !isInClass:
                depth += 1
                if ["?=", "?!", "?<=", "?<!"].contains(where: { letters.starts(with: $0) }) {
                    return "looks ahead or behind, which RE2 cannot"
                }
            case ")" where !isInClass:
                depth -= 1
                if depth < 0 { return "has a ')' without its '('" }
            default: break
            }
        }
        if isInClass { return "has a '[' that is not closed" }
        return depth > 0 ? "has a '(' that is not closed" : nil
    }

    /// After `\Q` everything stands for itself up to `\E`.
    private static func skipQuoted(_ letters: inout ArraySlice<Character>) {
        while let letter = letters.popFirst() {
            if letter == "\\", letters.first == "E" {
                letters.removeFirst()
                return
            }
        }
    }
}

extension Section {
    func checkExpression(_ key: String, _ expression: String) {
        if let problem = Expression.problem(expression) {
            report(key, "the expression '\(expression)' \(problem)")
        }
    }
}
