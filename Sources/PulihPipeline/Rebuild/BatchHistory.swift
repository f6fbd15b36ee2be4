internal import PulihModel

/// What the audit, the ledger and its manifest say of one batch, put together. Pure.
struct BatchHistory {
    private(set) var record: BatchRecord
    private(set) var files: [FileRecord]
    /// By step and attempt, the ledger's word last.
    private(set) var steps: [StepRecord] = []
    private var isEnded = false
    /// Physical names whose content was replaced after it was loaded.
    private var replaced: Set<String> = []

    /// - Parameters:
    ///   - events: of this batch, oldest first.
    ///   - manifest: nil: it was never written, or cannot be read.
    ///   - ledger: rows of this batch.
    /// - Returns: nil when neither manifest nor audit say what the batch consists of.
    init?(
        _ id: BatchID, client: String, events: [AuditEvent], manifest: Manifest?,
        place: WorkspaceLayout.ManifestPlace?, ledger: [LedgerRow]
    ) {
        let claim = events.last { $0.process == "claim" }
        let claimed = claim.flatMap(AuditDetails.claimedFiles)
        if let manifest {
            files = manifest.files.enumerated().map { position, file in
                FileRecord(client: client, batch: id, position: position + 1, file, claimed: claimed)
            }
        } else if let claimed {
            files = claimed
        } else {
            return nil
        }
        let began = claim?.at ?? manifest?.batchTime ?? 0
        record = BatchRecord(
            client: client, batch: id, status: .running, mode: .start,
            batchTime: manifest?.batchTime ?? claim?.details["batch_time"]?.int ?? began, startedAt: began)
        for event in events { take(event, fromClaim: manifest == nil) }
        take(ledger)
        if record.status == .running { close(place, ledger, isAudited: !events.isEmpty) }
        record.attempt = max(record.attempt, ledger.map(\.attempt).max() ?? 1)
    }

    // MARK: audit

    private mutating func take(_ event: AuditEvent, fromClaim: Bool) {
        switch (event.process, event.status) {
        case ("batch", .running):
            begin(event)
        case ("batch", _):
            record.status = event.status
            record.message = event.message
            record.endedAt = event.at
            isEnded = true
        case ("replace", .running):
            pend("\(event.message.prefix { $0 != ":" }) was replaced and is not loaded yet")
        case ("replace", .success):
            guard let name = event.details["physical"]?.string,
                let index = files.firstIndex(where: { $0.physicalName == name })
            else { break }
            if fromClaim { AuditDetails.replace(event, in: &files[index]) }
            files[index].forgetOutcome()
            replaced.insert(name)
        case ("purge", .success):
            if fromClaim { AuditDetails.marks(event, in: &files) }
        case ("release", .success): pend("corrected records wait to be loaded")
        case ("reconcile", .pending), ("replay", .pending): pend(event.message)
        case ("start", .skipped):
            record.status = .skipped
            record.message = event.message
        default:
            for step in AuditDetails.steps(event) {
                steps.append(step)
                if step.step.stage.isFileStage { note(step) }
            }
        }
    }

    private mutating func begin(_ event: AuditEvent) {
        record.attempt = event.details["attempt"]?.int.map { Int($0) } ?? record.attempt
        if let mode = event.details["mode"]?.string.flatMap(RunMode.init(rawValue:)) { record.mode = mode }
        if record.mode != .start { record.startedAt = event.at }
        record.status = .running
        record.endedAt = nil
        isEnded = false
    }

    private mutating func pend(_ message: String) {
        record.status = .pending
        record.message = message
    }

    private mutating func note(_ step: StepRecord) {
        guard let index = files.firstIndex(where: { $0.thing == step.step.thing }) else { return }
        files[index].note(step.step.stage, step.status)
        if !step.status.isGood {
            for later in Stage.allCases where later.isFileStage && later > step.step.stage {
                files[index].note(later, .skipped)
            }
        }
        switch step.step.stage {
        case .convert:
            guard let figures = ConvertedFigures(step.details) else { break }
            files[index].quarantined = figures.quarantined
            files[index].skipped = figures.skipped
        case .validateRow:
            guard let figures = CheckedFigures(step.details) else { break }
            let earlier = steps.last { $0.step == StepID(.convert, step.step.thing) }
            let converted = earlier.flatMap { ConvertedFigures($0.details) }
            files[index].quarantined = (converted?.quarantined ?? 0) + figures.quarantined
            if let converted { files[index].skipped = skippedRecords(converted, figures) }
        case .loadBronze where step.status.isGood:
            files[index].loaded = step.rows
            replaced.remove(files[index].physicalName)
        default: break
        }
    }

    // MARK: ledger

    /// What is committed stands, whatever the audit says.
    private mutating func take(_ ledger: [LedgerRow]) {
        for row in ledger {
            if row.step.stage == .loadBronze { takeLoad(row) }
            // Of models the ledger has a row of their own within a publication, the journal has none.
            guard row.step.stage != .publish || row.step.thing == row.batch.description else { continue }
            let isKnown = steps.contains {
                $0.step == row.step && $0.status.isGood && $0.fingerprint == row.fingerprint
            }
            guard !isKnown else { continue }
            steps.append(
                StepRecord(
                    client: record.client, batch: row.batch, step: row.step, attempt: row.attempt,
                    status: .success, reason: "restored from the ledger", fingerprint: row.fingerprint,
                    startedAt: row.committedAt, endedAt: row.committedAt, rows: row.rows))
        }
    }

    private mutating func takeLoad(_ row: LedgerRow) {
        guard let index = files.firstIndex(where: { $0.thing == row.step.thing }),
            !replaced.contains(files[index].physicalName),
            !files[index].loadStatus.isGood || files[index].loaded != row.rows
        else { return }
        files[index].loaded = row.rows
        for stage in Stage.allCases where stage.isFileStage {
            let last = steps.last { $0.step == StepID(stage, row.step.thing) }
            files[index].note(stage, last.map(\.status).flatMap { $0.isGood ? $0 : nil } ?? .success)
        }
    }

    // MARK: without an end

    private mutating func close(
        _ place: WorkspaceLayout.ManifestPlace?, _ ledger: [LedgerRow], isAudited: Bool
    ) {
        let isPublished = ledger.contains {
            $0.step == StepID(.publish, record.batch.description)
        }
        switch place {
        case .success, .archive, .refreshed:
            guard !isAudited, isPublished else { break }
            record.status = .success
            record.message = "restored; how it ended was not recorded"
            return
        case .failed:
            guard !isAudited else { break }
            record.status = .failed
            record.message = "restored; why it failed was not recorded"
            return
        case .incoming, nil: break
        }
        record.status = .interrupted
        record.message = "its run did not end before the catalog was lost"
    }

    // MARK: quarantine

    /// Files of which no figures are recorded: what their quarantine says counts, the rest is called skipped.
    var withoutFigures: [FileRecord] {
        files.filter { $0.loadStatus.isGood && $0.quarantined == nil }
    }

    mutating func count(quarantined: Int, of physicalName: String) {
        guard let index = files.firstIndex(where: { $0.physicalName == physicalName }) else { return }
        files[index].quarantined = quarantined
        let rest = files[index].records - (files[index].loaded ?? 0) - quarantined
        if rest > 0 { files[index].skipped = ["not recorded any more": rest] }
    }
}

extension FileRecord {
    /// Of a manifest; what that does not say comes from the claim's line of the audit.
    init(client: String, batch: BatchID, position: Int, _ file: ManifestFile, claimed: [FileRecord]?) {
        let known = { (name: String) in file.unknown.first { $0.name == name }?.value }
        let claim = claimed?.first { $0.physicalName == file.physicalName }
        self.init(
            client: client, batch: batch, key: file.key, position: position,
            originalName: known(ManifestSeal.originalName)?.string ?? claim?.originalName
                ?? file.physicalName.replacing("_\(batch)", with: ""),
            physicalName: file.physicalName, parquetName: file.parquetName, bytes: file.bytes, inode: 0,
            sha256: file.sha256, records: file.records,
            blankLines: known(ManifestSeal.blankLines)?.int.map { Int($0) } ?? claim?.blankLines ?? 0)
        marks = file.marks
    }

    mutating func note(_ stage: Stage, _ status: Status) {
        switch stage {
        case .convert: convertStatus = status
        case .validateMapping: mappingStatus = status
        case .validateRow: rowStatus = status
        case .loadBronze: loadStatus = status
        default: break
        }
    }

    /// Of a content that is no longer in its place.
    mutating func forgetOutcome() {
        loaded = nil
        quarantined = nil
        skipped = [:]
        convertStatus = .notStarted
        mappingStatus = .notStarted
        rowStatus = .notStarted
        loadStatus = .notStarted
    }
}
