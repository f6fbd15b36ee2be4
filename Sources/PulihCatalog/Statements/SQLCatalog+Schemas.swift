import PulihModel

// `schema_registry` holds for a file what configuration says and, marked with the batch that brought them, columns that
// it does not say yet. The latter are nobody's difference to `pulih.yml`.

extension SQLCatalog {
    func schemaVersions(client: String, key: FileKey) async throws -> [SchemaVersion] {
        try await store.reading { session in
            try session.query(
                "\(selectVersions) WHERE \(ofFile) ORDER BY version", identity(client, key)
            ).map(SchemaVersion.init)
        }
    }

    func acceptedColumns(client: String) async throws -> [FileKey: [SchemaColumn]] {
        try await store.reading { session in
            let rows = try session.query(
                """
                SELECT source_system, logical_source_file, columns FROM schema_registry
                WHERE client_schema = $1 ORDER BY version
                """, [.text(client)])
            var newest: [FileKey: [SchemaColumn]] = [:]
            for row in rows {
                let key = FileKey(
                    source: try row.text("source_system"), name: try row.text("logical_source_file"))
                newest[key] = try row.schemaColumns().filter { $0.acceptedBy != nil }
            }
            return newest.filter { !$0.value.isEmpty }
        }
    }

    func accept(_ columns: [SchemaColumn], client: String, key: FileKey, at: Int64) async throws {
        try await store.writing { session in
            try session.lockConfiguration()
            guard
                let newest = try session.first(
                    "\(selectVersions) WHERE \(ofFile) ORDER BY version DESC LIMIT 1", identity(client, key)
                ).map(SchemaVersion.init), var all = newest.columns
            else {
                throw PulihError(
                    .configuration, "\(key) of \(client) has no registered schema", object: key.description,
                    leftBehind: "nothing was registered", hint: "run 'pulih apply'")
            }
            for column in columns {
                // One that an earlier batch turns out to have had is that batch's.
                if let place = all.firstIndex(where: { $0.name == column.name }) {
                    guard let known = all[place].acceptedBy, let now = column.acceptedBy, now < known else {
                        continue
                    }
                    all[place].acceptedBy = now
                } else {
                    all.append(column)
                }
            }
            guard all != newest.columns else { return }
            try session.execute(
                CatalogSQL.insert(
                    "schema_registry", CatalogTables.fileKey + ["version", "columns", "registered_at"]),
                identity(client, key) + [
                    CatalogValue(newest.number + 1), .text(JSONValue.array(all.map(\.json)).compact),
                    .time(at),
                ])
        }
    }

    private var selectVersions: String { "SELECT version, columns, registered_at FROM schema_registry" }
    private var ofFile: String { "client_schema = $1 AND source_system = $2 AND logical_source_file = $3" }
    private func identity(_ client: String, _ key: FileKey) -> [CatalogValue] {
        [.text(client), .text(key.source), .text(key.name)]
    }
}

extension SchemaVersion {
    fileprivate init(_ row: CatalogRow) throws {
        self.init(
            number: Int(try row.int("version")), registeredAt: try row.time("registered_at"),
            columns: try row.optionalText("columns") == nil ? nil : row.schemaColumns())
    }
}

extension CatalogRow {
    /// None of a file that is no longer configured.
    fileprivate func schemaColumns() throws -> [SchemaColumn] {
        guard try optionalText("columns") != nil else { return [] }
        return (try json("columns").array ?? []).compactMap { SchemaColumn($0) }
    }
}

/// The text of `schema_registry.columns`.
enum SchemaText {
    /// Without what deliveries brought; the same text where they brought nothing.
    static func configured(_ text: String) throws -> String {
        let columns = try read(text)
        guard columns.contains(where: { $0.acceptedBy != nil }) else { return text }
        return JSONValue.array(columns.filter { $0.acceptedBy == nil }.map(\.json)).compact
    }

    /// What configuration says now, and what deliveries brought that it still does not say.
    static func merged(configured: String, standing: String) throws -> String {
        let now = try read(configured)
        let names = Set(now.map { $0.name.lowercased() })
        let rest = try read(standing).filter {
            $0.acceptedBy != nil && !names.contains($0.name.lowercased())
        }
        guard !rest.isEmpty else { return configured }
        return JSONValue.array((now + rest).map(\.json)).compact
    }

    private static func read(_ text: String) throws -> [SchemaColumn] {
        (try JSONValue.parse(Array(text.utf8)).array ?? []).compactMap { SchemaColumn($0) }
    }
}
