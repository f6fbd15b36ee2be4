public import PulihModel

/// What `status` says: per client who runs, how the newest batches ended, what waits.
public struct WorkspaceStatus: Sendable {
    public struct ClientStatus: Sendable {
        public let name: String
        /// Who runs it now; nil: nobody.
        public let running: LeaseRecord?
        /// nil: runs may begin.
        public let paused: ClientControl?
        public let newest: BatchRecord?
        public let newestStatus: Status
        /// Batches that did not end well and were not finished since, oldest first.
        public let open: [BatchRecord]
        public let quarantined: Int
        /// Files in `incoming`.
        public let waiting: Int
        /// Expected files that did not come in time.
        public let late: [LateFile]
        /// What keeps every run from beginning.
        public let blocks: [ClientBlock]
        /// The newest thousand.
        public let recoveries: RecoveryFigures
        public let next: String?
    }

    public let clients: [ClientStatus]

    /// - Parameters:
    ///   - waiting: files in the client's `incoming` folders.
    ///   - late: expected files that did not come in time, by client.
    ///   - absence: why a lease's owner counts as gone; nil: it runs.
    public static func read(
        _ catalog: any Catalog, clients: [Client], waiting: [String: Int], late: [String: [LateFile]],
        absence: @Sendable (LeaseRecord) async throws -> String?
    ) async throws -> WorkspaceStatus {
        var result: [ClientStatus] = []
        for client in clients {
            let lease = try await catalog.lease(client: client.name)
            var cause: String?
            if let lease { cause = try await absence(lease) }
            let running = cause == nil ? lease : nil
            let control = try await catalog.control(client: client.name)
            let paused = control?.request == .pause ? control : nil
            let batches = try await catalog.batches(client: client.name, limit: 1000)
            var newest = batches.first
            let status = newest.map { BatchStory.effectiveStatus($0, isAlive: running != nil) } ?? .notStarted
            let open = batches.filter { batch in
                let status = BatchStory.effectiveStatus(batch, isAlive: running != nil)
                return !status.isGood && status != .running && status != .skipped
            }
            var quarantined = 0
            if let newest {
                quarantined = try await catalog.files(client: client.name, batch: newest.batch)
                    .compactMap(\.quarantined).reduce(0, +)
            }
            if var batch = newest {
                batch.message = BatchStory.effectiveMessage(batch, isAlive: running != nil, cause: cause)
                newest = batch
            }
            let count = waiting[client.name] ?? 0
            var next: String?
            let blocks = try await catalog.blocks(client: client.name, openOnly: true)
            if running == nil {
                if !blocks.isEmpty {
                    next = "pulih resolve \(client.name) --reason \"…\""
                } else if paused != nil {
                    next = "pulih resume \(client.name)"
                } else if !open.isEmpty {
                    next = "pulih restart \(client.name)"
                } else if count > 0 {
                    next = "pulih start \(client.name)"
                }
            }
            result.append(
                ClientStatus(
                    name: client.name, running: running, paused: paused, newest: newest, newestStatus: status,
                    open: open.reversed(), quarantined: quarantined, waiting: count,
                    late: late[client.name] ?? [], blocks: blocks,
                    recoveries: RecoveryFigures(
                        try await catalog.recoveries(client: client.name, limit: 1000)), next: next))
        }
        return WorkspaceStatus(clients: result)
    }

    public var json: JSONValue {
        .array(
            clients.map { client in
                [
                    "client": .string(client.name),
                    "running": client.running.map { record in
                        [
                            "doing": .string(record.doing), "pid": .number(Int(record.lease.owner.pid)),
                            "host": .string(record.lease.owner.hostName),
                            "user": .string(record.lease.owner.user),
                            "since": .int(record.since),
                        ]
                    } ?? .null,
                    "paused": client.paused.map { control in
                        [
                            "by": .string(control.by), "host": .string(control.hostName),
                            "at": .int(control.at), "reason": .string(control.reason),
                        ]
                    } ?? .null,
                    "newest_batch": .optional(client.newest?.batch.description),
                    "newest_status": .string(client.newestStatus.rawValue),
                    "message": .optional(client.newest?.message),
                    "open_batches": .strings(client.open.map(\.batch.description)),
                    "quarantined": .number(client.quarantined), "files_waiting": .number(client.waiting),
                    "late": .array(client.late.map(\.json)),
                    "blocks": .array(client.blocks.map(\.json)),
                    "recoveries": client.recoveries.json, "next": .optional(client.next),
                ]
            })
    }
}

extension ClientBlock {
    public var json: JSONValue {
        [
            "block_id": .string(id), "client": .string(client), "batch_id": .optional(batch?.description),
            "object": .string(object), "finding": .string(finding), "found_at": .int(foundAt),
            "resolved_at": resolvedAt.map { .int($0) } ?? .null, "resolved_by": .optional(resolvedBy),
            "reason": .optional(reason),
        ]
    }
}
