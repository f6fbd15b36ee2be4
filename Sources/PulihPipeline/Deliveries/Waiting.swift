public import PulihModel
public import PulihSystem

/// Waits for the files of a client; holds nothing meanwhile, so that others may run it.
public struct Waiting: Sendable {
    private let layout: WorkspaceLayout
    private let configuration: Configuration
    private let client: Client
    private let places: Places
    private let clock: any WallClock
    private let expected: @Sendable (Int64) async throws -> [ExpectedFile]
    private let report: @Sendable (String) -> Void

    /// In any case one looks that often, in microseconds.
    private static let longest: Int64 = 30_000_000
    /// A store does not tell of objects.
    private static let storePause: Int64 = 10_000_000

    /// - Parameter expected: the deliveries that are due at a time; asked again and again.
    public init(
        _ layout: WorkspaceLayout, _ configuration: Configuration, _ client: Client,
        places: Places = Places(), clock: any WallClock = SystemClock(),
        expected: @escaping @Sendable (Int64) async throws -> [ExpectedFile],
        report: @escaping @Sendable (String) -> Void
    ) {
        self.layout = layout
        self.configuration = configuration
        self.client = client
        self.places = places
        self.clock = clock
        self.expected = expected
        self.report = report
    }

    /// The next time at which the clocks of the zone show this minute.
    public static func next(_ minute: Int, _ zone: LocalZone, after now: Int64) -> Int64 {
        let today = zone.local(now).day
        let times = (today - 1...today + 2).map { zone.time(day: $0, minute: minute) }
        return times.first { $0 > now } ?? now
    }

    /// Returns when every expected file of the delivery that is due by then is there, whole; where none is expected,
    /// when any file is.
    /// - Parameter until: microseconds since 1970 UTC.
    /// - Throws: `data` naming what is missing at the deadline; `CancellationError`.
    public func wait(until: Int64) async throws {
        let folders = client.sources.map { layout.raw(client.name, $0, .incoming) }
        let watch = try await BlockingWork.run {
            for folder in folders { try DurableFile.createFolders(folder) }
            return try FolderWatch(folders)
        }
        if let reason = watch.pollingReason {
            report("\(reason); looking every \(FolderWatch.pollMilliseconds / 1000) s")
        }
        if let store = places.raw {
            report("\(store.name) does not tell of objects; looking every \(Self.storePause / 1_000_000) s")
        }
        try await withTaskCancellationHandler {
            var told = ""
            while true {
                try Task.checkCancellation()
                guard let state = try await patientLook(until: until) else {
                    try await BlockingWork.run { watch.wait(milliseconds: FolderWatch.pollMilliseconds) }
                    continue
                }
                if state.isReady { return }
                let left = until - clock.now()
                if left <= 0 { throw tooLate(state.absent) }
                if state.waitsFor != told {
                    report("waiting for \(state.waitsFor)")
                    told = state.waitsFor
                }
                let pause = min(left, max(state.pause, 10_000))
                try await BlockingWork.run { watch.wait(milliseconds: Int((pause + 999) / 1000)) }
            }
        } onCancel: {
            watch.wake()
        }
    }

    private struct State {
        var isReady: Bool
        var absent: [ExpectedFile]
        var waitsFor: String
        /// Microseconds until something may be otherwise without an event.
        var pause: Int64
    }

    /// nil: the catalog cannot be asked for a while, which a night of waiting bears.
    private func patientLook(until: Int64) async throws -> State? {
        do {
            return try await look(until: until)
        } catch {
            let failure = PulihError.wrapping(error)
            guard failure.isTransient, clock.now() < until else { throw error }
            report("\(failure.summary); looking again")
            return nil
        }
    }

    private func look(until: Int64) async throws -> State {
        let now = clock.now()
        let settle = Int64(configuration.settings.settleSeconds * 1_000_000)
        let (layout, client) = (layout, client)
        var look = try await BlockingWork.run {
            try IncomingLook.take(layout, client, settle: settle, now: now)
        }
        try await look.add(places.raw, layout, client)
        let present = Deliveries.keys(
            of: SideFiles(look.complete, configuration.files(of: client)), client, configuration)
        let due = try await expected(until)
        let absent = due.filter { $0.batch == nil && !present.contains($0.key) }
        // What comes before its time is kept for it.
        let opens = due.filter { $0.batch == nil }.map(\.opens).max() ?? now
        var pause = places.raw == nil ? Self.longest : Self.storePause
        if !look.growing.isEmpty { pause = min(pause, look.wait) }
        if opens > now { pause = min(pause, opens - now) }
        let zone = due.first?.zone ?? .utc
        let isThere = due.isEmpty ? !present.isEmpty : absent.isEmpty
        let waitsFor =
            due.isEmpty
            ? "any file of \(client.name)"
            : absent.isEmpty
                ? "\(zone.text(opens)), from when on they count" : absent.map(\.text).joined(separator: "; ")
        return State(
            isReady: isThere && opens <= now, absent: absent, waitsFor: waitsFor, pause: pause)
    }

    private func tooLate(_ absent: [ExpectedFile]) -> PulihError {
        guard absent.isEmpty else {
            return ExpectedFile.missing(absent, of: client.name, leftBehind: "nothing was started")
        }
        return PulihError(
            .data, "no file of \(client.name) came in time", object: client.name,
            leftBehind: "nothing was started",
            hint: "ask the sender; files belong into "
                + layout.shown(layout.raw(client.name, client.sources.first ?? "SOURCE", .incoming)))
    }
}
