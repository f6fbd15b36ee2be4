internal import PulihModel
internal import PulihSystem

/// Removes what batches left behind once its retention is over and nothing needs it any more.
///
/// Manifests say that a file was purged before it goes. Killed anywhere, the same verb finishes it.
public struct Purge: Sendable {
    let environment: RunEnvironment

    public init(_ environment: RunEnvironment) {
        self.environment = environment
    }

    /// What would go; nothing is changed.
    public func plan(_ client: String) async throws -> PurgePlan {
        try await PurgePlanner(
            environment: environment, client: try HeldClient.find(client, in: environment)
        ).plan()
    }

    /// - Returns: what went.
    /// - Throws: `busy` when somebody runs the client.
    public func carryOut(_ client: String) async throws -> PurgePlan {
        try await HeldLease.hold(client, in: environment, doing: "purge \(client)") { held in
            let plan = try await PurgePlanner(environment: environment, client: held.client).plan()
            guard !plan.items.isEmpty else { return plan }
            try await held.auditor.record("purge", .running, batch: nil, "to be removed: \(plan.told)")
            for (batch, items) in Dictionary(grouping: plan.items, by: \.batch)
                .sorted(by: { ($0.key?.number ?? 0) < ($1.key?.number ?? 0) })
            {
                let marks = try await mark(batch, items, held)
                let here = items.filter { $0.key == nil }
                try await BlockingWork.run { for item in here { try DurableFile.remove(item.path) } }
                try await removeObjects(items, batch, held)
                let names = items.map { environment.layout.shown($0.path) }.joined(separator: ", ")
                try await held.auditor.record(
                    "purge", .success, batch: batch, "removed \(names)", details: AuditDetails.marks(marks))
            }
            return plan
        }
    }

    /// - Returns: what manifest and catalog say of the batch's files now.
    private func mark(
        _ batch: BatchID?, _ items: [PurgeItem], _ held: HeldLease
    ) async throws -> [(physical: String, marks: FileMarks)] {
        guard let batch else { return [] }
        let (manifests, now) = (held.manifests, environment.clock.now())
        let marked = try await BlockingWork.run { () throws -> [ManifestFile] in
            guard var manifest = try manifests.read(batch) else { return [] }
            for index in manifest.files.indices {
                let kinds = Set(
                    items.filter { $0.file == manifest.files[index].physicalName }.map(\.kind))
                if !kinds.isEmpty { PurgeMarks.mark(kinds, of: &manifest.files[index], at: now) }
            }
            try manifests.write(manifest)
            return manifest.files
        }
        var records = try await environment.catalog.files(client: held.client.name, batch: batch)
        for index in records.indices {
            let file = marked.first { $0.physicalName == records[index].physicalName }
            if let file { records[index].marks = file.marks }
        }
        try await held.environment.catalog.updateFiles(records)
        return marked.map { ($0.physicalName, $0.marks) }
    }

    // MARK: logs

    /// Months of the audit that are over for longer than their retention, and that no open batch or block began in.
    public func planLogs() async throws -> PurgePlan {
        guard let days = environment.configuration.settings.retention.logs else { return PurgePlan() }
        var before = environment.clock.now() - Int64(days) * 86_400_000_000
        for client in environment.configuration.clients {
            for batch in try await environment.catalog.batches(client: client.name, limit: 1_000_000)
            where !batch.status.isGood && batch.status != .skipped {
                before = min(before, batch.batchTime)
            }
            for block in try await environment.catalog.blocks(client: client.name, openOnly: true) {
                before = min(before, block.foundAt)
            }
        }
        let (layout, newest) = (environment.layout, AuditFile.path(environment.layout, at: before))
        return try await BlockingWork.run {
            var plan = PurgePlan()
            guard try FileIdentity.ifPresent(layout.auditFolder) != nil else { return plan }
            for entry in try listFolder(layout.auditFolder)
            where entry.name.hasPrefix("audit-") && entry.name.hasSuffix(".ndjson") {
                let path = "\(layout.auditFolder)/\(entry.name)"
                // Names sort as the months do; the month in which the retention ends stays whole.
                guard path < newest, let identity = try FileIdentity.ifPresent(path) else { continue }
                plan.items.append(
                    PurgeItem(kind: .logs, path: path, bytes: Int(identity.size), batch: nil, file: nil))
            }
            return plan
        }
    }

    /// Removes old months of the audit, while no client is run.
    /// - Returns: what went.
    public func carryOutLogs() async throws -> PurgePlan {
        guard let first = environment.configuration.clients.first else { return PurgePlan() }
        return try await HeldLease.hold(first.name, in: environment, doing: "purge of logs") { held in
            for client in environment.configuration.clients where client.name != first.name {
                guard let lease = try await environment.catalog.lease(client: client.name) else { continue }
                guard LeaseCheck.isDead(lease.lease.owner, host: environment.host) else {
                    throw PulihError(
                        .busy, "\(client.name) is run (\(lease.doing)), and the logs are everybody's",
                        object: client.name, leftBehind: "no log was removed", hint: "run 'pulih purge' later"
                    )
                }
            }
            let plan = try await planLogs()
            guard !plan.items.isEmpty else { return plan }
            let names = plan.items.map { environment.layout.shown($0.path) }.joined(separator: ", ")
            try await held.auditor.record("purge", .running, batch: nil, "to be removed: \(names)")
            try await BlockingWork.run { for item in plan.items { try DurableFile.remove(item.path) } }
            try await held.auditor.record("purge", .success, batch: nil, "removed \(names)")
            return plan
        }
    }
}

extension PurgePlan {
    /// `raw: 4 file(s), 1234 bytes; parquet: …`
    public var told: String {
        PurgeItem.Kind.allCases.compactMap { kind in
            let own = items(of: kind)
            guard !own.isEmpty else { return nil }
            return "\(kind.rawValue): \(own.count) file(s), \(own.reduce(0) { $0 + $1.bytes }) bytes"
        }.joined(separator: "; ")
    }
}
