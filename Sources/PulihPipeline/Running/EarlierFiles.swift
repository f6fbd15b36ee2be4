internal import PulihModel
internal import PulihSystem

/// The files of earlier batches that a file is compared with, where its records may stand in bronze already.
struct EarlierFiles: Sendable {
    let context: BatchContext

    struct Found: Sendable {
        /// nil: nothing is to be compared.
        var sought: SoughtOverlap?
        var warnings: [String] = []
    }

    /// Those that the ledger says are loaded. One whose Parquet was purged cannot be compared, which is said.
    func of(_ file: ManifestFile, _ spec: FileSpec) async throws -> Found {
        guard let overlap = spec.soughtOverlap else { return Found() }
        let loaded = Set(
            context.ledger.loads(of: file.key, before: context.batch).map { "\($0.batch) \($0.step.thing)" })
        let records = try await context.environment.catalog.loadedFiles(
            client: context.client.name, key: file.key, named: nil
        ).filter { loaded.contains("\($0.batch) \($0.thing)") }
        try await bringBack(records)
        let (files, layout) = (context.files, context.environment.layout)
        let located = try await BlockingWork.run {
            try records.map { record -> (FileRecord, ConvertedFile?) in
                let places = [WorkspaceLayout.DataPlace.archive, .incoming, .failed].map {
                    layout.data(record.client, record.key.source, $0) + "/" + record.parquetName
                }
                let parquet = try places.first { try FileIdentity.ifPresent($0) != nil }
                return (record, parquet.map { files.converted(record, spec: spec, parquet: $0) })
            }
        }
        var found = Found(sought: SoughtOverlap(overlap, earlier: located.compactMap(\.1)))
        let gone = Set(located.filter { $0.1 == nil }.map(\.0.batch)).sorted()
        if let first = gone.first, let last = gone.last {
            let which = first == last ? "\(first)" : "\(gone.count) batches from \(first) to \(last)"
            found.warnings.append(
                "overlap: \(file.key) of \(which) was not compared, because its Parquet is gone")
        }
        return found
    }
}

extension LedgerSnapshot {
    /// Loads of a kind of file in earlier batches.
    func loads(of key: FileKey, before batch: BatchID) -> [LedgerRow] {
        rows.filter {
            $0.step.stage == .loadBronze && $0.batch < batch && $0.step.thing.hasPrefix("\(key)/")
        }
    }
}

extension BatchFiles {
    /// A file of another batch.
    fileprivate func converted(_ file: FileRecord, spec: FileSpec, parquet: String) -> ConvertedFile {
        ConvertedFile(
            rawPath: layout.raw(client, file.key.source, .success) + "/" + file.physicalName,
            physicalName: file.physicalName, spec: spec, parquetPath: parquet,
            convertRejectedPath: layout.rejected(file, .convert),
            rowRejectedPath: layout.rejected(file, .validateRow))
    }
}
