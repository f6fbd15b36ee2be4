internal import PulihModel
internal import PulihSystem

/// Whether Parquet that a run would load from is what convert wrote.
struct ParquetCheck: Sendable {
    let held: HeldClient

    /// SHA-256 of the Parquet and of the corrections beside it. Blocks.
    static func hash(of parquet: String) throws -> String {
        let companion = String(parquet.dropLast(".parquet".count)) + ".corrections.parquet"
        let hash = try FileDigest.of(parquet)
        guard try FileIdentity.ifPresent(companion) != nil else { return hash }
        return "\(hash) \(try FileDigest.of(companion))"
    }

    /// Physical names of files whose kept Parquet has other bytes than were written. Only what the plan reads is read.
    func broken(_ plan: Plan, journal: [StepRecord]) async throws -> Set<String> {
        var written: [StepID: String] = [:]
        for record in journal where record.step.stage == .convert && record.status.isGood {
            written[record.step] = record.details["parquet_sha256"]?.string
        }
        let loading = Set(
            plan.runs.filter { $0.id.stage.isFileStage && $0.id.stage != .convert }.map(\.id.thing))
        var broken: Set<String> = []
        for step in plan.steps where step.id.stage == .convert && loading.contains(step.id.thing) {
            guard case .keep = step.decision, case .file(let file) = step.subject, let hash = written[step.id]
            else { continue }
            let files = held.files
            let found = try await BlockingWork.run {
                try files.locateParquet(file).map { try ParquetCheck.hash(of: $0) }
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
            let what = "\(file.parquetName): \(step.decision.reason)"
            guard try await BlockingWork.run({ try files.locateRaw(file) }) != nil else {
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
