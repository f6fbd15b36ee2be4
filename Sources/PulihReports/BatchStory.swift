public import PulihModel

/// All that the catalog knows about one batch: what `show` tells.
public struct BatchStory: Sendable {
    public let batch: BatchRecord
    /// INTERRUPTED for a batch that says RUNNING without anybody running it.
    public let status: Status
    public let files: [FileRecord]
    /// The newest attempt of each step, in the order in which the steps ran.
    public let steps: [StepRecord]
    /// All attempts.
    public let attempts: [StepRecord]
    public let audit: [AuditEvent]
    /// What brought it back from bad states, oldest first.
    public let recoveries: [RecoveryRecord]
    /// The next command to type; nil: none is needed.
    public let next: String?

    /// - Parameters:
    ///   - isAlive: whether somebody holds the lease of the client right now.
    ///   - cause: why the one who held it counts as gone.
    public static func read(
        _ catalog: any Catalog, client: String, batch id: BatchID, isAlive: Bool, cause: String? = nil
    ) async throws -> BatchStory? {
        guard var batch = try await catalog.batch(client: client, id) else { return nil }
        let attempts = try await catalog.steps(client: client, batch: id)
        let status = effectiveStatus(batch, isAlive: isAlive)
        batch.message = effectiveMessage(batch, isAlive: isAlive, cause: cause)
        var newest: [StepID: StepRecord] = [:]
        for step in attempts { newest[step.step] = step }
        var seen: Set<StepID> = []
        let order = attempts.map(\.step).filter { seen.insert($0).inserted }
        return BatchStory(
            batch: batch, status: status, files: try await catalog.files(client: client, batch: id),
            steps: order.compactMap { newest[$0] }.sorted {
                ($0.step.stage, $0.startedAt) < ($1.step.stage, $1.startedAt)
            },
            attempts: attempts,
            audit: try await catalog.auditEvents(client: client, batch: id, limit: 10_000),
            recoveries: try await catalog.recoveries(client: client, limit: 1000)
                .filter { $0.batch == id }.reversed(),
            next: next(client, id, status, steps: newest))
    }

    /// What to call a batch's state: a batch that says RUNNING while nobody runs its client was interrupted.
    public static func effectiveStatus(_ batch: BatchRecord, isAlive: Bool) -> Status {
        batch.status == .running && !isAlive ? .interrupted : batch.status
    }

    /// What a batch says of itself; of an interrupted one, what became of its run.
    /// - Parameter cause: why the owner of the client's lease counts as gone.
    public static func effectiveMessage(_ batch: BatchRecord, isAlive: Bool, cause: String?) -> String {
        guard batch.status == .running, !isAlive else { return batch.message }
        return cause ?? "its run ended before it could record how"
    }

    private static func next(
        _ client: String, _ batch: BatchID, _ status: Status, steps: [StepID: StepRecord]
    ) -> String? {
        switch status {
        case .failed, .cancelled, .interrupted, .pending: return "pulih restart \(client)"
        case .paused: return "pulih resume \(client)"
        case .warning where steps.values.contains { ($0.details["quarantined"]?.int ?? 0) > 0 }:
            return "pulih quarantine \(client) \(batch)"
        default: return nil
        }
    }

    /// - Parameter allAttempts: every attempt of every step, not only the newest.
    public func json(allAttempts: Bool) -> JSONValue {
        [
            "client": .string(batch.client), "batch_id": .string(batch.batch.description),
            "status": .string(status.rawValue), "mode": .string(batch.mode.rawValue),
            "attempt": .number(batch.attempt), "batch_time": .int(batch.batchTime),
            "started_at": .int(batch.startedAt),
            "ended_at": batch.endedAt.map { .int($0) } ?? .null, "message": .string(batch.message),
            "files": .array(files.map(\.json)), "steps": .array((allAttempts ? attempts : steps).map(\.json)),
            "recoveries": .array(recoveries.map(\.json)), "next": .optional(next),
        ]
    }
}

extension FileRecord {
    public var json: JSONValue {
        [
            "source_system": .string(key.source), "logical_source_file": .string(key.name),
            "original_name": .string(originalName), "physical_file_name": .string(physicalName),
            "sha256": .string(sha256), "bytes": .number(bytes), "records": .number(records),
            "blank_lines": .number(blankLines), "loaded": .optional(loaded),
            "quarantined": .optional(quarantined),
            "skipped": .object(
                skipped.sorted { $0.key < $1.key }.map { JSONMember($0.key, .number($0.value)) }),
            "convert_status": .string(convertStatus.rawValue),
            "mapping_validation_status": .string(mappingStatus.rawValue),
            "row_validation_status": .string(rowStatus.rawValue), "load_status": .string(loadStatus.rawValue),
        ]
    }
}

extension StepRecord {
    public var json: JSONValue {
        [
            "stage": .string(step.stage.rawValue), "thing": .string(step.thing), "attempt": .number(attempt),
            "status": .string(status.rawValue), "reason": .string(reason),
            "fingerprint": .string(fingerprint),
            "started_at": .int(startedAt), "ended_at": endedAt.map { .int($0) } ?? .null,
            "rows": .optional(rows),
            "error": error.map(\.json) ?? .null, "details": details,
        ]
    }

    public var seconds: Double { endedAt.map { Double($0 - startedAt) / 1_000_000 } ?? 0 }
}

extension StepError {
    public var json: JSONValue {
        [
            "code": .string(code), "summary": .string(summary), "object": .string(object),
            "left_behind": .string(leftBehind), "hint": .string(hint),
        ]
    }
}
