import PulihModel
import PulihYAML

/// Reads `clients:`.
struct ClientReader {
    let source: YAMLSource
    /// Names of the source systems that are declared.
    let sources: [String]
    /// Files of all of them.
    let files: [FileKey]
    /// nil: not known.
    let warehouse: WarehouseLocation?

    func read(_ node: YAMLNode) -> [Client] {
        var idLines: [Int: Int] = [:]
        return source.entries(node, "clients").compactMap { pair in
            source.checkName(pair.name, pair.key, "client")
            if case .postgresql = warehouse {
                PostgresNames(problems: source.problems).check(
                    client: pair.name, source.at(pair.key))
            }
            let keys = ["id", "sources", "severity", "role", "time_zone", "expected"]
            guard
                let section = Section(
                    pair.value, "client \(pair.name)", keys: keys, in: source, place: pair.key)
            else { return nil }
            if !section.has("id") { section.reportMissing("id", hint: "a whole number of its own") }
            let id = section.int("id", in: 1...Int(Int32.max))
            if let id, let earlier = idLines.updateValue(pair.key.line, forKey: id) {
                section.report("id", "id \(id) is taken by the client in line \(earlier)")
            }
            var client = Client(
                name: pair.name, id: id ?? 0, sources: delivered(section),
                severity: section.word("severity") ?? .fail, role: role(section))
            client.timeZone = section.timeZone("time_zone")
            client.expected = section["expected"].map(expected) ?? [:]
            return client
        }
    }

    /// By `source.file`; what is wrong with these names is seen when all files are known.
    private func expected(_ node: YAMLNode) -> [FileKey: Expectation?] {
        var expected: [FileKey: Expectation?] = [:]
        for pair in source.entries(node, "expected") {
            let parts = pair.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            let key = FileKey(source: parts[0], name: parts.dropFirst().joined(separator: "."))
            if !files.contains(key) {
                source.report(
                    pair.key, "unknown file '\(pair.name)' in expected",
                    hint: Suggestion.hint(for: pair.name, among: files.map(\.description)))
            }
            expected[key] = .some(ExpectationReader(source: source).read(pair.value, of: key))
        }
        return expected
    }

    private func role(_ section: Section) -> String? {
        guard let role = section.text("role") else { return nil }
        if role.isEmpty || role.utf8.count > PostgresNames.limit {
            section.report("role", "'\(role)' cannot be the name of a role")
        }
        if let warehouse, !warehouse.hasRoles {
            section.report(
                "role", "a \(warehouse.kind) warehouse has no roles",
                hint: "roles are for 'warehouse: postgresql://USER@HOST:PORT/DATABASE'")
        }
        return role
    }

    private func delivered(_ section: Section) -> [String] {
        guard section.has("sources") else { return sources }
        let named = section.requiredTexts("sources")
        for (position, name) in named.enumerated() {
            if !sources.contains(name.text) {
                source.report(
                    name.node, "unknown source '\(name.text)'",
                    hint: Suggestion.hint(for: name.text, among: sources))
            } else if named[..<position].contains(where: { $0.text == name.text }) {
                source.report(name.node, "source '\(name.text)' stands twice in the list")
            }
        }
        return named.map(\.text)
    }
}
