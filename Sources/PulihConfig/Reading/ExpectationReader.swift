import PulihModel
import PulihSystem
import PulihYAML

/// Reads `expected:` of a file.
struct ExpectationReader {
    static let keys = ["by", "from", "days", "together"]

    let source: YAMLSource

    /// nil for `none`, or, reported, when it is wrong.
    func read(_ node: YAMLNode, of key: FileKey) -> Expectation? {
        if node.text == "none" { return nil }
        var expectation = Expectation()
        if node.text == "daily" { return expectation }
        if let text = node.text {
            guard let by = TimeOfDay.parse(text) else {
                source.report(
                    node, "'expected' must be a time of day, daily, none or a mapping, not '\(text)'",
                    hint: "such as {by: \"06:00\", days: [mon, tue]}")
                return nil
            }
            expectation.by = by
            return expectation
        }
        guard let section = Section(node, "expected of \(key)", keys: Self.keys, in: source) else {
            return nil
        }
        expectation.by = time("by", section) ?? expectation.by
        expectation.from = time("from", section) ?? expectation.from
        expectation.days = days(section)
        if let name = section.text("together") {
            if let node = section["together"] { source.checkName(name, node, "group") }
            expectation.together = name
        }
        return expectation
    }

    private func time(_ key: String, _ section: Section) -> Int? {
        guard let text = section.text(key) else { return nil }
        if let minute = TimeOfDay.parse(text) { return minute }
        section.report(
            key, "'\(key)' must be a time of day from 00:00 to 24:00, not '\(text)'",
            hint: "in quotes, as \"06:00\"")
        return nil
    }

    private func days(_ section: Section) -> Set<Weekday> {
        let all = Set(Weekday.allCases)
        if section["days"]?.text == "daily" || !section.has("days") { return all }
        var days: Set<Weekday> = []
        let known = Weekday.allCases.map(\.rawValue)
        for word in section.requiredTexts("days") {
            if let day = Weekday(rawValue: word.text) {
                days.insert(day)
            } else {
                source.report(
                    word.node, "unknown day '\(word.text)'",
                    hint: "days are \(Section.alternatives(known)), or daily for all")
            }
        }
        return days.isEmpty ? all : days
    }
}

/// `06:00`
public enum TimeOfDay {
    /// Minutes after midnight, up to 1440; nil for anything else.
    public static func parse(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), minutes < 60
        else { return nil }
        let minute = hours * 60 + minutes
        return minute <= 1440 ? minute : nil
    }
}

extension Section {
    /// The name of a time zone that this machine knows.
    func timeZone(_ key: String) -> String? {
        guard let name = text(key) else { return nil }
        do {
            _ = try LocalZone.named(name)
        } catch {
            let hint =
                switch error {
                case .noData: "install the package tzdata"
                default: "names are those of the IANA database, such as Asia/Jakarta, Europe/Berlin or UTC"
                }
            report(key, "\(error)", hint: hint)
        }
        return name
    }
}
