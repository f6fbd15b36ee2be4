public import PulihModel
public import PulihSystem

/// The ports and values that every run works with; put together once by the command line.
public struct RunEnvironment: Sendable {
    public let layout: WorkspaceLayout
    public let configuration: Configuration
    public let catalog: any Catalog
    public let engine: any Engine
    public let warehouse: any Warehouse
    public let places: Places
    public let clock: any WallClock
    public let pace: Pace
    public let host: HostIdentity
    public let user: String
    public let stop: RunStop
    public let report: @Sendable (RunEvent) -> Void

    public init(
        layout: WorkspaceLayout, configuration: Configuration, catalog: any Catalog, engine: any Engine,
        warehouse: any Warehouse, places: Places = Places(), clock: any WallClock, pace: Pace = .real,
        host: HostIdentity, user: String,
        stop: RunStop = .current, report: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.layout = layout
        self.configuration = configuration
        self.catalog = catalog
        self.engine = engine
        self.warehouse = warehouse
        self.places = places
        self.clock = clock
        self.pace = pace
        self.host = host
        self.user = user
        self.stop = stop
        self.report = report
    }
}

extension RunEnvironment {
    /// For the holder of a lease: its catalog takes nothing any more once the lease is lost.
    func fenced(by lease: Lease) -> RunEnvironment {
        RunEnvironment(
            layout: layout, configuration: configuration, catalog: catalog.fenced(by: lease), engine: engine,
            warehouse: warehouse, places: places, clock: clock, pace: pace, host: host, user: user,
            stop: RunStop(within: stop), report: report)
    }
}

/// What a run says while it works.
public enum RunEvent: Sendable {
    /// Something a person should know that is no step: a file waits, a duplicate was put aside.
    case note(String)
    case batchBegan(Manifest, RunMode)
    case stepBegan(StepID)
    /// It has done its part; how it ends is known when the publication ends.
    case stepWaits(StepID)
    /// - Parameter position: ended steps so far, this one included.
    case stepEnded(StepRecord, position: Int, total: Int)
}

/// How a run ended.
public struct RunResult: Sendable {
    public var client: String
    /// nil: there was nothing to do.
    public var batch: BatchID?
    public var status: Status
    public var message: String
    /// Steps of the last batch, as they ended.
    public var steps: [StepRecord]
    /// Files that did not become part of the batch, and why.
    public var findings: [String]
    /// The next command to type; nil: none is needed.
    public var next: String?
    public var exitCode: ExitCode
    public var seconds: Double
    /// Batches that this run worked on, in order.
    public var batches: [BatchID]

    public init(
        client: String, batch: BatchID?, status: Status, message: String, steps: [StepRecord] = [],
        findings: [String] = [], next: String? = nil, exitCode: ExitCode = .done, seconds: Double = 0,
        batches: [BatchID] = []
    ) {
        self.client = client
        self.batch = batch
        self.status = status
        self.message = message
        self.steps = steps
        self.findings = findings
        self.next = next
        self.exitCode = exitCode
        self.seconds = seconds
        self.batches = batches
    }
}

extension PulihError {
    /// A failed file operation as a failure above the adapters.
    public init(_ failure: SystemFailure, leftBehind: String = "nothing was lost", hint: String = "") {
        let advice =
            failure.isDiskFull
            ? "free some space, then run the command again"
            : failure.isRefused
                ? "give the account that runs pulih the right to do this, then run the command again" : hint
        self.init(
            .storage, failure.description, object: failure.path ?? "", leftBehind: leftBehind, hint: advice,
            isDiskFull: failure.isDiskFull, cause: failure.description)
    }

    /// Any error as a `PulihError`; one that no port mapped is a bug of Pulih's.
    public static func wrapping(_ error: any Error) -> PulihError {
        switch error {
        case let error as PulihError: error
        case let failure as SystemFailure: PulihError(failure)
        case is CancellationError:
            PulihError(
                .failed, "stopped before its end: \(RunStop.current.order?.cause ?? "cancelled")",
                leftBehind: "what was committed before stands")
        default:
            PulihError(
                .bug, "unexpected failure: \(error)", leftBehind: "what was committed before stands",
                hint: "please report this with the output of 'pulih show'")
        }
    }
}
