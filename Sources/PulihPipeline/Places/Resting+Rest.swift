internal import PulihModel
internal import PulihSystem

extension Resting {
    /// Puts what lies here of batches that are done, and what belongs to no batch, into the stores. A file is removed
    /// here when the store has its very bytes and its manifest says so.
    ///
    /// Never throws: the batches are as good as they ended, and the next run tries again.
    /// - Returns: what a person must know.
    func rest(_ heartbeat: Heartbeat) async -> [String] {
        guard !Task.isCancelled, environment.stop.order == nil else { return [] }
        var findings: [String] = []
        do {
            for id in try await batchesHere() {
                try Task.checkCancellation()
                findings += try await rest(id, heartbeat)
            }
            if let store = environment.places.raw { try await restStrays(in: store, heartbeat) }
        } catch {
            if Task.isCancelled { return findings }
            findings.append(
                "files of \(client.name) stay in the workspace until the next run:"
                    + " \(PulihError.wrapping(error).summary)")
        }
        for finding in findings {
            do {
                try await auditor.record("rest", .warning, batch: nil, finding)
            } catch {
                environment.report(.note("while auditing: \(PulihError.wrapping(error).summary)"))
            }
        }
        return findings
    }

    /// Batches that have a file where files of batches lie that are done, by the names of the files.
    private func batchesHere() async throws -> [BatchID] {
        let (layout, client, places) = (layout, client, environment.places)
        return try await BlockingWork.run {
            var found: Set<BatchID> = []
            for source in client.sources {
                var folders: [String] = []
                if places.raw != nil { folders.append(layout.raw(client.name, source, .success)) }
                if places.data != nil { folders.append(layout.data(client.name, source, .archive)) }
                for folder in folders where try FileIdentity.ifPresent(folder) != nil {
                    found.formUnion(try listFolder(folder).compactMap { BatchID(inName: $0.name) })
                }
            }
            return found.sorted()
        }
    }

    // MARK: a batch

    /// A file that goes to rest.
    private struct Going: Sendable {
        let index: Int
        let key: String
        let sha256: String
    }

    /// What of a batch is to be done.
    private struct Departure: Sendable {
        var going: [Going] = []
        var findings: [String] = []
    }

    private func rest(_ id: BatchID, _ heartbeat: Heartbeat) async throws -> [String] {
        guard let batch = try await environment.catalog.batch(client: client.name, id), batch.status.isGood
        else { return [] }
        let manifests = manifests
        guard var manifest = try await BlockingWork.run({ try manifests.read(id) }) else { return [] }
        let read = manifest
        let departure = try await BlockingWork.run { try self.departure(of: read) }
        guard !departure.going.isEmpty else { return departure.findings }
        let marks = try await Bounded.map(
            departure.going, limit: environment.configuration.settings.parallelSteps
        ) { try await put($0, read.files[$0.index]) }
        for (going, mark) in zip(departure.going, marks) {
            RestMark.set(mark, of: &manifest.files[going.index])
        }
        // Files have no fence: who has lost the lease must not move them.
        try await heartbeat.confirm()
        let (marked, layout) = (manifest, layout)
        if marked != read { try await BlockingWork.run { try manifests.write(marked) } }
        try Failpoints.hit(.placeAfterMark)
        try await BlockingWork.run {
            for going in departure.going { try DurableFile.remove(layout.path(ofKey: going.key)) }
        }
        let names = departure.going.map(\.key).joined(separator: ", ")
        try await auditor.record(
            "rest", .success, batch: id,
            "\(departure.going.count) file(s) rest in \(told(departure)): \(names)")
        return departure.findings
    }

    /// Blocks: files are read.
    private func departure(of manifest: Manifest) throws -> Departure {
        var departure = Departure()
        for (index, file) in manifest.files.enumerated() {
            if environment.places.raw != nil {
                try add(RestingParts.raw(file, files), index, file, expected: file.sha256, &departure)
            }
            if environment.places.data != nil {
                try add(RestingParts.data(file, files), index, file, expected: nil, &departure)
            }
        }
        return departure
    }

    /// The file before what belongs to it, in which order they are removed: where the file is here, nothing more is
    /// looked for in the store.
    private func add(
        _ parts: RestingParts, _ index: Int, _ file: ManifestFile, expected: String?,
        _ departure: inout Departure
    ) throws {
        if try FileIdentity.ifPresent(layout.path(ofKey: parts.own)) != nil {
            let found = try FileDigest.of(layout.path(ofKey: parts.own))
            guard expected == nil || expected == found else {
                departure.findings.append(
                    "\(parts.own) stays in the workspace: it is not what was claimed, SHA-256 \(file.sha256) then,"
                        + " \(found) now")
                return
            }
            departure.going.append(Going(index: index, key: parts.own, sha256: found))
        } else if RestMark.of(parts.own, file) == nil {
            return
        }
        guard let companion = parts.companion,
            try FileIdentity.ifPresent(layout.path(ofKey: companion)) != nil
        else { return }
        let found = try FileDigest.of(layout.path(ofKey: companion))
        departure.going.append(Going(index: index, key: companion, sha256: found))
    }

    private func put(_ going: Going, _ file: ManifestFile) async throws -> RestMark {
        guard let store = environment.places.store(of: going.key) else {
            throw PulihError(.bug, "\(going.key) has no place to rest")
        }
        // Brought back for a while, and still there.
        if let mark = RestMark.of(going.key, file), mark.sha256 == going.sha256,
            let object = try await store.find(going.key), object.tag == mark.tag, object.bytes == mark.bytes
        {
            return mark
        }
        let object = try await store.put(layout.path(ofKey: going.key), as: going.key)
        try Failpoints.hit(.placeAfterPut)
        return RestMark(key: going.key, bytes: object.bytes, tag: object.tag, sha256: going.sha256)
    }

    private func told(_ departure: Departure) -> String {
        let names = departure.going.compactMap { environment.places.store(of: $0.key)?.name }
        return Set(names).sorted().joined(separator: " and ")
    }

    // MARK: files of no batch

    /// Refused files, duplicates, and those that were replaced.
    private func restStrays(in store: any ObjectStore, _ heartbeat: Heartbeat) async throws {
        for source in client.sources {
            for place in [WorkspaceLayout.RawPlace.failed, .archive] {
                let folder = layout.raw(client.name, source, place)
                let names = try await BlockingWork.run {
                    try FileIdentity.ifPresent(folder) == nil
                        ? []
                        : try listFolder(folder).filter { $0.kind == .file && !$0.name.hasPrefix(".") }
                            .map(\.name).sorted()
                }
                for name in names where try await !isOfABatch(name) {
                    try Task.checkCancellation()
                    try await restStray("\(folder)/\(name)", name, in: store, heartbeat)
                }
            }
        }
    }

    /// Those of a batch that failed lie there until it ends well.
    private func isOfABatch(_ name: String) async throws -> Bool {
        guard let id = BatchID(inName: name) else { return false }
        let records = try await environment.catalog.files(client: client.name, batch: id)
        if records.isEmpty { return false }
        if records.contains(where: { $0.physicalName == name }) { return true }
        let manifests = manifests
        let manifest = try await BlockingWork.run { try manifests.read(id) }
        return manifest?.files.contains { $0.sideName == name } ?? false
    }

    private func restStray(
        _ path: String, _ name: String, in store: any ObjectStore, _ heartbeat: Heartbeat
    ) async throws {
        let hash = try await BlockingWork.run { try FileDigest.of(path) }
        let folder = layout.shown(String(path.dropLast(name.utf8.count)))
        let (key, isThere) = try await place(for: name, hash, beside: path, folder, store)
        if !isThere {
            _ = try await store.put(path, as: key)
            try Failpoints.hit(.placeAfterPut)
        }
        try await heartbeat.confirm()
        try await BlockingWork.run { _ = try DurableFile.remove(path) }
        try await auditor.record(
            "rest", .success, batch: nil, "\(layout.shown(path)) rests as \(store.shown(key))")
    }

    /// A key that replaces nothing: `x.csv`, then `x.2.csv`, …
    /// - Returns: also whether a run that died has put the file there already.
    private func place(
        for name: String, _ hash: String, beside path: String, _ folder: String, _ store: any ObjectStore
    ) async throws -> (key: String, isThere: Bool) {
        let parts = BatchFiles.nameParts(name)
        var number = 1
        while true {
            let key = folder + (number == 1 ? name : "\(parts.stem).\(number)\(parts.suffix)")
            guard let object = try await store.find(key) else { return (key, false) }
            let bytes = try await BlockingWork.run { Int(try FileIdentity.of(path).size) }
            if object.bytes == bytes, try await holds(object, hash, beside: path, store) {
                return (key, true)
            }
            number += 1
        }
    }

    private func holds(
        _ object: StoredObject, _ hash: String, beside path: String, _ store: any ObjectStore
    ) async throws -> Bool {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        let temporary = "\(folder)/\(DurableFile.temporaryName())"
        let found = try await store.fetch(object, to: temporary)
        try await BlockingWork.run { _ = try DurableFile.remove(temporary) }
        return found == hash
    }
}
