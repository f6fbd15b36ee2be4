internal import PulihModel
internal import PulihSystem

/// Whether the raw files of a batch are still those that were claimed.
struct RawCheck: Sendable {
    let held: HeldClient
    /// By what is known before the raw files were looked at.
    let plan: Plan
    private var environment: RunEnvironment { held.environment }
    private var client: String { held.client.name }

    /// A raw file that was edited in place is a new delivery under an old name: nobody may load it unnoticed. What is
    /// counted in an unchanged file follows the configuration: another dialect may find other records. A replacement
    /// that was killed is brought to its end.
    /// - Returns: whether the manifest became another.
    func verify(
        _ manifest: inout Manifest, _ records: inout [FileRecord], isDry: Bool
    ) async throws -> Bool {
        let (files, before) = (held.files, manifest)
        let reading = Set(plan.runs.filter(\.id.stage.isFileStage).map(\.id.thing))
        let sealed = try await sealedAt(manifest)
        var recounted: [FileRecord] = []
        for index in manifest.files.indices {
            let file = manifest.files[index]
            guard let raw = try await BlockingWork.run({ try files.locateRaw(file) }) else { continue }
            if !reading.contains(file.thing), try await isUntouched(raw, file, manifest, sealed) { continue }
            guard let spec = environment.configuration.file(file.key) else {
                // Nobody knows any more how to count in it; what it is made of says whether it is the same.
                let hash = try await BlockingWork.run { try FileDigest.of(raw) }
                try await refuseIfEdited(file, of: manifest.batch, raw, hash)
                continue
            }
            let found = try await environment.engine.survey(path: raw, format: spec.format)
            if try await refuseIfEdited(file, of: manifest.batch, raw, found.sha256) {
                try await takeSideFile(of: &manifest.files[index])
            }
            manifest.files[index].take(found)
            for position in records.indices where records[position].physicalName == file.physicalName {
                guard
                    records[position].sha256 != found.sha256 || records[position].records != found.records
                        || file != manifest.files[index]
                else { continue }
                records[position].take(found)
                records[position].marks = manifest.files[index].marks
                recounted.append(records[position])
            }
        }
        guard !recounted.isEmpty, !isDry else { return manifest != before }
        let (manifests, changed) = (held.manifests, manifest)
        try await BlockingWork.run { try manifests.write(changed) }
        try await environment.catalog.updateFiles(recounted)
        try await held.auditor.record(
            "recount", .success, batch: manifest.batch,
            recounted.map { "\($0.physicalName) has \($0.records) records as it is configured now" }
                .joined(separator: "; "))
        return manifest != before
    }

    /// The manifest as it was written; nil: not yet.
    private func sealedAt(_ manifest: Manifest) async throws -> FileIdentity? {
        let manifests = held.manifests
        return try await BlockingWork.run {
            try manifests.locate(manifest.batch).map { try FileIdentity.of($0.path) }
        }
    }

    /// A file that this run does not read is not read to see that nobody changed it either, when the system says so:
    /// its content is older than the batch, and nothing of it was touched since the manifest was written.
    private func isUntouched(
        _ raw: String, _ file: ManifestFile, _ manifest: Manifest, _ sealed: FileIdentity?
    ) async throws -> Bool {
        guard let sealed else { return false }
        let (identity, isForeign) = try await BlockingWork.run {
            (try FileIdentity.of(raw), try NetworkFolder.kind(raw) != nil)
        }
        // Of times by two clocks nothing follows.
        if isForeign, identity.device != sealed.device { return false }
        return identity.size == file.bytes && identity.modifiedNanoseconds <= manifest.batchTime * 1000
            && identity.changedNanoseconds <= sealed.modifiedNanoseconds
    }

    /// - Returns: whether it is another file, which a replacement announced.
    @discardableResult private func refuseIfEdited(
        _ file: ManifestFile, of batch: BatchID, _ raw: String, _ found: String
    ) async throws -> Bool {
        if found == file.sha256 { return false }
        let announced = try await AnnouncedReplacement.newest(
            of: file.physicalName, environment.catalog, client: client, batch: batch)
        guard announced == found else { throw await editedInPlace(file, of: batch, raw, found) }
        return true
    }

    /// The totals of a replacement lie in their place before the file itself does.
    private func takeSideFile(of file: inout ManifestFile) async throws {
        var marks = FileMarks()
        marks.controlFile = environment.configuration.file(file.key)?.sideName(of: file.physicalName)
        if let name = marks.controlFile {
            let places = held.files.sidePlaces(name, of: file.key.source)
            marks.controlSHA256 = try await BlockingWork.run {
                try places.first { try FileIdentity.ifPresent($0) != nil }.map(FileDigest.of)
            }
        }
        file.marks = marks
    }

    private func editedInPlace(
        _ file: ManifestFile, of batch: BatchID, _ raw: String, _ found: String
    ) async -> PulihError {
        let shown = environment.layout.shown(raw)
        let error = PulihError(
            .data, "\(shown) was changed after it was claimed: SHA-256 \(file.sha256) then, \(found) now",
            object: file.physicalName, leftBehind: "nothing was changed in the warehouse",
            hint: "to take the new content: pulih replace \(client) \(batch) \(file.physicalName) \(shown);"
                + " else put the old content back and 'pulih resolve \(client) --reason \"…\"';"
                + " then 'pulih restart \(client)'")
        guard !held.isDry else { return error }
        do {
            try await held.auditor.record("verify", .failed, batch: batch, error.summary)
            try await Blocks(environment, client: client).record(
                batch: batch, object: shown, finding: error.summary, held.auditor)
            return error
        } catch {
            return PulihError.wrapping(error)
        }
    }
}

extension ManifestFile {
    /// What was counted in the file, when that changed.
    mutating func take(_ survey: FileSurvey) {
        guard sha256 != survey.sha256 || records != survey.records else { return }
        if sha256 != survey.sha256 { RestMark.dropAll(of: &self) }
        sha256 = survey.sha256
        bytes = survey.bytes
        records = survey.records
        unknown = unknown.map { member in
            member.name == ManifestSeal.blankLines
                ? JSONMember(member.name, .number(survey.blankLines)) : member
        }
    }
}

extension FileRecord {
    /// What was counted in the file, when it became another.
    mutating func take(_ survey: FileSurvey) {
        if sha256 != survey.sha256 { forgetOutcome() }
        sha256 = survey.sha256
        bytes = survey.bytes
        records = survey.records
        blankLines = survey.blankLines
    }
}
