import PulihModel
import PulihYAML

/// Reads `catalog:` and `warehouse:`. What is wrong is nil and was reported.
struct LocationReader {
    static let catalog = CatalogLocation.sqlite(path: "data/catalog.sqlite")
    static let warehouse = WarehouseLocation.duckdb(folder: "warehouse")

    let source: YAMLSource

    func catalog(_ root: Section) -> CatalogLocation? {
        switch place(root, "catalog", embedded: "sqlite") {
        case .usual: Self.catalog
        case .embedded(let path): .sqlite(path: path)
        case .server(let location): .postgresql(location)
        case nil: nil
        }
    }

    func warehouse(_ root: Section) -> WarehouseLocation? {
        switch place(root, "warehouse", embedded: "duckdb") {
        case .usual: Self.warehouse
        case .embedded(let path): .duckdb(folder: path)
        case .server(let location): .postgresql(location)
        case nil: nil
        }
    }

    private enum Place {
        case usual
        case embedded(String)
        case server(PostgresLocation)
    }

    private func place(_ root: Section, _ key: String, embedded kind: String) -> Place? {
        guard let node = root[key] else { return .usual }
        if let text = node.text, PostgresAddress.isURL(text) {
            return address(node).map { .server(PostgresLocation(url: $0)) }
        }
        if node["postgresql"] != nil { return server(node, key).map { .server($0) } }
        let written = node.pairs?.map(\.name) ?? [node.text ?? node.kindName]
        guard written == [kind] else {
            let words = written.map { "'\(Self.withoutAddress($0))'" }.joined(separator: ", ")
            source.report(
                node, "unknown \(key) \(words)",
                hint:
                    "there is \(kind), embedded: '\(key): \(kind)' or '\(key): {\(kind): PATH}', and postgresql: "
                    + "'\(key): postgresql://USER@HOST:PORT/DATABASE' or '\(key): {postgresql: \"service=NAME\"}'"
            )
            return nil
        }
        guard let place = node.pairs?.first?.value else { return .usual }
        guard !place.isNull, let path = place.text, !path.isEmpty else {
            source.report(place, "'\(kind)' must be a path, not \(place.shown)")
            return nil
        }
        return .embedded(path)
    }

    /// What may hold a password is not repeated: `mysql://…`.
    private static func withoutAddress(_ word: String) -> String {
        guard let end = word.firstIndex(where: { !$0.isLetter }),
            word[end...].contains(where: { "@=/".contains($0) })
        else { return word }
        return word[..<end] + (word[end...].hasPrefix("://") ? "://…" : "…")
    }

    private func server(_ node: YAMLNode, _ key: String) -> PostgresLocation? {
        guard let section = Section(node, key, keys: ["postgresql", "password"], in: source) else {
            return nil
        }
        let password =
            section.has("password") ? SecretReader(source: source).reference(section, "password") : nil
        guard let place = section["postgresql"] else {
            section.report("postgresql", "'postgresql' must be an address, not empty", hint: Self.example)
            return nil
        }
        return address(place).map { PostgresLocation(url: $0, password: password) }
    }

    private func address(_ node: YAMLNode) -> String? {
        guard let text = node.text else {
            source.report(node, "'postgresql' must be an address, not \(node.kindName)", hint: Self.example)
            return nil
        }
        do {
            _ = try PostgresAddress(text)
            return text
        } catch {
            source.report(node, error.message, hint: error.hint)
            return nil
        }
    }

    private static let example = "such as postgresql://pulih@localhost:5432/dwh or service=dwh"
}
