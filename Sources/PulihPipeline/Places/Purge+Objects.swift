internal import PulihModel
internal import PulihSystem

extension PurgePlanner {
    /// What of a file rests, as its manifest says. What a purge that died has removed already is named again.
    func objects(of file: ManifestFile, _ batch: BatchID, _ kinds: Set<PurgeItem.Kind>) -> [PurgeItem] {
        RestMark.all(of: file).compactMap { mark in
            let kind = mark.key.hasPrefix("data/") ? PurgeItem.Kind.parquet : .raw
            guard kinds.contains(kind), let store = environment.places.store(of: mark.key) else { return nil }
            return PurgeItem(
                kind: kind, path: store.shown(mark.key), bytes: mark.bytes, batch: batch,
                file: file.physicalName, key: mark.key)
        }
    }

    /// Refused files, duplicates and replaced ones that rest; a batch's own rest elsewhere.
    func strayObjects(where isOver: (Int64) -> Bool) async throws -> [PurgeItem] {
        guard let store = environment.places.raw else { return [] }
        var items: [PurgeItem] = []
        for source in client.sources {
            for place in [WorkspaceLayout.RawPlace.failed, .archive] {
                let folder = environment.layout.raw(client.name, source, place)
                for object in try await store.list(environment.layout.shown(folder) + "/")
                where isOver(object.modified) && !object.key.hasSuffix("/") {
                    items.append(
                        PurgeItem(
                            kind: .raw, path: store.shown(object.key), bytes: object.bytes, batch: nil,
                            file: nil, key: object.key))
                }
            }
        }
        return items
    }
}

extension Purge {
    /// Of a batch also the marks go, which are needed to find what is still there.
    func removeObjects(_ items: [PurgeItem], _ batch: BatchID?, _ held: HeldLease) async throws {
        let keys = Set(items.compactMap(\.key))
        guard !keys.isEmpty else { return }
        for key in keys.sorted() {
            guard let store = environment.places.store(of: key), let object = try await store.find(key),
                try await !store.remove(object)
            else { continue }
            throw PulihError(
                .storage, "\(store.shown(key)) was changed while it was to be removed", object: key,
                leftBehind: "it is there, and the purge is not through", hint: "run 'pulih purge' again")
        }
        guard let batch else { return }
        let manifests = held.manifests
        try await BlockingWork.run {
            guard var manifest = try manifests.read(batch) else { return }
            for index in manifest.files.indices { RestMark.drop(keys, of: &manifest.files[index]) }
            try manifests.write(manifest)
        }
    }
}
