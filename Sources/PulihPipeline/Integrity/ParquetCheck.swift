internal import PulihModel
internal import PulihSystem

/// Whether Parquet that a run would load from is what convert wrote.
struct ParquetCheck: Sendable {
    let held: HeldClient

    /// SHA-256 of all that convert wrote of a file: the Parquet, the corrections beside it, the quarantine. Blocks.
    static func hash(of parquet: String, quarantine: String) throws -> String {
        let companion = String(parquet.dropLast(".parquet".count)) + ".corrections.parquet"
        return try [parquet, companion, quarantine].map { try hash(of: $0) ?? "-" }.joined(separator: " ")
    }

    /// nil: there is none, as of a quarantine in which nothing is.
    static func hash(of path: String) throws -> String? {
        try FileIdentity.ifPresent(path) == nil ? nil : try FileDigest.of(path)
    }

    /// Physical names of files whose kept Parquet or quarantine has other bytes than were written. Only what the plan
    /// reads is read.
    func broken(_ plan: Plan, journal: [StepRecord]) async throws -> Set<String> {
        var written: [StepID: String] = [:]
        for record in journal where record.status.isGood {
            switch record.step.stage {
            case .convert: written[record.step] = record.details["parquet_sha256"]?.string
            case .validateRow: written[record.step] = record.details["quarantine_sha256"]?.string
            default: break
            }
        }
        let loading = Set(
            plan.runs.filter { $0.id.stage.isFileStage && $0.id.stage != .convert }.map(\.id.thing))
        var broken: Set<String> = []
        for step in plan.steps where loading.contains(step.id.thing) {
            guard case .keep = step.decision, case .file(let file) = step.subject, let hash = written[step.id]
            else { continue }
            let (files, client) = (held.files, held.client.name)
            let found = try await BlockingWork.run { () throws -> String? in
                let quarantine = files.layout.rejected(client, file, step.id.stage)
                guard step.id.stage == .convert else { return try ParquetCheck.hash(of: quarantine) ?? "-" }
                return try files.locateParquet(file).flatMap {
                    try ParquetCheck.hash(of: $0, quarantine: quarantine)
                }
            }
            if let found, found != hash { broken.insert(file.physicalName) }
        }
        return broken
    }

    /// Says and audits what is made again from its raw file, which fits its SHA-256.
    /// - Throws: `damaged` when there is no raw file to make it from.
    func tellHealing(_ plan: Plan) async throws {
        let files = held.files
        for step in plan.runs where step.id.stage == .convert {
            guard step.decision.reason.hasPrefix(Planner.parquetIs), case .file(let file) = step.subject
            else { continue }
            let purged = PurgeMarks.time(.parquet, of: file) != nil
            let what = "\(file.parquetName): \(step.decision.reason)" + (purged ? ", purged" : "")
            guard try await BlockingWork.run({ try files.locateRaw(file) }) != nil else {
                if let time = PurgeMarks.time(.raw, of: file) {
                    throw PurgeMarks.refusal(file, plan.batch, plan.client, time)
                }
                let raw = files.layout.shown(files.raw(file, .success))
                throw PulihError(
                    .damaged, "\(what), and the raw file that it was made from is gone too", object: raw,
                    leftBehind: "nothing was changed in the warehouse",
                    hint: "put \(file.physicalName) back, or bring another:"
                        + " pulih replace \(plan.client) \(plan.batch) \(file.physicalName) NEW")
            }
            let message = "\(what); it is made again from \(file.physicalName), which is as it was claimed"
            held.environment.report(.note(message))
            try await held.auditor.record("integrity", .warning, batch: plan.batch, message)
        }
    }
}
