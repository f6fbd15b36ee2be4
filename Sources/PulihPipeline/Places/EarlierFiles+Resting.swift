internal import PulihModel
internal import PulihSystem

extension EarlierFiles {
    /// Parquet of earlier batches that rests. What is lost there is not compared, which is said as of what is gone here.
    func bringBack(_ records: [FileRecord]) async throws {
        guard context.environment.places.data != nil else { return }
        let (resting, files) = (context.resting, context.files)
        for (batch, records) in Dictionary(grouping: records, by: \.batch).sorted(by: { $0.key < $1.key }) {
            let names = Set(records.map(\.physicalName))
            let manifests = resting.manifests
            let manifest = try await BlockingWork.run { () throws -> Manifest? in
                let lacking = try records.contains { record in
                    let folders = [WorkspaceLayout.DataPlace.archive, .incoming, .failed].map {
                        files.layout.data(record.client, record.key.source, $0)
                    }
                    return try folders.allSatisfy {
                        try FileIdentity.ifPresent("\($0)/\(record.parquetName)") == nil
                    }
                }
                return lacking ? try manifests.read(batch) : nil
            }
            for file in manifest?.files ?? [] where names.contains(file.physicalName) {
                if case .lost(let finding) = try await resting.bringParquet(file, batch) {
                    context.environment.report(.note(finding))
                }
            }
        }
    }
}
