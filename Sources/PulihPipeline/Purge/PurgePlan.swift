public import PulihModel
internal import PulihSystem

/// A file that a purge removes.
public struct PurgeItem: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case raw, parquet, quarantine, logs }

    public let kind: Kind
    public let path: String
    public let bytes: Int
    /// nil: it belongs to no batch.
    public let batch: BatchID?
    /// Physical name of the file of the batch.
    let file: String?
    /// Of an object in a storage place, whose name is the path; nil: it is a file of the workspace.
    var key: String?
}

/// What a purge of one client, or of the logs of all, removes.
public struct PurgePlan: Sendable, Equatable {
    /// nil: the logs.
    public var client: String?
    public var items: [PurgeItem] = []
    /// Batches older than the retention that something still needs, with the reason.
    public var kept: [(batch: BatchID, reason: String)] = []

    public var bytes: Int { items.reduce(0) { $0 + $1.bytes } }

    public func items(of kind: PurgeItem.Kind) -> [PurgeItem] { items.filter { $0.kind == kind } }

    public static func == (left: PurgePlan, right: PurgePlan) -> Bool {
        left.client == right.client && left.items == right.items
            && left.kept.map(\.batch) == right.kept.map(\.batch)
    }
}

/// Decides what a purge of a client removes. Reads catalog, manifests and folders; changes nothing.
struct PurgePlanner: Sendable {
    let environment: RunEnvironment
    let client: Client

    private var layout: WorkspaceLayout { environment.layout }
    private var retention: Retention { environment.configuration.settings.retention }
    private static let day: Int64 = 86_400_000_000

    func plan() async throws -> PurgePlan {
        let batches = try await environment.catalog.batches(client: client.name, limit: 1_000_000)
        var files: [BatchID: [FileRecord]] = [:]
        for batch in batches {
            files[batch.batch] = try await environment.catalog.files(client: client.name, batch: batch.batch)
        }
        let now = environment.clock.now()
        let needed = Self.needed(batches, files)
        var plan = PurgePlan(client: client.name)
        let manifests = ManifestStore(layout: layout, client: client.name)
        var owned: Set<String> = []
        for batch in batches.reversed() {
            let manifest = try await BlockingWork.run { try manifests.read(batch.batch) }
            for file in manifest?.files ?? [] {
                owned.formUnion([file.physicalName, file.sideName].compactMap { $0 })
            }
            owned.formUnion((files[batch.batch] ?? []).map(\.physicalName))
            let old = PurgeItem.Kind.allCases.filter { isOver($0, batch.endedAt ?? batch.batchTime, now) }
            guard !old.isEmpty, let manifest else { continue }
            let items = try await BlockingWork.run { [self] in
                try manifest.files.flatMap { try self.items(of: $0, batch.batch, Set(old)) }
                    + manifest.files.flatMap { self.objects(of: $0, batch.batch, Set(old)) }
            }
            if items.isEmpty { continue }
            if let reason = needed[batch.batch] {
                plan.kept.append((batch.batch, reason))
            } else {
                plan.items += items
            }
        }
        let (sources, known) = (client.sources, owned)
        plan.items += try await BlockingWork.run { [self] in
            try sources.flatMap { try self.strays($0, known, now) }
        }
        plan.items += try await strayObjects { isOver(.raw, $0, now) }
        return plan
    }

    /// - Parameter time: when its batch ended.
    private func isOver(_ kind: PurgeItem.Kind, _ time: Int64, _ now: Int64) -> Bool {
        let days: Int?
        switch kind {
        case .raw: days = retention.raw
        case .parquet: days = retention.parquet
        // Parquet is checked together with the quarantine that was written with it.
        case .quarantine:
            days = retention.quarantine.flatMap { own in retention.parquet.map { max(own, $0) } }
        case .logs: days = nil
        }
        guard let days else { return false }
        return now - time >= Int64(days) * Self.day
    }

    // MARK: what is needed

    /// By batch, why none of it may go.
    static func needed(_ batches: [BatchRecord], _ files: [BatchID: [FileRecord]]) -> [BatchID: String] {
        var needed: [BatchID: String] = [:]
        var newest: [FileKey: BatchID] = [:]
        for batch in batches {
            if !batch.status.isGood, batch.status != .skipped {
                needed[batch.batch] = "it is \(batch.status.rawValue)"
            }
            for file in files[batch.batch] ?? [] where file.loadStatus.isGood && batch.status.isGood {
                newest[file.key] = max(newest[file.key] ?? batch.batch, batch.batch)
            }
        }
        for (key, batch) in newest.sorted(by: { $0.key.description < $1.key.description })
        where needed[batch] == nil {
            needed[batch] = "it is the newest of \(key)"
        }
        return needed
    }

    // MARK: what there is

    private func items(
        of file: ManifestFile, _ batch: BatchID, _ kinds: Set<PurgeItem.Kind>
    ) throws -> [PurgeItem] {
        let files = BatchFiles(layout: layout, client: client.name)
        var paths: [(PurgeItem.Kind, String)] = []
        if kinds.contains(.raw) {
            for place in WorkspaceLayout.RawPlace.allCases where place != .incoming {
                paths.append((.raw, files.raw(file, place)))
                if let side = file.sideName {
                    paths.append((.raw, layout.raw(client.name, file.key.source, place) + "/" + side))
                }
            }
        }
        if kinds.contains(.parquet) {
            for place in [WorkspaceLayout.DataPlace.incoming, .archive, .failed] {
                let parquet = files.data(file, place)
                paths.append((.parquet, parquet))
                paths.append((.parquet, String(parquet.dropLast(".parquet".count)) + ".corrections.parquet"))
            }
        }
        if kinds.contains(.quarantine) {
            for stage in [Stage.convert, .validateRow] {
                paths.append((.quarantine, layout.rejected(client.name, file, stage)))
            }
        }
        return try paths.compactMap { kind, path in
            guard let identity = try FileIdentity.ifPresent(path) else { return nil }
            return PurgeItem(
                kind: kind, path: path, bytes: Int(identity.size), batch: batch, file: file.physicalName)
        }
    }

    /// Files that belong to no batch: refused ones, duplicates, and those that were replaced; old since they were put
    /// there.
    private func strays(_ source: String, _ owned: Set<String>, _ now: Int64) throws -> [PurgeItem] {
        var items: [PurgeItem] = []
        for place in [WorkspaceLayout.RawPlace.failed, .archive] {
            let folder = layout.raw(client.name, source, place)
            guard try FileIdentity.ifPresent(folder) != nil else { continue }
            for entry in try listFolder(folder) where entry.kind == .file && !entry.name.hasPrefix(".") {
                guard !owned.contains(entry.name),
                    let identity = try FileIdentity.ifPresent("\(folder)/\(entry.name)"),
                    isOver(.raw, identity.changedNanoseconds / 1000, now)
                else { continue }
                items.append(
                    PurgeItem(
                        kind: .raw, path: "\(folder)/\(entry.name)", bytes: Int(identity.size), batch: nil,
                        file: nil))
            }
        }
        return items
    }
}
