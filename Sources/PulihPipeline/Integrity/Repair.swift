public import PulihModel
internal import PulihSystem

/// Takes away what dead runs left. Never removes data: only what `Leftovers` names.
public struct Repair: Sendable {
    let environment: RunEnvironment
    private let begun: Int64

    public init(_ environment: RunEnvironment) {
        self.environment = environment
        begun = environment.clock.now()
    }

    private var leftovers: Leftovers {
        Leftovers(
            layout: environment.layout, catalog: environment.catalog, warehouse: environment.warehouse,
            host: environment.host, before: begun)
    }

    /// Repairs one client under its lease; audited line by line, and one record in `recovery_log` if anything was done.
    /// - Returns: what was done.
    /// - Throws: `busy` when somebody runs the client.
    public func repair(_ client: Client) async throws -> [String] {
        let lease = try await environment.catalog.lease(client: client.name)
        return try await HeldLease.hold(client.name, in: environment, doing: "doctor --repair") { held in
            let found = try await leftovers.find(client, lease: lease)
            var done: [String] = []
            for leftover in found where leftover.kind != .builds {
                done.append(try await mend(leftover, held))
            }
            if found.contains(where: { $0.kind == .builds || $0.isOrphan }) {
                let session = try await environment.warehouse.open(for: held.lease)
                do {
                    if found.contains(where: { $0.kind == .builds }) { try await session.dropBuilds() }
                } catch {
                    try await session.close()
                    throw error
                }
                try await session.close()
                done += found.filter { $0.kind == .builds }.map { "dropped \($0.text)" }
            }
            try await note(done, held, interrupted: found.contains(where: \.isInterrupted))
            return done
        }
    }

    /// The work folder, once no client is run.
    public func repairShared() async throws -> [String] {
        var done: [String] = []
        for leftover in try await leftovers.shared() {
            guard case .temporary(let path) = leftover.kind else { continue }
            _ = try await BlockingWork.run { try DurableFile.removeWhole(path) }
            done.append("removed \(leftover.text)")
        }
        return done
    }

    private func mend(_ leftover: Leftover, _ held: HeldLease) async throws -> String {
        switch leftover.kind {
        case .temporary(let path), .mark(let path):
            _ = try await BlockingWork.run { try DurableFile.removeWhole(path) }
            return "removed \(leftover.text)"
        case .lease: return "ended \(leftover.text)"
        case .orphan: return "dropped \(leftover.text)"
        case .builds: throw PulihError(.bug, "builds are dropped by the warehouse")
        case .interrupted(let id, let cause):
            try await interrupt(id, cause: cause, held)
            return "marked INTERRUPTED: \(leftover.text)"
        }
    }

    /// The batch and the steps that a dead run left as RUNNING.
    private func interrupt(_ id: BatchID, cause: String, _ held: HeldLease) async throws {
        let catalog = held.environment.catalog
        guard var batch = try await catalog.batch(client: held.client.name, id) else { return }
        try await OpenBatches(environment: held.environment, client: held.client.name)
            .closeSteps(of: id, as: .interrupted, cause: cause)
        batch.status = .interrupted
        batch.message = cause
        batch.endedAt = environment.clock.now()
        try await catalog.updateBatch(batch)
    }

    private func note(_ done: [String], _ held: HeldLease, interrupted: Bool) async throws {
        guard !done.isEmpty else { return }
        try await held.auditor.record(
            done.map {
                Auditor.Entry(
                    process: "repair", status: .success, batch: nil, seconds: nil, rows: nil, message: $0)
            })
        let now = environment.clock.now()
        try await held.environment.catalog.record(
            RecoveryRecord(
                id: "\(held.client.name)-\(held.lease.epoch)-repair", client: held.client.name, batch: nil,
                what: "repair", cause: "leftovers of dead runs", from: interrupted ? .interrupted : .warning,
                to: .success, seconds: Double(now - begun) / 1_000_000, rowsChecked: 0, duplicates: 0,
                isConsistent: true, outcome: .success, startedAt: begun, endedAt: now,
                message: done.joined(separator: "; ")))
    }
}

extension Leftover {
    fileprivate var isOrphan: Bool { if case .orphan = kind { true } else { false } }
    fileprivate var isInterrupted: Bool { if case .interrupted = kind { true } else { false } }
}
