internal import PulihModel
internal import PulihSystem

/// Manifests on disk. A manifest lies in exactly one place; all writes are durable.
struct ManifestStore: Sendable {
    let layout: WorkspaceLayout
    let client: String

    private func path(_ batch: BatchID, _ place: WorkspaceLayout.ManifestPlace) -> String {
        layout.manifests(client, place) + "/" + Manifest.fileName(client: client, batch: batch)
    }

    /// Where the batch's manifest lies; nil before it was written.
    func locate(_ batch: BatchID) throws -> (place: WorkspaceLayout.ManifestPlace, path: String)? {
        for place in WorkspaceLayout.ManifestPlace.allCases {
            let path = path(batch, place)
            if try FileIdentity.ifPresent(path) != nil { return (place, path) }
        }
        return nil
    }

    /// Where the batch's manifest lies, or would be written, below the workspace.
    func shown(_ batch: BatchID) throws -> String {
        layout.shown(try locate(batch)?.path ?? path(batch, .incoming))
    }

    /// - Throws: `damaged` when the file is not the manifest that was written.
    func read(_ batch: BatchID) throws -> Manifest? {
        guard let found = try locate(batch) else { return nil }
        let bytes = try FileReader.readAll(found.path, limit: 1 << 28)
        let shown = layout.shown(found.path)
        let json: JSONValue
        do {
            json = try JSONValue.parse(bytes)
        } catch {
            throw PulihError(
                .damaged, "\(shown) is damaged: it is no JSON document", object: shown,
                leftBehind: "nothing was changed", hint: ManifestCheck.advice, cause: "\(error)")
        }
        if let problem = try ManifestSeal.problem(json) {
            throw PulihError(
                .damaged, "\(shown) is damaged: \(problem)", object: shown,
                leftBehind: "nothing was changed", hint: ManifestCheck.advice)
        }
        let manifest = try Manifest(json: json, path: shown)
        guard manifest.batch == batch, manifest.client == client else {
            throw PulihError(
                .damaged, "\(shown) names \(manifest.client) \(manifest.batch)", object: shown,
                leftBehind: "nothing was changed", hint: ManifestCheck.advice)
        }
        return manifest
    }

    /// Writes the manifest where it lies, or to `incoming` when it is new. After a crash it is whole: old or new.
    func write(_ manifest: Manifest) throws {
        let target = try locate(manifest.batch)?.path ?? path(manifest.batch, .incoming)
        let document = try ManifestSeal.sealed(manifest.json)
        try DurableFile.write(Array((document.pretty + "\n").utf8), to: target)
    }

    /// Gives what lies in the manifest's place another name, which no reader looks for.
    /// - Returns: where it is now; nil: nothing was there.
    func putAside(_ batch: BatchID) throws -> String? {
        guard let found = try locate(batch) else { return nil }
        let aside = "\(found.path).damaged-\(try FileDigest.of(found.path).prefix(8))"
        try DurableFile.remove(aside)
        try DurableFile.rename(found.path, to: aside)
        return aside
    }

    func move(_ batch: BatchID, to place: WorkspaceLayout.ManifestPlace) throws {
        guard let found = try locate(batch), found.place != place else { return }
        try DurableFile.rename(found.path, to: path(batch, place))
    }

    /// The greatest batch number of any manifest, 0 if there is none.
    func lastNumber() throws -> Int {
        var last = 0
        let prefix = "batch_output_\(client)_"
        for place in WorkspaceLayout.ManifestPlace.allCases {
            let folder = layout.manifests(client, place)
            guard try FileIdentity.ifPresent(folder) != nil else { continue }
            for entry in try listFolder(folder)
            where entry.name.hasPrefix(prefix) && entry.name.hasSuffix(".json") {
                let id = BatchID(String(entry.name.dropFirst(prefix.count).dropLast(".json".count)))
                last = max(last, id?.number ?? 0)
            }
        }
        return last
    }
}
