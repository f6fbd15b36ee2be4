public import PulihModel

/// One thing that is wrong in `pulih.yml` or under `sql/`.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// Line 0 means the file as a whole.
    public let at: SourceLine
    /// Lower case, no full stop: `unknown key 'delimeter'`.
    public let message: String
    /// What was probably meant or what there is to choose from; may be empty.
    public let hint: String

    public init(at: SourceLine, message: String, hint: String = "") {
        self.at = at
        self.message = message
        self.hint = hint
    }

    /// `pulih.yml:12: unknown key 'delimeter' (did you mean 'delimiter'?)`
    public var description: String {
        let place = at.line == 0 ? at.file : at.description
        return "\(place): \(message)" + (hint.isEmpty ? "" : " (\(hint))")
    }
}

/// Everything that is wrong with a configuration, by file and line.
public struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty. `pulih.yml` comes first, then the models by path.
    public let problems: [ConfigurationProblem]

    public init(_ problems: [ConfigurationProblem]) {
        self.problems = problems.enumerated().sorted { left, right in
            let (one, other) = (left.element.at, right.element.at)
            if one.file != other.file {
                return (one.file.contains("/") ? 1 : 0, one.file) < (other.file.contains("/") ? 1 : 0, other.file)
            }
            return (one.line, left.offset) < (other.line, right.offset)
        }.map(\.element)
    }

    public var description: String { problems.map(\.description).joined(separator: "\n") }

    /// One error for all of them: the summary has a line for each.
    public var pulihError: PulihError {
        PulihError(
            .configuration, description, object: problems.first?.at.file ?? "",
            hint: "correct \(problems.count == 1 ? "it" : "them") and run the command again; every key is described "
                + "in docs/configuration.md")
    }
}

/// Collects problems while reading goes on.
final class ProblemList {
    private(set) var problems: [ConfigurationProblem] = []

    func report(_ at: SourceLine, _ message: String, hint: String = "") {
        problems.append(ConfigurationProblem(at: at, message: message, hint: hint))
    }
}
