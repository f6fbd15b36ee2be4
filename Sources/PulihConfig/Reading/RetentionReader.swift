import PulihModel
import PulihYAML

/// Reads `settings.retention`: one span for all, or one per kind.
struct RetentionReader {
    let source: YAMLSource

    func read(_ node: YAMLNode) -> Retention {
        if let text = node.text {
            guard let days = Self.days(text) else {
                source.report(node, "'retention' must be \(Self.form), not '\(text)'", hint: Self.hint)
                return Retention()
            }
            return Retention(days)
        }
        var retention = Retention()
        let keys = ["raw", "parquet", "quarantine", "logs"]
        guard let section = Section(node, "retention", keys: keys, in: source) else { return retention }
        let parts: [(String, WritableKeyPath<Retention, Int?>)] = [
            ("raw", \.raw), ("parquet", \.parquet), ("quarantine", \.quarantine), ("logs", \.logs),
        ]
        for (key, part) in parts {
            guard let text = section.text(key) else { continue }
            if let days = Self.days(text) {
                retention[keyPath: part] = days
            } else {
                section.report(key, "'\(key)' must be \(Self.form), not '\(text)'", hint: Self.hint)
            }
        }
        return retention
    }

    private static let form = "a number of days or forever"
    private static let hint = "such as 90d"

    /// The outer nil: neither.
    private static func days(_ text: String) -> Int?? {
        if text == "forever" { return .some(nil) }
        guard text.hasSuffix("d"), let days = Int(text.dropLast()), (0...100_000).contains(days) else {
            return nil
        }
        return .some(days)
    }
}
