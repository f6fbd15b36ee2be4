public import PulihModel
internal import PulihSystem

/// Makes a lost catalog again from manifests, ledger, audit, quarantine and raw files.
///
/// Until it is through every client is blocked, so that nobody runs on a half of it.
public struct CatalogRebuild: Sendable {
    let environment: RunEnvironment

    /// - Parameter environment: its catalog is new and has no batch.
    public init(_ environment: RunEnvironment) {
        self.environment = environment
    }

    /// What became of one client.
    public struct Report: Sendable {
        public let client: String
        public let batches: [BatchRecord]
        public let files: Int
        public let steps: Int
        public let auditLines: Int
        /// The epoch of the next run is greater.
        public let epoch: Int
        /// What could not be restored.
        public let lost: [String]
    }

    static let blockedObject = "the catalog"
    private static let chunk = 1000

    /// Whether a rebuild of this catalog was begun and did not end.
    public static func isUnfinished(_ catalog: any Catalog) async throws -> Bool {
        try await catalog.blocks(client: nil, openOnly: true).contains { $0.object == blockedObject }
    }

    public func run() async throws -> [Report] {
        let begun = environment.clock.now()
        let clients = environment.configuration.clients
        try await apply()
        for client in clients { try await environment.catalog.record(block(client.name, at: begun)) }
        var reports: [Report] = []
        for client in clients { reports.append(try await rebuild(client.name, begun: begun)) }
        for client in clients {
            var block = block(client.name, at: begun)
            block.resolvedAt = environment.clock.now()
            block.resolvedBy = environment.user
            block.reason = "the rebuild ended"
            try await environment.catalog.record(block)
        }
        return reports
    }

    private func apply() async throws {
        let catalog = environment.catalog
        let changes = ConfigurationDifference.between(
            applied: try await catalog.configurationRows(), wanted: environment.configuration.rows())
        try await Configuring(environment.layout, catalog, environment.clock).apply(
            changes, clients: environment.configuration.clients)
    }

    private func block(_ client: String, at: Int64) -> ClientBlock {
        ClientBlock(
            id: "\(client)-rebuild", client: client, object: CatalogRebuild.blockedObject,
            finding: "'pulih catalog rebuild' did not end; run it again", foundAt: at)
    }

    private func rebuild(_ client: String, begun: Int64) async throws -> Report {
        let sources = try await RebuildSources.read(client, environment)
        return try await HeldLease.hold(
            client, in: environment, doing: "catalog rebuild", above: sources.lastEpoch
        ) { held in
            var lost = sources.lost
            var (batches, files, steps) = ([BatchRecord](), 0, 0)
            let heartbeat = Heartbeat(environment: environment, lease: held.lease)
            for id in sources.batches {
                try await heartbeat.confirm()
                guard let history = try await history(of: id, sources, held) else {
                    lost.append("\(id): neither a manifest nor the audit says what it consisted of")
                    continue
                }
                try await held.environment.catalog.recordClaim(history.record, files: history.files)
                try await held.environment.catalog.record(history.steps)
                batches.append(history.record)
                files += history.files.count
                steps += history.steps.count
            }
            var rest = sources.events[...]
            while !rest.isEmpty {
                try await held.environment.catalog.record(Array(rest.prefix(CatalogRebuild.chunk)))
                rest = rest.dropFirst(CatalogRebuild.chunk)
            }
            for event in sources.events {
                if let block = AuditDetails.block(event) { try await held.environment.catalog.record(block) }
            }
            let report = Report(
                client: client, batches: batches, files: files, steps: steps,
                auditLines: sources.events.count, epoch: held.lease.epoch, lost: lost)
            try await note(report, held, begun: begun)
            return report
        }
    }

    private func history(
        of id: BatchID, _ sources: RebuildSources, _ held: HeldLease
    ) async throws -> BatchHistory? {
        let client = held.client.name
        guard
            var history = BatchHistory(
                id, client: client, events: sources.events.filter { $0.batch == id },
                manifest: sources.manifests[id], place: sources.places[id],
                ledger: sources.ledger.rows.filter { $0.batch == id })
        else { return nil }
        for file in history.withoutFigures {
            let counts = try await environment.engine.quarantineCounts(
                paths: [.convert, .validateRow].map { held.files.layout.rejected(file, $0) })
            history.count(quarantined: counts.records, of: file.physicalName)
        }
        return history
    }

    private func note(_ report: Report, _ held: HeldLease, begun: Int64) async throws {
        let message =
            "\(report.batches.count) batch(es), \(report.files) file(s), \(report.steps) step(s) and"
            + " \(report.auditLines) line(s) of the audit restored"
            + (report.lost.isEmpty ? "" : "; lost: \(report.lost.joined(separator: "; "))")
        try await held.auditor.record("rebuild", .success, batch: nil, message)
        let now = environment.clock.now()
        try await environment.catalog.record(
            RecoveryRecord(
                id: "\(report.client)-\(report.epoch)-rebuild", client: report.client, batch: nil,
                what: "rebuild", cause: "the catalog was lost", from: .failed, to: .success,
                seconds: Double(now - begun) / 1_000_000, rowsChecked: 0, duplicates: 0, isConsistent: true,
                outcome: .success, startedAt: begun, endedAt: now, message: message))
    }
}
