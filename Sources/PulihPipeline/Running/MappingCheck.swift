internal import PulihModel

/// Received columns against configured ones. Pure.
struct MappingCheck: Equatable {
    let expected: [String]
    let received: [String]
    /// Required columns that are not in the file.
    let missing: [String]
    /// Optional columns that are not in the file; they are NULL.
    let absent: [String]
    let extra: [String]
    /// Columns that stand more than once in the header; nobody could tell which one is meant.
    let repeated: [String]
    /// Missing column -> extra column that is probably its new name.
    let renamed: [(missing: String, extra: String)]
    private let spec: FileSpec

    init(spec: FileSpec, received: [String]) {
        self.spec = spec
        self.received = received
        expected = spec.columns.map(\.source)
        let present = Set(received.map { $0.lowercased() })
        let known = Set(spec.columns.map { $0.source.lowercased() })
        missing = spec.columns.filter { $0.isRequired && !present.contains($0.source.lowercased()) }.map(
            \.source)
        absent = spec.columns.filter { !$0.isRequired && !present.contains($0.source.lowercased()) }.map(
            \.source)
        extra = received.filter { !known.contains($0.lowercased()) }
        let counts = Dictionary(received.map { ($0.lowercased(), 1) }, uniquingKeysWith: +)
        var told: Set<String> = []
        repeated = received.filter {
            counts[$0.lowercased(), default: 0] > 1 && told.insert($0.lowercased()).inserted
        }
        renamed = MappingCheck.renames(missing: missing + absent, extra: extra)
    }

    static func == (left: MappingCheck, right: MappingCheck) -> Bool {
        left.json == right.json
    }

    /// Nearest names first; each column is used once.
    private static func renames(missing: [String], extra: [String]) -> [(String, String)] {
        var pairs: [(missing: String, extra: String, distance: Int)] = []
        for name in missing {
            for other in extra {
                let distance = Suggestion.distance(name.lowercased(), other.lowercased())
                if distance <= max(2, max(name.count, other.count) / 2) {
                    pairs.append((name, other, distance))
                }
            }
        }
        var result: [(String, String)] = []
        for pair in pairs.sorted(by: { ($0.distance, $0.missing) < ($1.distance, $1.missing) }) {
            if result.contains(where: { $0.0 == pair.missing || $0.1 == pair.extra }) { continue }
            result.append((pair.missing, pair.extra))
        }
        return result
    }

    /// nil when the file may go on.
    var problem: String? {
        var parts = repeated.map {
            $0.isEmpty ? "several columns have no name" : "column \($0) stands more than once in the header"
        }
        for name in missing {
            if let rename = renamed.first(where: { $0.missing == name }) {
                parts.append(
                    "column \(name) is missing; \(rename.extra), which is not configured, is probably its new name"
                )
            } else {
                parts.append("column \(name) is missing")
            }
        }
        if spec.drift == .fail {
            let named = Set(renamed.map(\.extra))
            parts += extra.filter { !named.contains($0) || missing.isEmpty }.map(MappingCheck.unknown)
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private static func unknown(_ name: String) -> String {
        name.isEmpty
            ? "a column without a name is not configured (a delimiter at the header's end?)"
            : "column \(name) is not configured"
    }

    var hasWarnings: Bool { !absent.isEmpty || !extra.isEmpty }

    func advice(replace: String, restart: String) -> String {
        if let rename = renamed.first(where: { missing.contains($0.missing) }) {
            let column = spec.columns.first { $0.source == rename.missing }
            return
                "if the client renamed it, write '\(rename.extra): {type: \(column?.type.description ?? "text"), name:"
                + " \(column?.name ?? rename.missing)}' instead of \(rename.missing) for \(spec.key) in pulih.yml, run"
                + " 'pulih apply', then \(restart); else \(replace)"
        }
        return
            "received: \(received.joined(separator: ", ")); correct the columns of \(spec.key) in pulih.yml (\(spec.at)),"
            + " run 'pulih apply', then \(restart); else \(replace)"
    }

    var json: JSONValue {
        [
            "missing": .strings(missing), "absent": .strings(absent), "extra": .strings(extra),
            "repeated": .strings(repeated),
            "expected": .strings(expected), "received": .strings(received),
            "renamed": .array(renamed.map { ["from": .string($0.missing), "to": .string($0.extra)] }),
        ]
    }
}
