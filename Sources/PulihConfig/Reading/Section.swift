import PulihModel
import PulihYAML

/// A mapping with known keys: hands out their values, and has reported every other key.
///
/// What is absent or wrong is nil; what is wrong was reported too.
struct Section {
    let source: YAMLSource
    /// What a missing key is reported on.
    let place: YAMLNode
    /// `file crm.cust_info`, for messages.
    let what: String
    private let values: [String: YAMLNode]

    /// nil, reported, when the node is no mapping. An empty node is an empty mapping.
    /// - Parameter place: the key that the mapping stands under; default: where it begins.
    init?(_ node: YAMLNode, _ what: String, keys: [String], in source: YAMLSource, place: YAMLNode? = nil) {
        if !node.isNull, node.pairs == nil {
            source.report(
                node, "\(what) must be a mapping, not \(node.shown)", hint: "keys are \(keys.joined(separator: ", "))")
            return nil
        }
        self.source = source
        self.place = place ?? node
        self.what = what
        var values: [String: YAMLNode] = [:]
        for pair in node.pairs ?? [] {
            if keys.contains(pair.name) {
                values[pair.name] = pair.value
            } else {
                let near = Suggestion.hint(for: pair.name, among: keys)
                source.report(
                    pair.key, "unknown key '\(pair.name)'",
                    hint: near.isEmpty ? "keys of \(what) are \(keys.joined(separator: ", "))" : near)
            }
        }
        self.values = values
    }

    /// The value of a key; nil if it is absent or empty.
    subscript(_ key: String) -> YAMLNode? {
        values[key].flatMap { $0.isNull ? nil : $0 }
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    /// Reports on the value of a key, or on the section where the key is absent.
    func report(_ key: String, _ message: String, hint: String = "") {
        source.report(values[key] ?? place, message, hint: hint)
    }

    func reportMissing(_ key: String, hint: String = "") {
        source.report(place, "\(what) has no '\(key)'", hint: hint)
    }

    // MARK: scalars

    func text(_ key: String) -> String? {
        guard let value = values[key] else { return nil }
        guard !value.isNull, let text = value.text else {
            report(key, "'\(key)' must be a text, not \(value.shown)")
            return nil
        }
        return text
    }

    func requiredText(_ key: String, hint: String = "") -> String? {
        if !has(key) { reportMissing(key, hint: hint) }
        return text(key)
    }

    func bool(_ key: String) -> Bool? {
        guard let value = values[key] else { return nil }
        if value.boolValue == nil { report(key, "'\(key)' must be true or false, not \(value.shown)") }
        return value.boolValue
    }

    func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = values[key] else { return nil }
        guard let number = value.intValue.map(Int.init), range.contains(number) else {
            report(key, "'\(key)' must be a whole number \(Self.words(range)), not \(value.shown)")
            return nil
        }
        return number
    }

    /// - Parameter highest: infinity for no limit above.
    func number(_ key: String, upTo highest: Double) -> Double? {
        guard let value = values[key] else { return nil }
        guard let number = value.doubleValue, (0...highest).contains(number) else {
            let range = highest.isFinite ? "from 0 to \(Int(highest))" : "of 0 or more"
            report(key, "'\(key)' must be a number \(range), not \(value.shown)")
            return nil
        }
        return number
    }

    /// One of an enumeration's words, or of some of them.
    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, of words: [Word] = Array(Word.allCases)
    ) -> Word? {
        guard let value = values[key] else { return nil }
        let known = words.map(\.rawValue)
        if let word = words.first(where: { $0.rawValue == value.text }) { return word }
        report(
            key, "'\(key)' must be \(Self.alternatives(known)), not \(value.shown)",
            hint: value.text.map { Suggestion.hint(for: $0, among: known) } ?? "")
        return nil
    }

    // MARK: lists

    /// Texts of a list, or of one text alone.
    func texts(_ key: String) -> [YAMLText]? {
        values[key].map { source.texts($0, "'\(key)'") }
    }

    /// As `texts`; reported when there is none.
    func requiredTexts(_ key: String) -> [YAMLText] {
        guard let texts = texts(key) else {
            reportMissing(key)
            return []
        }
        if values[key]?.elements?.isEmpty == true { report(key, "'\(key)' is an empty list") }
        return texts
    }

    /// Elements of a list that may be empty.
    func elements(_ key: String) -> [YAMLNode] {
        guard let value = self[key] else { return [] }
        if value.elements == nil { report(key, "'\(key)' must be a list, not \(value.shown)") }
        return value.elements ?? []
    }

    // MARK: words

    private static func words(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "of \(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
    }

    /// `fail, quarantine or warn`
    static func alternatives(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
