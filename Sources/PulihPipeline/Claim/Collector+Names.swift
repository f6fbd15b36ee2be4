internal import PulihModel

extension Collector {
    /// A file with the name of one that was loaded before, and other content. Says so as configured.
    /// - Returns: whether it was refused.
    func isRefusedByName(_ file: IncomingFile, _ collection: inout Collection) async throws -> Bool {
        let policy = file.spec.sameName
        guard policy != .load else { return false }
        let earlier = try await environment.catalog.loadedFiles(
            client: client.name, key: file.spec.key, named: file.name
        ).first { $0.sha256 != file.survey.sha256 }
        guard let earlier else { return false }
        let finding =
            "\(file.name) came before with other content, \(earlier.records) records, in \(earlier.batch);"
            + " it has \(file.survey.records) now"
        if policy == .refuse {
            try await refuse(
                Candidate(
                    source: file.spec.key.source, name: file.name, path: file.path, identity: file.identity),
                finding, &collection)
            return true
        }
        let message = "\(finding); it is loaded, as configured"
        if !isDry { try await auditor.record("collect", .warning, batch: nil, message) }
        collection.findings.append(message)
        return false
    }
}
