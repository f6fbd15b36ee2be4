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
            if isDigit == inDigits {
                result[result.count - 1].append(character)
            } else {
                result.append(String(character))
            }
            inDigits = isDigit
        }
        return result
    }
}
