public import PulihModel
internal import PulihSystem

/// Looks whether what rests is there. Touches nothing.
public struct PlacesInspection: Sendable {
    private let layout: WorkspaceLayout
    private let catalog: any Catalog
    private let places: Places
    private let client: Client

    public init(layout: WorkspaceLayout, catalog: any Catalog, places: Places, client: Client) {
        self.layout = layout
        self.catalog = catalog
        self.places = places
        self.client = client
    }

    public struct Report: Sendable {
        /// Objects of which manifests speak.
        public var count = 0
        /// What is wrong with them.
        public var problems: [PulihError] = []
    }

    /// Compares what manifests say with what the stores list: key, bytes and tag. No content is read.
    public func report() async throws -> Report {
        var report = Report()
        let there = try await objects()
        for batch in try await catalog.batches(client: client.name, limit: 100_000).reversed() {
            let store = ManifestStore(layout: layout, client: client.name)
            let manifest = try await BlockingWork.run { () throws -> Manifest? in
                do { return try store.read(batch.batch) } catch {
                    // Those are told of by another look.
                    guard PulihError.wrapping(error).code == .damaged else { throw error }
                    return nil
                }
            }
            for file in manifest?.files ?? [] {
                for mark in RestMark.all(of: file) {
                    report.count += 1
                    if let problem = problem(mark, file, batch.batch, there) {
                        report.problems.append(problem)
                    }
                }
            }
        }
        return report
    }

    private func objects() async throws -> [String: StoredObject] {
        var found: [String: StoredObject] = [:]
        for source in client.sources {
            let raw = layout.shown(layout.raw(client.name, source, .success)) + "/"
            let data = layout.shown(layout.data(client.name, source, .archive)) + "/"
            for folder in [raw, data] {
                for object in try await places.store(of: folder)?.list(folder) ?? [] {
                    found[object.key] = object
                }
            }
        }
        return found
    }

    private func problem(
        _ mark: RestMark, _ file: ManifestFile, _ batch: BatchID, _ there: [String: StoredObject]
    ) -> PulihError? {
        let isRaw = !mark.key.hasPrefix("data/")
        if PurgeMarks.time(isRaw ? .raw : .parquet, of: file) != nil { return nil }
        guard let store = places.store(of: mark.key) else {
            return PulihError(
                .configuration, "\(mark.key) of \(batch) rests in a storage place, and pulih.yml names none",
                object: mark.key, hint: "bring 'places:' back")
        }
        let shown = store.shown(mark.key)
        let advice =
            isRaw
            ? "put the content with SHA-256 \(mark.sha256) back; without it the batch cannot be converted again"
            : "nothing need be done: it is made again from its raw file when it is needed"
        guard let object = there[mark.key] else {
            return PulihError(.damaged, "\(shown) of \(batch) is gone", object: mark.key, hint: advice)
        }
        guard object.bytes == mark.bytes, object.tag == mark.tag else {
            return PulihError(
                .damaged,
                "\(shown) of \(batch) is another one than was put there: \(object.bytes) bytes,"
                    + " \(mark.bytes) were written", object: mark.key, hint: advice)
        }
        return nil
    }
}
