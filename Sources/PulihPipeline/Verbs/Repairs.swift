public import PulihModel
internal import PulihSystem

/// The verbs that mend a batch: another file in place of a broken one, corrected records.
public struct Repairs: Sendable {
    let environment: RunEnvironment

    public init(_ environment: RunEnvironment) {
        self.environment = environment
    }

    // MARK: replace

    /// What `replace` did.
    public struct Replacement: Sendable {
        public let batch: BatchID
        public let file: String
        public let oldSHA256: String
        public let newSHA256: String
        public let records: Int
        /// Where the old file is now; nil when the new content was already in its place.
        public let oldPath: String?
    }

    /// Puts another file in the place of a batch's raw file; the old one stays in `failed`.
    ///
    /// Audited with both hashes before anything moves. Killed anywhere, the same command finishes it: a file that lies
    /// where it should is not moved again. Where a sender says what such files hold, the new file has to come with it.
    public func replace(_ client: String, _ id: BatchID, file name: String, with path: String) async throws
        -> Replacement
    {
        let isMended: @Sendable (ClientBlock) -> Bool = { $0.batch == id && $0.object.hasPrefix("raw/") }
        return try await HeldClient.hold(
            client, in: environment, doing: "replace \(client) \(id)", passing: isMended
        ) { held in
            let runner = BatchRunner(held: held)
            let records = try await environment.catalog.files(client: client, batch: id)
            let (manifests, check) = (held.manifests, ManifestCheck(environment, client: client))
            guard let batch = try await environment.catalog.batch(client: client, id),
                var manifest = try await check.manifest(of: batch, records)
            else {
                throw PulihError(
                    .usage, "\(client) has no claimed batch \(id)", object: id.description,
                    leftBehind: "nothing was done",
                    hint: "'pulih batches --client \(client)' lists what there is")
            }
            let physical = try runner.physicalName(name, manifest, records)
            guard let index = manifest.files.firstIndex(where: { $0.physicalName == physical }) else {
                throw PulihError(.bug, "\(physical) is not in its own manifest")
            }
            let old = manifest.files[index]
            guard let spec = environment.configuration.file(old.key) else {
                throw PulihError(
                    .configuration, "\(old.key) is not configured any more, so \(path) cannot be read",
                    object: physical, leftBehind: "nothing was replaced",
                    hint: "put it back into pulih.yml, run 'pulih apply', then replace again")
            }
            let survey = try await environment.engine.survey(path: path, format: spec.format)
            let side = try await ReplacementTotals(held: held, batch: id, file: old, spec: spec).verified(
                path, survey)
            try await held.auditor.record(
                "replace", .running, batch: id, rows: survey.records,
                AnnouncedReplacement.text(
                    physical, old: old.sha256, new: survey.sha256, from: environment.layout.shown(path))
                    + (side.map { ", with \(environment.layout.shown($0.path))" } ?? ""))
            try await reopen(held, id, "\(physical) was replaced and is not loaded yet")
            try Failpoints.hit(.replaceAfterIntent)
            try await held.resting.bringRawAsItIs(old, id)
            let oldPath = try await swap(held, old, with: path, survey, spec, side)

            let marks = FileMarks(controlFile: side?.name, controlSHA256: side?.sha256)
            manifest.files[index].take(survey)
            manifest.files[index].marks = marks
            let changed = manifest
            try await BlockingWork.run { try manifests.write(changed) }
            try await updateCatalog(held, records, physical: physical, survey: survey, marks)
            try await held.auditor.record(
                "replace", .success, batch: id, rows: survey.records,
                "\(physical) is replaced"
                    + (oldPath.map { "; the old file is \(environment.layout.shown($0))" } ?? ""),
                details: AuditDetails.replaced(physical, survey, marks))
            let blocks = Blocks(environment, client: client)
            for block in try await blocks.open()
            where block.batch == id && block.object.hasPrefix("raw/")
                && block.object.hasSuffix("/\(physical)")
            {
                _ = try await blocks.lift(block, reason: "the file was replaced", held.auditor)
            }
            return Replacement(
                batch: id, file: physical, oldSHA256: old.sha256, newSHA256: survey.sha256,
                records: survey.records,
                oldPath: oldPath)
        }
    }

    /// Makes the batch wait, so that `start` and `restart` carry it whatever happens now.
    private func reopen(_ held: HeldClient, _ id: BatchID, _ why: String) async throws {
        guard var batch = try await environment.catalog.batch(client: held.client.name, id) else { return }
        batch.status = .pending
        batch.message = why
        try await held.environment.catalog.updateBatch(batch)
    }

    /// - Returns: where the old file is now.
    private func swap(
        _ held: HeldClient, _ file: ManifestFile, with path: String, _ new: FileSurvey, _ spec: FileSpec,
        _ side: NewSideFile?
    ) async throws -> String? {
        let files = held.files
        let before = try await BlockingWork.run { try files.locateRaw(file) }
        let isThere =
            if let before {
                try await BlockingWork.run { try FileDigest.of(before) } == new.sha256
            } else { false }
        let target = files.raw(file, .success)
        let failed = files.layout.raw(held.client.name, file.key.source, .failed)
        let parts = BatchFiles.nameParts(file.physicalName)
        let oldName = "\(parts.stem).replaced-\(file.sha256.prefix(8))\(parts.suffix)"
        let corrections = files.layout.corrections(held.client.name, file)
        return try await BlockingWork.run {
            // Corrections belong to records of the old file.
            try DurableFile.remove(corrections)
            // Edited in place, or put there by the same command before it was killed.
            if isThere {
                try files.replaceSideFile(of: file, spec, with: side, besideOld: oldName)
                return try FileIdentity.ifPresent(failed + "/" + oldName) != nil
                    ? failed + "/" + oldName : nil
            }
            if let present = before {
                let oldPath = try BatchFiles.move(present, intoFolder: failed, name: oldName)
                // While the file itself is away: no run may compare one with the other's totals.
                try files.replaceSideFile(of: file, spec, with: side, besideOld: oldName, isFirst: true)
                try DurableFile.copy(path, to: target)
                return oldPath
            }
            try files.replaceSideFile(of: file, spec, with: side, besideOld: oldName)
            try DurableFile.copy(path, to: target)
            return try FileIdentity.ifPresent(failed + "/" + oldName) != nil ? failed + "/" + oldName : nil
        }
    }

    private func updateCatalog(
        _ held: HeldClient, _ records: [FileRecord], physical: String, survey: FileSurvey, _ marks: FileMarks
    ) async throws {
        guard var record = records.first(where: { $0.physicalName == physical }) else { return }
        record.take(survey)
        record.marks = marks
        try await held.environment.catalog.updateFiles([record])
    }

    // MARK: release

    /// Takes corrected records into their batch and runs it again; what still cannot be taken stays in quarantine.
    ///
    /// The corrections are durable before the run begins, so a crash leaves them for `restart`.
    /// - Throws: `data` when a record is not in quarantine or its text is unchanged.
    public func release(_ client: String, _ id: BatchID, csv path: String) async throws -> RunResult {
        let environment = environment
        let corrections = try await environment.engine.corrections(path: path)
        return try await HeldClient.hold(client, in: environment, doing: "quarantine release \(client) \(id)")
        { held in
            let check = ManifestCheck(environment, client: client)
            let files = try await environment.catalog.files(client: client, batch: id)
            guard let batch = try await environment.catalog.batch(client: client, id),
                let manifest = try await check.manifest(of: batch, files)
            else {
                throw PulihError(
                    .usage, "\(client) has no claimed batch \(id)", object: id.description,
                    leftBehind: "nothing was done",
                    hint: "'pulih batches --client \(client)' lists what there is")
            }
            let changed = try await changedOnly(held, manifest, corrections)
            let total = changed.values.reduce(0) { $0 + $1.count }
            let told =
                "\(total) corrected record(s) of \(changed.keys.map(\.physicalName).sorted().joined(separator: ", "))"
            // Said first as well: a run that dies after it wrote them says nothing any more.
            try await held.auditor.record("release", .pending, batch: id, rows: total, told)
            try await reopen(held, id, "corrected records wait to be loaded")
            for (file, texts) in changed.sorted(by: { $0.key.physicalName < $1.key.physicalName }) {
                try await write(held, file.manifestFile, texts)
            }
            try Failpoints.hit(.releaseAfterOverlay)
            try await held.auditor.record("release", .success, batch: id, rows: total, told)
            return await held.rested(
                try await Runs(environment).carry(held, id, mode: .restart, RunOptions(), recovery: nil))
        }
    }

    private struct FileRef: Hashable {
        let physicalName: String
        let manifestFile: ManifestFile
        static func == (left: FileRef, right: FileRef) -> Bool { left.physicalName == right.physicalName }
        func hash(into hasher: inout Hasher) { hasher.combine(physicalName) }
    }

    /// Groups by file and leaves out rows whose text is what is in quarantine already.
    private func changedOnly(
        _ held: HeldClient, _ manifest: Manifest, _ corrections: [Correction]
    ) async throws -> [FileRef: [Int: String]] {
        var wanted: [FileRef: [Int: String]] = [:]
        for correction in corrections {
            guard let file = manifest.files.first(where: { $0.physicalName == correction.file }) else {
                throw refusal("\(manifest.batch) has no file '\(correction.file)'", correction)
            }
            let reference = FileRef(physicalName: file.physicalName, manifestFile: file)
            if let other = wanted[reference]?[correction.record], other != correction.text {
                // A record stands once per reason; the row that was corrected is the one that counts.
                let stands = try await quarantinedTexts(held, file)[correction.record]
                if other == stands {
                    wanted[reference]?[correction.record] = correction.text
                } else if correction.text != stands {
                    throw refusal(
                        "record \(correction.record) of \(correction.file) is corrected in two ways",
                        correction)
                }
                continue
            }
            wanted[reference, default: [:]][correction.record] = correction.text
        }
        var changed: [FileRef: [Int: String]] = [:]
        for (reference, texts) in wanted {
            let standing = try await quarantinedTexts(held, reference.manifestFile)
            let released = try await releasedTexts(held, reference.manifestFile)
            for (record, text) in texts where released[record] != text {
                guard let stands = standing[record] else {
                    throw try await notInQuarantine(
                        held, reference.manifestFile, manifest.batch,
                        Correction(file: reference.physicalName, record: record, text: text))
                }
                if stands != text { changed[reference, default: [:]][record] = text }
            }
        }
        guard !changed.isEmpty else {
            throw PulihError(
                .data, "no record was corrected: every raw_text is what is in quarantine already",
                object: manifest.batch.description, leftBehind: "nothing was changed",
                hint: "edit the column raw_text of the exported file and release it again")
        }
        return changed
    }

    /// A record whose text was not kept cannot be compared with its correction.
    private func notInQuarantine(
        _ held: HeldClient, _ file: ManifestFile, _ batch: BatchID, _ correction: Correction
    ) async throws -> PulihError {
        let counts = try await environment.engine.quarantineCounts(
            paths: [.convert, .validateRow].map { held.files.layout.rejected(held.client.name, file, $0) })
        guard counts.isPartial else {
            return refusal(
                "record \(correction.record) of \(correction.file) is not in quarantine", correction)
        }
        return PulihError(
            .data,
            "record \(correction.record) of \(correction.file) is not among the \(counts.kept) of"
                + " \(counts.records) quarantined records that are kept with their text",
            object: correction.file, leftBehind: "nothing was changed",
            hint: "raise 'limits: {keep: …}' of \(file.key) in pulih.yml, run 'pulih apply', then"
                + " 'pulih restart \(held.client.name) \(batch) --from convert', which quarantines from the raw file"
                + " anew, and export again; or correct the file and 'pulih replace' it")
    }

    private func refusal(_ summary: String, _ correction: Correction) -> PulihError {
        PulihError(
            .data, summary, object: correction.file, leftBehind: "nothing was changed",
            hint:
                "'pulih quarantine export' writes the records of a batch; correct raw_text, keep file and record"
        )
    }

    private func quarantinedTexts(_ held: HeldClient, _ file: ManifestFile) async throws -> [Int: String] {
        let texts = Gathered<[Int: String]>([:])
        try await environment.engine.quarantined(
            paths: [.convert, .validateRow].map { held.files.layout.rejected(held.client.name, file, $0) },
            limit: nil
        ) { record in texts.update { $0[record.record] = record.rawText } }
        return texts.value
    }

    /// Corrections of earlier releases.
    private func releasedTexts(_ held: HeldClient, _ file: ManifestFile) async throws -> [Int: String] {
        let path = held.files.layout.corrections(held.client.name, file)
        return try await BlockingWork.run { try ReleasedCorrections.read(path) }
    }

    /// Adds corrections to those of earlier releases, durably.
    private func write(_ held: HeldClient, _ file: ManifestFile, _ texts: [Int: String]) async throws {
        let path = held.files.layout.corrections(held.client.name, file)
        let all = try await releasedTexts(held, file).merging(texts) { $1 }
        try await BlockingWork.run { try ReleasedCorrections.write(all, to: path) }
    }
}
