/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost 1 each.
///
/// Source: Boytsov, "Indexing methods for approximate dictionary searching", 2011, section 2.2.
public enum EditDistance {
    public static func between(_ left: String, _ right: String) -> Int {
        let a = Array(left)
        let b = Array(right)
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + Array(repeating: 0, count: b.count)
            for j in 1...b.count {
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }

    /// The word that was probably meant: the nearest, when it is near enough for its length.
    public static func suggestion(for word: String, among words: [String]) -> String? {
        let scored = words.map { ($0, between(word.lowercased(), $0.lowercased())) }
        guard let best = scored.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return nil }
        return best.1 <= max(1, max(word.count, best.0.count) / 3) ? best.0 : nil
    }
}

/// Orders names as people do: `part2` before `part10`.
public enum NaturalOrder {
    public static func precedes(_ left: String, _ right: String) -> Bool {
        let (a, b) = (pieces(left), pieces(right))
        for (x, y) in zip(a, b) where x != y {
            if let x = Int(x), let y = Int(y), x != y { return x < y }
            return x < y
        }
        return a.count == b.count ? left < right : a.count < b.count
    }

    private static func pieces(_ text: String) -> [String] {
        var result: [String] = []
        var inDigits: Bool?
        for character in text {
            let isDigit = character.isASCII && character.isNumber
            if isDigit == inDigits { result[result.count - 1].append(character) } else { result.append(String(character)) }
            inDigits = isDigit
        }
        return result
    }
}
