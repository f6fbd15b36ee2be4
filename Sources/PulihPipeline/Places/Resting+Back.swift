internal import PulihModel
internal import PulihSystem

/// Brings back what rests, before anything works on it. What comes is compared with what went: damage in a store is
/// noticed and never spread.
extension Resting {
    /// What the plan reads of the batch's files.
    /// - Returns: whether the plan has to be made anew: something came, or turned out to be lost.
    func bringBack(_ plan: Plan, _ manifest: Manifest) async throws -> Bool {
        let running = plan.runs.filter(\.id.stage.isFileStage)
        let reading = Set(running.map(\.id.thing))
        let converting = Set(running.filter { $0.id.stage == .convert }.map(\.id.thing))
        var isOtherwise = false
        for file in manifest.files where reading.contains(file.thing) && !RestMark.all(of: file).isEmpty {
            if try await bringRaw(file, manifest.batch) { isOtherwise = true }
            if converting.contains(file.thing) { continue }
            switch try await bringParquet(file, manifest.batch) {
            case .notNeeded: break
            case .here: isOtherwise = true
            case .lost(let finding):
                try await forget(finding, file, manifest.batch)
                isOtherwise = true
            }
        }
        return isOtherwise
    }

    // MARK: raw files

    /// - Returns: whether it came.
    /// - Throws: `damaged` where it is gone, `data` where it is another one; the client is blocked then.
    func bringRaw(_ file: ManifestFile, _ batch: BatchID) async throws -> Bool {
        guard let mark = try await rawMark(file) else { return false }
        let store = try store(mark.key, file, batch)
        try await bringSideFile(file, store)
        switch try await bring(mark, from: store) {
        case .here: return true
        case .gone:
            // A purge that died after it had removed it.
            if let time = PurgeMarks.time(.raw, of: file) {
                throw PurgeMarks.refusal(file, batch, client.name, time)
            }
            throw await blocked(
                file, batch, mark, .damaged, "\(store.shown(mark.key)) is gone, which \(batch) rests in",
                "put it back (\(mark.bytes) bytes, SHA-256 \(mark.sha256))")
        case .other(let found):
            throw await blocked(
                file, batch, mark, .data,
                "\(store.shown(mark.key)) was changed: SHA-256 \(mark.sha256) then, \(found) now",
                "put the old content back")
        }
    }

    /// For a file that another takes the place of: as it is found, or not at all.
    func bringRawAsItIs(_ file: ManifestFile, _ batch: BatchID) async throws {
        guard let mark = try await rawMark(file) else { return }
        let store = try store(mark.key, file, batch)
        try await bringSideFile(file, store)
        guard let object = try await store.find(mark.key) else { return }
        _ = try await store.fetch(object, to: layout.path(ofKey: mark.key))
    }

    /// nil: nothing rests, or the file is here.
    private func rawMark(_ file: ManifestFile) async throws -> RestMark? {
        guard let mark = RestMark.of(RestingParts.raw(file, files).own, file) else { return nil }
        let files = files
        return try await BlockingWork.run { try files.locateRaw(file) } == nil ? mark : nil
    }

    /// Before the file itself: where that is here, nothing more is looked for. One that is gone is missed when the
    /// totals are compared.
    private func bringSideFile(_ file: ManifestFile, _ store: any ObjectStore) async throws {
        guard let key = RestingParts.raw(file, files).companion, let mark = RestMark.of(key, file) else {
            return
        }
        let path = layout.path(ofKey: mark.key)
        guard try await BlockingWork.run({ try FileIdentity.ifPresent(path) }) == nil,
            let object = try await store.find(key)
        else { return }
        _ = try await store.fetch(object, to: path)
    }

    private func blocked(
        _ file: ManifestFile, _ batch: BatchID, _ mark: RestMark, _ code: PulihError.Code, _ finding: String,
        _ advice: String
    ) async -> PulihError {
        let name = client.name
        let error = PulihError(
            code, finding, object: mark.key, leftBehind: "nothing was changed in the warehouse",
            hint: "\(advice) and 'pulih resolve \(name) --reason \"…\"', or bring another:"
                + " pulih replace \(name) \(batch) \(file.physicalName) NEW; then 'pulih restart \(name)'")
        do {
            try await Blocks(environment, client: name).record(
                batch: batch, object: mark.key, finding: finding, auditor)
            return error
        } catch {
            return PulihError.wrapping(error)
        }
    }

    // MARK: Parquet

    enum Parquet: Sendable {
        /// It is here, or rests nowhere.
        case notNeeded
        case here
        case lost(String)
    }

    /// Safe beside others that bring the same.
    func bringParquet(_ file: ManifestFile, _ batch: BatchID) async throws -> Parquet {
        let parts = RestingParts.data(file, files)
        guard let mark = RestMark.of(parts.own, file) else { return .notNeeded }
        let files = files
        guard try await BlockingWork.run({ try files.locateParquet(file) }) == nil else { return .notNeeded }
        let store = try store(mark.key, file, batch)
        switch try await bring(mark, from: store) {
        case .here: return .here
        case .gone: return .lost("\(store.shown(mark.key)) is gone")
        case .other(let found):
            return .lost("\(store.shown(mark.key)) was changed: SHA-256 \(mark.sha256) then, \(found) now")
        }
    }

    /// Parquet is made again from its raw file.
    private func forget(_ finding: String, _ file: ManifestFile, _ batch: BatchID) async throws {
        let parts = RestingParts.data(file, files)
        environment.report(.note(finding))
        try await auditor.record("integrity", .warning, batch: batch, finding)
        let manifests = manifests
        try await BlockingWork.run {
            guard var manifest = try manifests.read(batch),
                let index = manifest.files.firstIndex(where: { $0.physicalName == file.physicalName })
            else { return }
            RestMark.drop([parts.own], of: &manifest.files[index])
            try manifests.write(manifest)
        }
    }

    // MARK: without a manifest

    /// What rests where files of the batch belong, when the manifest that said so is lost. Raw files are those of the
    /// claim, or do not come; Parquet is compared with the journal before it is used.
    func bringBack(unmarked records: [FileRecord]) async throws {
        let layout = layout
        for record in records {
            let raw = layout.raw(client.name, record.key.source, .success) + "/" + record.physicalName
            let data = layout.data(client.name, record.key.source, .archive) + "/" + record.parquetName
            for (path, sha256) in [(raw, record.sha256), (data, nil)] as [(String, String?)] {
                let key = layout.shown(path)
                guard let store = environment.places.store(of: key),
                    try await BlockingWork.run({ try FileIdentity.ifPresent(path) }) == nil,
                    let object = try await store.find(key)
                else { continue }
                if let sha256 {
                    let mark = RestMark(key: key, bytes: object.bytes, tag: object.tag, sha256: sha256)
                    _ = try await bring(mark, from: store)
                } else {
                    _ = try await store.fetch(object, to: path)
                }
            }
        }
    }

    // MARK: one object

    private enum Brought {
        case here, gone
        case other(String)
    }

    /// Under its own name there is never anything that was not compared.
    private func bring(_ mark: RestMark, from store: any ObjectStore) async throws -> Brought {
        let path = layout.path(ofKey: mark.key)
        if try await BlockingWork.run({ try FileIdentity.ifPresent(path) }) != nil { return .here }
        guard let object = try await store.find(mark.key) else { return .gone }
        environment.report(.note("fetching \(mark.key) from \(store.name)"))
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        let temporary = "\(folder)/\(DurableFile.temporaryName())"
        let found = try await store.fetch(object, to: temporary)
        return try await BlockingWork.run {
            guard found == mark.sha256 else {
                try DurableFile.remove(temporary)
                return .other(found)
            }
            do {
                try DurableFile.rename(temporary, to: path)
            } catch {
                // A step beside this one needs the same file.
                guard (error as? SystemFailure)?.isExisting == true else { throw error }
                try DurableFile.remove(temporary)
            }
            return .here
        }
    }

    private func store(_ key: String, _ file: ManifestFile, _ batch: BatchID) throws -> any ObjectStore {
        if let store = environment.places.store(of: key) { return store }
        let place = key.prefix { $0 != "/" }
        throw PulihError(
            .configuration,
            "\(key) of \(batch) rests in a storage place, and pulih.yml names none for \(place)",
            object: file.physicalName, leftBehind: "nothing was done",
            hint: "bring 'places: {\(place): …}' back, or put the object's content at \(key)")
    }
}
