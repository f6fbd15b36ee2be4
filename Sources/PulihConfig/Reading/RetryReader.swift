import PulihModel
import PulihYAML

/// Reads `settings.retry`.
struct RetryReader {
    let source: YAMLSource

    private static let keys = ["attempts", "wait_seconds", "factor", "longest_seconds", "jitter"]

    func policies(_ node: YAMLNode) -> RetryPolicies {
        guard let section = Section(node, "retry", keys: Self.keys + ["stages"], in: source) else {
            return RetryPolicies()
        }
        var policies = RetryPolicies(standard: policy(section, RetryPolicy()))
        guard let stages = section["stages"] else { return policies }
        for pair in source.entries(stages, "stages of retry") {
            guard let stage = Stage(rawValue: pair.name) else {
                let names = Stage.allCases.map(\.rawValue)
                let guess = Suggestion.hint(for: pair.name, among: names)
                source.report(
                    pair.key, "'\(pair.name)' is no stage",
                    hint: guess.isEmpty ? "stages are \(names.joined(separator: ", "))" : guess)
                continue
            }
            policies.stages[stage] = policy(pair.value, "retry of \(pair.name)", policies.standard)
        }
        return policies
    }

    /// - Parameter rest: where what is not said comes from.
    func policy(_ node: YAMLNode, _ what: String, _ rest: RetryPolicy) -> RetryPolicy {
        Section(node, what, keys: Self.keys, in: source).map { policy($0, rest) } ?? rest
    }

    private func policy(_ section: Section, _ rest: RetryPolicy) -> RetryPolicy {
        RetryPolicy(
            attempts: section.int("attempts", in: 1...100) ?? rest.attempts,
            waitSeconds: section.number("wait_seconds", upTo: 3_600) ?? rest.waitSeconds,
            factor: section.number("factor", upTo: 100) ?? rest.factor,
            longestSeconds: section.number("longest_seconds", upTo: 86_400) ?? rest.longestSeconds,
            jitter: section.number("jitter", upTo: 1) ?? rest.jitter)
    }
}
