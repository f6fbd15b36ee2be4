internal import PulihModel

/// Finds the logical file that a name belongs to. Pure.
struct FileMatcher {
    let specs: [FileSpec]

    enum Match: Equatable {
        case one(FileSpec)
        /// Tables of one workbook.
        case tables([FileSpec])
        /// Nothing matches; the configuration whose pattern is nearest, if there is any.
        case none(nearest: FileSpec?)
        /// Patterns of the same length match.
        case several([FileSpec])
    }

    static let compressionSuffixes = [".gz", ".zst", ".zip"]

    /// The longest matching pattern wins, so that `cust_info_eu*.csv` beats `cust*.csv`.
    func match(_ name: String) -> Match {
        let bare = FileMatcher.withoutCompression(name)
        let matching = specs.filter {
            Glob.matches($0.pattern, name) || Glob.matches($0.pattern, bare)
        }
        guard let longest = matching.map(\.pattern.count).max() else {
            return .none(nearest: nearest(to: bare))
        }
        let best = matching.filter { $0.pattern.count == longest }
        if best.count == 1 { return .one(best[0]) }
        return best.dropFirst().allSatisfy { $0.sharesFiles(with: best[0]) } ? .tables(best) : .several(best)
    }

    static func withoutCompression(_ name: String) -> String {
        for suffix in compressionSuffixes where name.lowercased().hasSuffix(suffix) {
            return String(name.dropLast(suffix.count))
        }
        return name
    }

    private func nearest(to name: String) -> FileSpec? {
        specs.min { left, right in
            distance(name, left.pattern) < distance(name, right.pattern)
        }
    }

    private func distance(_ name: String, _ pattern: String) -> Int {
        Suggestion.distance(
            name.lowercased(), pattern.lowercased().filter { $0 != "*" && $0 != "?" })
    }
}

/// Shell patterns over file names: `*`, `?`, `[a-z]`, `[!a-z]`; case does not count.
enum Glob {
    static func matches(_ pattern: String, _ name: String) -> Bool {
        matches(Array(pattern.lowercased())[...], Array(name.lowercased())[...])
    }

    private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let head = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        switch head {
        case "*":
            if rest.isEmpty { return true }
            return name.indices.contains { matches(rest, name[$0...]) }
                || matches(rest, name[name.endIndex...])
        case "?":
            return !name.isEmpty && matches(rest, name.dropFirst())
        case "[":
            guard let close = rest.dropFirst().firstIndex(of: "]"), let character = name.first else {
                return name.first == "[" && matches(rest, name.dropFirst())
            }
            return set(rest[rest.startIndex..<close], contains: character)
                && matches(pattern[(close + 1)...], name.dropFirst())
        default:
            return name.first == head && matches(rest, name.dropFirst())
        }
    }

    private static func set(_ set: ArraySlice<Character>, contains character: Character) -> Bool {
        let negated = set.first == "!"
        var members = negated ? set.dropFirst() : set
        var found = false
        while let low = members.first {
            members = members.dropFirst()
            if members.first == "-", let high = members.dropFirst().first {
                if low <= character && character <= high { found = true }
                members = members.dropFirst(2)
            } else if low == character {
                found = true
            }
        }
        return found != negated
    }
}
