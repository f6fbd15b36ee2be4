import PulihModel

extension SQLCatalog {
    func loadedFiles(client: String, key: FileKey, named name: String?) async throws -> [FileRecord] {
        let isNamed = name == nil ? "" : " AND original_file_name = $4"
        return try await store.reading { session in
            try session.query(
                """
                \(selectFile)
                WHERE client_schema = $1 AND source_system = $2 AND logical_source_file = $3\(isNamed) AND \(loadIsGood)
                ORDER BY batch_number DESC, position DESC
                """,
                [.text(client), .text(key.source), .text(key.name)] + (name.map { [.text($0)] } ?? [])
            ).map(FileRow.read)
        }
    }
}
