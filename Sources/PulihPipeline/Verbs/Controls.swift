public import PulihModel
internal import PulihSystem

/// What people ask of the run of a client, and of runs to come.
public struct Controls: Sendable {
    private let environment: RunEnvironment
    private var catalog: any Catalog { environment.catalog }

    public init(_ environment: RunEnvironment) {
        self.environment = environment
    }

    /// What became of a request.
    public struct Outcome: Sendable {
        public let client: String
        /// The run that was under way; nil: nobody ran.
        public let run: LeaseRecord?
        /// Whether it has ended by now.
        public let hasEnded: Bool
        /// The newest batch as it stands.
        public let batch: BatchRecord?
        /// How the run was told.
        public let way: String
    }

    // MARK: stop

    /// Asks the run of a client to end, and waits for that.
    ///
    /// A process of this host gets a signal, and asked again it ends at once; one of another host finds a request in the
    /// catalog.
    public func stop(_ client: String, waitSeconds: Double) async throws -> Outcome {
        _ = try HeldClient.find(client, in: environment)
        guard let run = try await running(client) else { return try await outcome(client, nil, ended: true) }
        let way = try await tell(run)
        try await audit(
            "stop", client, "\(run.doing) (pid \(run.lease.owner.pid) on \(run.lease.owner.hostName)): \(way)"
        )
        let watch = Stopwatch()
        var hasEnded = try await hasEnded(run)
        while !hasEnded, watch.elapsedSeconds < waitSeconds {
            try await Task.sleep(for: .milliseconds(100))
            hasEnded = try await self.hasEnded(run)
        }
        return try await outcome(client, run, ended: hasEnded, way: way)
    }

    private func tell(_ run: LeaseRecord) async throws -> String {
        let (owner, host) = (run.lease.owner, environment.host)
        if owner.hostID == host.hostID, owner.bootID == host.bootID {
            let identity = ProcessIdentity(pid: owner.pid, startTime: owner.processStart)
            switch try await BlockingWork.run({ try identity.terminate() }) {
            case .sent, .gone: return "a signal was sent"
            case .refused: break
            }
        }
        // One row tells what is asked; a pause is not forgotten over a stop.
        if try await catalog.control(client: run.lease.client)?.request == .pause {
            return "it is being paused already"
        }
        try await catalog.record(
            ClientControl(
                client: run.lease.client, request: .stop, epoch: run.lease.epoch, by: environment.user,
                hostName: host.hostName, at: environment.clock.now()))
        return "a request was left in the catalog"
    }

    // MARK: pause

    /// From now on no run of the client begins, and one under way ends after its running steps.
    public func pause(_ client: String, reason: String) async throws -> Outcome {
        _ = try HeldClient.find(client, in: environment)
        let run = try await running(client)
        let control = ClientControl(
            client: client, request: .pause, epoch: run?.lease.epoch ?? 0, by: environment.user,
            hostName: environment.host.hostName, at: environment.clock.now(), reason: reason)
        try await catalog.record(control)
        try await audit("pause", client, control.told("paused"))
        return try await outcome(client, run, ended: run == nil)
    }

    /// Lifts a pause and finishes what it left.
    public func resume(_ client: String) async throws -> RunResult {
        _ = try HeldClient.find(client, in: environment)
        let control = try await catalog.control(client: client)
        let wasPaused = control?.request == .pause
        if let control, wasPaused {
            try await catalog.clearControl(client: client)
            try await audit(
                "resume", client, "\(control.told("paused")) is lifted by \(environment.user)")
        }
        let waiting = try await catalog.batches(client: client, limit: 1000).filter { $0.status == .paused }
        guard let oldest = waiting.map(\.batch).min() else {
            return RunResult(
                client: client, batch: nil, status: .success,
                message: wasPaused ? "no longer paused; no batch waited" : "was not paused; no batch waits")
        }
        return try await Runs(environment).restart(client, oldest)
    }

    // MARK: what stands

    private func running(_ client: String) async throws -> LeaseRecord? {
        guard let record = try await catalog.lease(client: client) else { return nil }
        return try await environment.absence(of: record) == nil ? record : nil
    }

    private func hasEnded(_ run: LeaseRecord) async throws -> Bool {
        try await running(run.lease.client)?.lease.epoch != run.lease.epoch
    }

    private func outcome(
        _ client: String, _ run: LeaseRecord?, ended: Bool, way: String = ""
    ) async throws -> Outcome {
        Outcome(
            client: client, run: run, hasEnded: ended,
            batch: try await catalog.batches(client: client, limit: 1).first, way: way)
    }

    /// Who asks holds no lease, so the event's id comes from what was asked when.
    private func audit(_ process: String, _ client: String, _ message: String) async throws {
        let now = environment.clock.now()
        let event = AuditEvent(
            id: "\(client)-\(process)-\(now)", at: now, client: client, batch: nil, process: process,
            status: .success, message: message)
        let (path, folder) = (AuditFile.path(environment.layout, at: now), environment.layout.auditFolder)
        try await BlockingWork.run {
            try DurableFile.createFolders(folder)
            try AppendLog(path).append(lines: [AuditFile.line(event).compact])
        }
        try await catalog.record([event])
    }
}
