internal import PulihModel
internal import PulihSystem

/// A client whose lease this process holds, with its warehouse open and fenced.
struct HeldClient: Sendable {
    let environment: RunEnvironment
    let client: Client
    let lease: Lease
    let session: any WarehouseSession
    let auditor: Auditor
    let graph: ModelGraph
    /// Hashes of the procedures as they are in the warehouse.
    let definitions: [ProcedureName: String]
    /// Only looked at: nothing is written.
    let isDry: Bool

    var files: BatchFiles { BatchFiles(layout: environment.layout, client: client.name) }
    var manifests: ManifestStore { ManifestStore(layout: environment.layout, client: client.name) }
    var claimer: Claimer { Claimer(environment: environment, client: client, auditor: auditor) }

    /// Claims the lease, opens the warehouse, runs the body, and gives both back however the body ends.
    /// - Parameters:
    ///   - isDry: the body only looks: nothing is prepared or taken over.
    ///   - passing: a block of the client that does not keep this verb from it.
    static func hold<Value: Sendable>(
        _ name: String, in environment: RunEnvironment, doing: String, isDry: Bool = false,
        passing: @Sendable (ClientBlock) -> Bool = { _ in false },
        _ body: @escaping @Sendable (HeldClient) async throws -> Value
    ) async throws -> Value {
        let client = try find(name, in: environment)
        if !isDry { try await refuseWhilePaused(name, environment) }
        OwnLeases.enter(name)
        defer { OwnLeases.leave(name) }
        let takeover = Takeover(environment: environment, client: name)
        // First of all: it may hold the catalog in the middle of a write.
        let ended = try await takeover.endWhatHangs()
        let analysis = try await ModelAnalysis(environment.configuration, engine: environment.engine)
        let definitions = try await ProcedureReadiness.ensure(environment, client: name)
        let note = try await AppliedConfiguration.ensure(environment, isDry: isDry)
        if !isDry {
            let files = BatchFiles(layout: environment.layout, client: client.name)
            try await BlockingWork.run { try files.createFolders(sources: client.sources) }
        }
        let claimed = try await takeover.claim(doing: doing, above: 0, ended: ended)
        var lease = claimed.lease
        environment.stop.hold()
        defer { environment.stop.letGo() }
        do {
            try Failpoints.hit(.leaseAfterClaim)
            try await Blocks(environment, client: client.name).refuse(passing: passing)
            let session = try await open(&lease, environment, doing: doing)
            let lease = lease
            let fenced = environment.fenced(by: lease)
            let auditor = Auditor(fenced, lease: lease)
            let held = HeldClient(
                environment: fenced, client: client, lease: lease, session: session, auditor: auditor,
                graph: analysis.graph, definitions: definitions, isDry: isDry)
            do {
                if !isDry { try await held.prepare(note, takenOver: claimed.takenOver) }
                let value = try await held.heartbeat.whileBeating { try await body(held) }
                do { try await session.close() } catch {
                    // What was committed is safe, and how the run ended must be told.
                    guard PulihError.wrapping(error).isDiskFull else { throw error }
                    environment.report(.note("while closing: \(error)"))
                }
                try await environment.catalog.releaseLease(lease)
                return value
            } catch {
                let error = await held.endedEarly(by: error)
                // The first error is the one that matters; a session that cannot close is closed by the process's end.
                do { try await session.close() } catch {
                    environment.report(.note("while closing: \(error)"))
                }
                throw error
            }
        } catch {
            let error = await Blocks(environment, client: client.name).noted(error, lease, isDry: isDry)
            do { try await environment.catalog.releaseLease(lease) } catch {
                environment.report(.note("while releasing the lease: \(error)"))
            }
            throw error
        }
    }

    /// Opens the warehouse. A fence beyond our epoch while nobody runs means that the catalog is younger than the
    /// warehouse, lost or restored from an older copy; then the lease is claimed again beyond the fence.
    private static func open(
        _ lease: inout Lease, _ environment: RunEnvironment, doing: String
    ) async throws -> any WarehouseSession {
        do {
            return try await environment.warehouse.open(for: lease)
        } catch let error as PulihError where error.code == .busy {
            let last = try await environment.warehouse.lastEpoch(client: lease.client)
            guard last > lease.epoch, let client = environment.configuration.client(lease.client) else {
                throw error
            }
            // Fails if somebody else has the lease by now: then the fence is theirs.
            try await environment.catalog.renewLease(lease, at: environment.clock.now())
            try await environment.catalog.releaseLease(lease)
            lease = try await claim(client, environment, doing: doing, above: last)
            environment.report(
                .note("the catalog is older than the warehouse; went on with epoch \(lease.epoch)"))
            return try await environment.warehouse.open(for: lease)
        }
    }

    /// What every run does before anything else.
    /// - Parameter takenOver: what became of the run before; nil: it ended by itself.
    private func prepare(_ note: String?, takenOver: String?) async throws {
        try await auditor.reconcile()
        // The lease is ours, so RUNNING means dead.
        let interrupted = try await OpenBatches(environment: environment, client: client.name).close(
            as: .interrupted, cause: takenOver ?? OpenBatches.unknownCause)
        if let takenOver { try await auditor.record("takeover", .success, batch: nil, takenOver) }
        if let note { try await auditor.record("apply", .success, batch: nil, note) }
        for spec in environment.configuration.files(of: client) {
            try await environment.patiently {
                try await session.prepareBronze(spec.bronzeTable(client.name))
            }
        }
        try await reopenLostBatches()
        let recoveries = RecoveryLog(held: self)
        let settled = try await recoveries.settle()
        if let takenOver, interrupted.isEmpty, !settled { try await recoveries.tookOver(takenOver) }
    }

    /// Batches that ended well and that the warehouse does not show: it was lost, restored from an older copy, or a
    /// standby that lacked the newest commits took over. They wait to be carried again, oldest first, from raw files
    /// and Parquet; of them runs what the ledger does not hold.
    private func reopenLostBatches() async throws {
        let shown = Set(
            try await environment.patiently { try await session.ledger() }.rows.filter {
                $0.step.stage == .publish && $0.step.thing == $0.batch.description
            }.map(\.batch))
        let lost = try await environment.catalog.batches(client: client.name, limit: 100_000)
            .filter { $0.status.isGood && !shown.contains($0.batch) }
        for var batch in lost {
            batch.status = .pending
            batch.message = "the warehouse does not hold all of it any more"
            try await environment.catalog.updateBatch(batch)
            environment.report(
                .note("\(batch.batch) is not whole in the warehouse any more; it has to be carried again"))
            try await auditor.record("reconcile", .pending, batch: batch.batch, batch.message)
        }
    }

    static func find(_ name: String, in environment: RunEnvironment) throws -> Client {
        if let client = environment.configuration.client(name) { return client }
        let names = environment.configuration.clients.map(\.name)
        let guess = Suggestion.nearest(to: name, among: names).map { " (did you mean '\($0)'?)" } ?? ""
        throw PulihError(
            .usage, "there is no client '\(name)'\(guess)", object: name, leftBehind: "nothing was done",
            hint: "clients of this workspace: \(names.joined(separator: ", "))")
    }

    private static func refuseWhilePaused(_ client: String, _ environment: RunEnvironment) async throws {
        guard let control = try await environment.catalog.control(client: client), control.request == .pause
        else { return }
        throw PulihError(
            .busy, "\(client) is \(control.told("paused")) (since \(Timestamp.format(control.at)))",
            object: client, leftBehind: "nothing was done",
            hint: "'pulih resume \(client)' lifts it and goes on")
    }

    /// Closes what this run leaves open although it ends, and says so in the error.
    private func endedEarly(by error: any Error) async -> any Error {
        let order = environment.stop.order
        let isStopped = error is CancellationError
        let cause = isStopped ? "stopped: \(order?.cause ?? "cancelled")" : PulihError.wrapping(error).summary
        let status = isStopped ? order?.status ?? .cancelled : .interrupted
        let held = self
        let closed: [BatchID] = await shielded {
            // Who only looked has left nothing open, and has nothing to say of what others left.
            if held.isDry { return [] }
            do {
                try await held.heartbeat.confirm()
                return try await OpenBatches(environment: held.environment, client: held.client.name)
                    .close(as: status, cause: cause)
            } catch {
                held.environment.report(
                    .note("while closing what is open: \(PulihError.wrapping(error).summary)"))
                return []
            }
        }
        guard isStopped else { return error }
        let batches = closed.map { "\($0) of \(client.name) is \(status.rawValue)" }.joined(separator: ", ")
        return PulihError(
            .failed, cause, object: client.name,
            leftBehind: closed.isEmpty ? "what was committed before stands" : batches,
            hint: closed.isEmpty ? "" : "run 'pulih restart \(client.name)'")
    }

    var heartbeat: Heartbeat { Heartbeat(environment: environment, lease: lease) }

    static func claim(
        _ client: Client, _ environment: RunEnvironment, doing: String, above: Int
    ) async throws -> Lease {
        try await Takeover(environment: environment, client: client.name).claim(doing: doing, above: above)
            .lease
    }
}

extension FileSpec {
    func bronzeTable(_ client: String) -> BronzeTable {
        BronzeTable(name: bronze.live(client), columns: columns, delivery: delivery)
    }
}
