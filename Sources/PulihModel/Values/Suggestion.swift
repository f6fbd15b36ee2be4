/// "Did you mean": the nearest of the allowed words.
public enum Suggestion {
    /// The word that was probably meant, or nil where none is near.
    ///
    /// Near is: equal but for case, a third of its letters changed at most (inserted, deleted, replaced or
    /// swapped with the next), or one the beginning of the other. To a single letter none is near. Of equally
    /// near ones the first wins.
    public static func nearest(to word: String, among words: some Sequence<String>) -> String? {
        let typed = Array(word.lowercased())
        let reach = typed.count < 2 ? 0 : min(3, max(1, typed.count / 3))
        var best: (word: String, distance: Int)?
        for candidate in words where candidate != word {
            let letters = Array(candidate.lowercased())
            var distance = editDistance(typed, letters)
            if distance > reach, min(typed.count, letters.count) >= 3,
                letters.starts(with: typed) || typed.starts(with: letters)
            {
                distance = reach
            }
            if distance <= reach, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// `did you mean 'delimiter'?`, or empty where none is near.
    public static func hint(for word: String, among words: some Sequence<String>) -> String {
        nearest(to: word, among: words).map { "did you mean '\($0)'?" } ?? ""
    }

    /// Edits between two words, case included.
    public static func distance(_ left: String, _ right: String) -> Int {
        editDistance(Array(left), Array(right))
    }

    /// Damerau-Levenshtein distance in which no letter is edited twice (optimal string alignment).
    static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in 0..<left.count {
            var row = [i + 1]
            for j in 0..<right.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
