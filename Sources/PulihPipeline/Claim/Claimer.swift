internal import PulihModel
internal import PulihSystem

/// Turns collected files into a batch: intent in the catalog, renames, manifest. Until the manifest exists the intent
/// rows are the batch, and `complete` finishes what they say, after a crash too.
struct Claimer: Sendable {
    let environment: RunEnvironment
    let client: Client
    let auditor: Auditor

    private var files: BatchFiles { BatchFiles(layout: environment.layout, client: client.name) }
    private var manifests: ManifestStore { ManifestStore(layout: environment.layout, client: client.name) }

    /// - Parameter ledgerLast: the greatest batch number that the ledger knows.
    func claim(_ incoming: [IncomingFile], graph: ModelGraph, ledgerLast: Int) async throws -> Manifest {
        let manifests = manifests
        let onDisk = try await BlockingWork.run { try manifests.lastNumber() }
        let last = max(try await environment.catalog.lastBatchNumber(client: client.name), onDisk, ledgerLast)
        let id = BatchID(number: last + 1)
        let now = environment.clock.now()
        let batch = BatchRecord(
            client: client.name, batch: id, status: .running, mode: .start, batchTime: now, startedAt: now)
        var taken: Set<String> = []
        let shared = Dictionary(grouping: incoming, by: \.path).filter { $1.count > 1 }
        var records = incoming.enumerated().map { position, file in
            fileRecord(
                file, id: id, position: position + 1, isShared: shared[file.path] != nil, taken: &taken)
        }
        for (index, file) in incoming.enumerated() {
            records[index].marks = try await sideMarks(of: file, as: records[index].physicalName)
        }
        try Failpoints.hit(.claimBeforeIntent)
        try await environment.catalog.recordClaim(batch, files: records)
        return try await complete(batch, records, graph: graph)
    }

    /// The claim's line of the audit. One that was killed right after its intent has none yet.
    private func say(_ claimed: BatchRecord, _ records: [FileRecord]) async throws {
        let batch = claimed.batch
        let said = try await environment.catalog.auditEvents(client: client.name, batch: batch, limit: 1_000)
        guard !said.contains(where: { $0.process == "claim" }) else { return }
        try await auditor.record(
            "claim", .success, batch: batch, rows: records.reduce(0) { $0 + $1.records },
            "\(records.count) file(s): "
                + records.map { "\($0.originalName) as \($0.physicalName)" }.joined(separator: ", "),
            details: AuditDetails.claim(claimed, records))
    }

    private func fileRecord(
        _ file: IncomingFile, id: BatchID, position: Int, isShared: Bool, taken: inout Set<String>
    ) -> FileRecord {
        var parts = BatchFiles.nameParts(file.name)
        // Each table of a workbook is a file of its own from here on.
        if isShared { parts.stem += "-\(file.spec.key.name)" }
        var stem = "\(parts.stem)_\(id)"
        // Two originals may differ in their suffix only (a.csv, a.csv.gz); their Parquet may not collide.
        var number = 2
        while !taken.insert("\(file.spec.key.source)/\(stem)").inserted {
            stem = "\(parts.stem)-\(number)_\(id)"
            number += 1
        }
        return FileRecord(
            client: client.name, batch: id, key: file.spec.key, position: position, originalName: file.name,
            physicalName: stem + parts.suffix, parquetName: stem + ".parquet", bytes: file.survey.bytes,
            inode: file.identity.inode, sha256: file.survey.sha256, records: file.survey.records,
            blankLines: file.survey.blankLines)
    }

    /// Does what the intent says and is not done yet. Safe to repeat; every file is verified.
    func complete(_ batch: BatchRecord, _ records: [FileRecord], graph: ModelGraph) async throws -> Manifest {
        let (files, manifests) = (files, manifests)
        let (layout, name) = (environment.layout, client.name)
        try await say(batch, records)
        // First of all, and again after a crash: a mark that outlives its file would vouch for the next one.
        try await BlockingWork.run {
            for record in records {
                try DurableFile.remove(
                    layout.raw(name, record.key.source, .incoming) + "/" + record.originalName + ".done")
            }
        }
        if let manifest = try await BlockingWork.run({ try manifests.read(batch.batch) }) { return manifest }
        let manifest = intended(batch, records, graph: graph)
        for (index, record) in records.enumerated() {
            let file = manifest.files[index]
            let source = files.layout.raw(client.name, file.key.source, .incoming) + "/" + record.originalName
            let isLast = !records[(index + 1)...].contains { $0.isOfSameFile(as: record) }
            if try await takeOver(record, file, from: source, isLast: isLast) {
                try Failpoints.hit(.claimBetweenRenames)
            }
            try await takeSideFile(of: record, file)
        }
        let sources = Set(records.map(\.key.source)).sorted()
        try Failpoints.hit(.claimBeforeManifest)
        try await BlockingWork.run {
            for source in sources {
                try DurableFile.syncFolder(layout.raw(name, source, .success))
                try DurableFile.syncFolder(layout.raw(name, source, .incoming))
            }
            try manifests.write(manifest)
        }
        return manifest
    }

    /// - Parameter isLast: no other table of the file comes after this one; until then the original stays where it is.
    /// - Returns: true when the file was renamed now, false when it had been before.
    private func takeOver(
        _ record: FileRecord, _ file: ManifestFile, from source: String, isLast: Bool
    ) async throws -> Bool {
        let files = files
        let (present, there) = try await BlockingWork.run {
            (try FileIdentity.ifPresent(source), try files.locateRaw(file))
        }
        // Taken away on purpose is not lost.
        if there != nil || (present == nil && record.marks.rawPurgedAt != nil) { return false }
        guard let present else {
            throw PulihError(
                .storage, "\(record.originalName) of \(record.batch) is neither in incoming nor in success",
                object: record.originalName, leftBehind: "the batch was claimed and is not begun",
                hint:
                    "put the file back into \(environment.layout.shown(source)), then run 'pulih restart \(client.name)'"
            )
        }
        if present.inode != record.inode || Int(present.size) != record.bytes {
            // Another inode after a restored copy is fine as long as the content is what was claimed.
            let found = try await BlockingWork.run { try FileDigest.of(source) }
            guard found == record.sha256 else {
                throw PulihError(
                    .data,
                    "\(record.originalName) changed while it was claimed: SHA-256 \(record.sha256) then, \(found) now",
                    object: record.originalName, leftBehind: "the batch was claimed and is not begun",
                    hint:
                        "deliver it again after this batch; put the claimed content back to finish \(record.batch)"
                )
            }
        }
        try await BlockingWork.run {
            if isLast {
                try DurableFile.rename(source, to: files.raw(file, .success), sync: false)
            } else {
                try DurableFile.share(source, as: files.raw(file, .success))
            }
        }
        return true
    }

    /// The manifest that the intent leads to.
    func intended(_ batch: BatchRecord, _ records: [FileRecord], graph: ModelGraph) -> Manifest {
        let configuration = environment.configuration
        let names = { (stage: Stage) in
            graph.order.filter { configuration.model($0)?.stage == stage }.map(\.description)
                + configuration.procedures.filter { $0.stage == stage }.map(\.name.description)
        }
        return Manifest(
            client: client.name, clientID: client.id, batch: batch.batch, batchTime: batch.batchTime,
            files: records.map { record in
                let spec = configuration.file(record.key)
                return ManifestFile(
                    key: record.key, physicalName: record.physicalName, type: spec?.format.type ?? .csv,
                    target: TableName(
                        schema: Layer.bronze.schema(of: client.name), table: spec?.target ?? record.key.name),
                    parquetName: record.parquetName, sha256: record.sha256, bytes: record.bytes,
                    records: record.records,
                    sourceConfig: spec?.readingJSON ?? .null,
                    unknown: [
                        JSONMember(ManifestSeal.originalName, .string(record.originalName)),
                        JSONMember(ManifestSeal.blankLines, .number(record.blankLines)),
                    ] + record.marks.members)
            },
            transformations: names(.transform), integrations: names(.integrate), refreshes: names(.refreshMV))
    }
}
