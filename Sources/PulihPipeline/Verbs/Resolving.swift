internal import PulihCrypto
public import PulihModel
internal import PulihSystem

/// Lifts what blocks a client, once somebody has looked at it.
public struct Resolving: Sendable {
    let environment: RunEnvironment

    public init(_ environment: RunEnvironment) {
        self.environment = environment
    }

    public struct Resolution: Sendable {
        /// As it was closed.
        public let block: ClientBlock
        /// What was done about the object; nil: nothing, the next run looks at it again.
        public let done: String?
    }

    /// Closes open blocks. A manifest that is still damaged or gone is made again from the catalog; what was there stays
    /// beside it under another name. Everything else is looked at again by the next run, which blocks the client anew
    /// if nothing was mended.
    /// - Parameter id: only this block.
    /// - Throws: `usage` for a block that is not open.
    public func resolve(_ client: String, block id: String?, reason: String) async throws -> [Resolution] {
        try await HeldLease.hold(client, in: environment, doing: "resolve \(client)") { held in
            let blocks = Blocks(held.environment, client: client)
            let open = try await blocks.open()
            if let id, !open.contains(where: { $0.id == id }) {
                throw PulihError(
                    .usage, "\(client) has no open block '\(id)'", object: id, leftBehind: "nothing was done",
                    hint: open.isEmpty
                        ? "nothing blocks \(client)"
                        : "open blocks: \(open.map(\.id).joined(separator: ", "))")
            }
            var done: [Resolution] = []
            for block in open where id == nil || block.id == id {
                let mended = try await mend(block, held)
                done.append(
                    Resolution(
                        block: try await blocks.lift(block, reason: reason, held.auditor), done: mended))
            }
            return done
        }
    }

    private func mend(_ block: ClientBlock, _ held: HeldLease) async throws -> String? {
        let environment = held.environment
        guard block.object.hasPrefix("batch_info/"), let id = BatchID(manifest: block.object),
            let batch = try await environment.catalog.batch(client: held.client.name, id)
        else { return nil }
        let files = try await environment.catalog.files(client: held.client.name, batch: id)
        do {
            let check = ManifestCheck(environment, client: held.client.name)
            if try await check.manifest(of: batch, files) != nil { return "it is whole again" }
        } catch let error as PulihError {
            guard error.code == .damaged else { throw error }
        }
        let analysis = try await ModelAnalysis(environment.configuration, engine: environment.engine)
        let manifests = held.manifests
        let aside = try await BlockingWork.run { try manifests.putAside(id) }
        let claimer = Claimer(environment: environment, client: held.client, auditor: held.auditor)
        try await Resting(environment: environment, client: held.client, auditor: held.auditor)
            .bringBack(unmarked: files)
        let manifest = try await claimer.complete(batch, files, graph: analysis.graph)
        if batch.status.isGood {
            let place: WorkspaceLayout.ManifestPlace =
                manifest.refreshes.isEmpty ? manifest.integrations.isEmpty ? .success : .archive : .refreshed
            try await BlockingWork.run { try manifests.move(id, to: place) }
        }
        return "it is made again from the catalog"
            + (aside.map { "; what was there is \(environment.layout.shown($0))" } ?? "")
    }
}

extension BatchID {
    /// Of `batch_info/…/batch_output_client1_BATCH000014.json`.
    init?(manifest path: String) {
        guard let name = path.split(separator: "/").last, name.hasSuffix(".json"),
            let number = name.dropLast(".json".count).split(separator: "_").last
        else { return nil }
        self.init(String(number))
    }
}
