import PulihModel
import PulihYAML

/// Reads where a secret is. Repeats nothing of what stands there: it may be the secret itself.
struct SecretReader {
    let source: YAMLSource

    /// nil, reported, where it does not say.
    func reference(_ owner: Section, _ key: String) -> SecretReference? {
        guard let node = owner[key], node.pairs?.count == 1,
            let section = Section(node, key, keys: ["env", "file"], in: source)
        else {
            owner.report(
                key, "'\(key)' must say where the \(key) is, and not be it",
                hint: "\(key): {env: NAME} or \(key): {file: PATH}")
            return nil
        }
        if section.has("env") {
            let name = section["env"]?.text ?? ""
            if Self.isVariable(name) { return .env(name) }
            section.report("env", "'env' must be the name of an environment variable")
        }
        if section.has("file") {
            if let path = section["file"]?.text, !path.isEmpty { return .file(path) }
            section.report("file", "'file' must be the path of a file")
        }
        return nil
    }

    private static func isVariable(_ name: String) -> Bool {
        guard let first = name.first, !first.isNumber else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
