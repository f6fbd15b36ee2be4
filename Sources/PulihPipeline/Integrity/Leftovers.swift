public import PulihModel
public import PulihSystem

/// Looks for what dead runs left. Changes nothing.
public struct Leftovers: Sendable {
    let layout: WorkspaceLayout
    let catalog: any Catalog
    let warehouse: any Warehouse
    let host: HostIdentity
    /// Microseconds since 1970 UTC; what changed later may be somebody's who is at work.
    let before: Int64

    public init(
        layout: WorkspaceLayout, catalog: any Catalog, warehouse: any Warehouse, host: HostIdentity,
        before: Int64
    ) {
        self.layout = layout
        self.catalog = catalog
        self.warehouse = warehouse
        self.host = host
        self.before = before
    }

    /// Of a client that nobody runs; none of one that somebody does.
    /// - Parameter lease: as it stands, or stood before the caller took it.
    public func find(_ client: Client, lease: LeaseRecord?) async throws -> [Leftover] {
        if let lease, !LeaseCheck.isDead(lease.lease.owner, host: host) { return [] }
        var found: [Leftover] = []
        if let lease {
            found.append(
                Leftover(kind: .lease, text: "the lease of \(lease.doing): \(gone(lease.lease.owner))"))
        }
        let batches = try await catalog.batches(client: client.name, limit: 100_000).reversed()
        for batch in batches where batch.status == .running {
            let cause = lease.map { gone($0.lease.owner) } ?? "nobody runs it"
            found.append(
                Leftover(
                    kind: .interrupted(batch.batch, cause: cause),
                    text: "\(batch.batch), which says RUNNING: \(cause)"))
        }
        let layout = layout
        found += try await BlockingWork.run {
            try Leftovers.temporaryFiles(of: client, layout) + Leftovers.marks(of: client, layout)
        }
        // A damaged warehouse is not touched.
        guard try await catalog.blocks(client: client.name, openOnly: true).isEmpty else { return found }
        return try await found + builds(client, batches: Array(batches))
    }

    private func gone(_ owner: LeaseOwner) -> String {
        owner.bootID != host.bootID && owner.hostID == host.hostID
            ? "\(owner.hostName) was restarted" : "process \(owner.pid) on \(owner.hostName) is gone"
    }

    private func builds(_ client: Client, batches: [BatchRecord]) async throws -> [Leftover] {
        guard try await warehouse.lastEpoch(client: client.name) > 0 else { return [] }
        let reader = try await warehouse.openToRead(client: client.name)
        let builds: [BuildRow]
        let orphans: [TableName]
        do {
            builds = try await reader.ledger().builds
            orphans = try await reader.orphans()
        } catch {
            try await reader.close()
            throw error
        }
        try await reader.close()
        let open = Set(batches.filter { !$0.status.isGood && $0.status != .skipped }.map(\.batch))
        var found = orphans.map { Leftover(kind: .orphan($0), text: "the table \($0) of a load that died") }
        if !builds.isEmpty, builds.allSatisfy({ !open.contains($0.batch) }) {
            let names = builds.map(\.table.description).joined(separator: ", ")
            found.append(Leftover(kind: .builds, text: "models built for a batch that is through: \(names)"))
        }
        return found
    }

    // MARK: files

    /// In folders that only the holder of the lease writes to.
    private static func temporaryFiles(of client: Client, _ layout: WorkspaceLayout) throws -> [Leftover] {
        var found: [Leftover] = []
        for folder in ["raw", "data", "batch_info"] {
            try forEachFile(below: "\(layout.root)/\(folder)/\(client.name)") { path in
                guard DurableFile.isTemporary(path) else { return }
                found.append(
                    Leftover(kind: .temporary(path), text: "the temporary file \(layout.shown(path))"))
            }
        }
        return found
    }

    private static func marks(of client: Client, _ layout: WorkspaceLayout) throws -> [Leftover] {
        var found: [Leftover] = []
        for source in client.sources {
            let folder = layout.raw(client.name, source, .incoming)
            guard try FileIdentity.ifPresent(folder) != nil else { continue }
            let names = Set(try listFolder(folder).map(\.name))
            for name in names.sorted()
            where name.hasSuffix(".done") && !names.contains(String(name.dropLast(5))) {
                let path = "\(folder)/\(name)"
                found.append(
                    Leftover(kind: .mark(path), text: "the mark \(layout.shown(path)), which has no file"))
            }
        }
        return found
    }

    /// Of the work folder, which all clients share. Ask only while nobody runs any of them.
    public func shared() async throws -> [Leftover] {
        let (layout, before) = (layout, before)
        return try await BlockingWork.run {
            guard try FileIdentity.ifPresent(layout.workFolder) != nil else { return [] }
            var found: [Leftover] = []
            for entry in try listFolder(layout.workFolder) {
                let path = "\(layout.workFolder)/\(entry.name)"
                guard let identity = try FileIdentity.ifPresent(path),
                    identity.changedNanoseconds / 1000 < before, try !Leftovers.isOfAReaderAlive(entry.name)
                else { continue }
                found.append(
                    Leftover(kind: .temporary(path), text: "\(layout.shown(path)), left in the work folder"))
            }
            return found
        }
    }

    /// `duckdb-client1-reader-4711` belongs to process 4711.
    private static func isOfAReaderAlive(_ name: String) throws -> Bool {
        guard let mark = name.firstRange(of: "-reader-"), let pid = Int32(name[mark.upperBound...]) else {
            return false
        }
        return try ProcessIdentity.of(pid: pid) != nil
    }

    private static func forEachFile(below folder: String, _ body: (String) throws -> Void) throws {
        guard try FileIdentity.ifPresent(folder) != nil else { return }
        for entry in try listFolder(folder) {
            let path = "\(folder)/\(entry.name)"
            switch entry.kind {
            case .folder: try forEachFile(below: path, body)
            case .file: try body(path)
            case .symbolicLink, .other: break
            }
        }
    }
}
