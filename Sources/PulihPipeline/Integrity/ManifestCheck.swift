internal import PulihModel
internal import PulihSystem

/// A batch's manifest, if it is what was written: by its seal, and by what the catalog knows of the claim.
struct ManifestCheck: Sendable {
    let layout: WorkspaceLayout
    let catalog: any Catalog
    let client: String

    init(layout: WorkspaceLayout, catalog: any Catalog, client: String) {
        self.layout = layout
        self.catalog = catalog
        self.client = client
    }

    init(_ environment: RunEnvironment, client: String) {
        self.init(layout: environment.layout, catalog: environment.catalog, client: client)
    }

    /// - Returns: nil when the claim never got so far as to write it.
    /// - Throws: `damaged` when it was cut, edited, exchanged for another, or is gone.
    func manifest(of batch: BatchRecord, _ files: [FileRecord]) async throws -> Manifest? {
        let store = ManifestStore(layout: layout, client: client)
        guard let manifest = try await BlockingWork.run({ try store.read(batch.batch) }) else {
            guard try await wasWritten(batch) else { return nil }
            throw PulihError(
                .damaged, "the manifest of \(batch.batch) is gone", object: try store.shown(batch.batch),
                leftBehind: "nothing was changed", hint: ManifestCheck.advice)
        }
        guard let difference = try await difference(manifest, batch, files) else { return manifest }
        throw PulihError(
            .damaged, "\(try store.shown(batch.batch)) is not the manifest that was written: \(difference)",
            object: try store.shown(batch.batch), leftBehind: "nothing was changed",
            hint: ManifestCheck.advice)
    }

    static let advice = "put a copy in its place, or let it be made again from the catalog"

    /// Nothing runs before the manifest is there.
    private func wasWritten(_ batch: BatchRecord) async throws -> Bool {
        if batch.status.isGood { return true }
        return try await !catalog.steps(client: client, batch: batch.batch).isEmpty
    }

    private func difference(
        _ manifest: Manifest, _ batch: BatchRecord, _ files: [FileRecord]
    ) async throws -> String? {
        if manifest.batchTime != batch.batchTime { return "its batch_time is not that of the claim" }
        guard manifest.files.map(\.physicalName) == files.map(\.physicalName) else {
            return "it names other files than the claim"
        }
        for (named, claimed) in zip(manifest.files, files) {
            if named.key != claimed.key || named.parquetName != claimed.parquetName {
                return "\(named.physicalName) is not what was claimed under this name"
            }
            guard named.sha256 != claimed.sha256 else { continue }
            // A replacement that was killed: the manifest is ahead of the catalog.
            let announced = try await AnnouncedReplacement.newest(
                of: named.physicalName, catalog, client: client, batch: batch.batch)
            guard announced == named.sha256 else {
                return "the SHA-256 of \(named.physicalName) is not that of the claim"
            }
        }
        return nil
    }
}
