internal import PulihModel
internal import PulihSystem

/// Everything outside the catalog that knows of a client's batches.
struct RebuildSources: Sendable {
    /// Of all months, oldest first, each id once.
    var events: [AuditEvent] = []
    var manifests: [BatchID: Manifest] = [:]
    var places: [BatchID: WorkspaceLayout.ManifestPlace] = [:]
    var ledger = LedgerSnapshot()
    /// The fence of the warehouse, and the greatest epoch that the audit has seen.
    var lastEpoch = 0
    /// What could not be read, for people.
    var lost: [String] = []

    var batches: [BatchID] {
        let known = Set(manifests.keys).union(places.keys).union(ledger.rows.map(\.batch))
            .union(events.filter { $0.process == "claim" }.compactMap(\.batch))
        return known.sorted()
    }

    /// - Throws: `busy` when a run holds the warehouse.
    static func read(_ client: String, _ environment: RunEnvironment) async throws -> RebuildSources {
        let layout = environment.layout
        var sources = try await BlockingWork.run {
            var sources = RebuildSources()
            try sources.readAudit(layout, client)
            try sources.readManifests(layout, client)
            return sources
        }
        try await sources.readLedger(client, environment)
        return sources
    }

    private mutating func readAudit(_ layout: WorkspaceLayout, _ client: String) throws {
        var seen: Set<String> = []
        var found: [AuditEvent] = []
        var (damaged, last) = ([String](), 0)
        try AuditFile.forEachLine(layout) { place, line in
            guard let event = AuditFile.event(line) else {
                damaged.append(place)
                return
            }
            guard event.client == client, seen.insert(event.id).inserted else { return }
            found.append(event)
            last = max(last, RebuildSources.epoch(of: event) ?? 0)
        }
        events = found
        lastEpoch = last
        if !damaged.isEmpty {
            lost.append("what \(damaged.joined(separator: ", ")) said, which can be read no more")
        }
    }

    /// Of `client1-17-3`.
    private static func epoch(of event: AuditEvent) -> Int? {
        guard event.id.hasPrefix(event.client + "-") else { return nil }
        return Int(event.id.dropFirst(event.client.count + 1).prefix { $0 != "-" })
    }

    private mutating func readManifests(_ layout: WorkspaceLayout, _ client: String) throws {
        let store = ManifestStore(layout: layout, client: client)
        for place in WorkspaceLayout.ManifestPlace.allCases {
            let folder = layout.manifests(client, place)
            guard try FileIdentity.ifPresent(folder) != nil else { continue }
            for entry in try listFolder(folder) where entry.name.hasSuffix(".json") {
                guard let id = BatchID(manifest: entry.name), places[id] == nil else { continue }
                places[id] = place
                do {
                    manifests[id] = try store.read(id)
                } catch let error as PulihError {
                    guard error.code == .damaged else { throw error }
                    lost.append("what a manifest said: \(error.summary)")
                }
            }
        }
    }

    private mutating func readLedger(_ client: String, _ environment: RunEnvironment) async throws {
        do {
            let fence = try await environment.warehouse.lastEpoch(client: client)
            lastEpoch = max(lastEpoch, fence)
            guard fence > 0 else { return }
            let reader = try await environment.warehouse.openToRead(client: client)
            do {
                ledger = try await reader.ledger()
            } catch {
                try await reader.close()
                throw error
            }
            try await reader.close()
        } catch let error as PulihError {
            guard [.damaged, .unreachable].contains(error.code) else { throw error }
            lost.append("what the ledger in the warehouse says: \(error.summary)")
        }
    }
}
