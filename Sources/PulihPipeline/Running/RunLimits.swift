internal import PulihModel
internal import PulihSystem
internal import Synchronization

/// What a run needs of its machine before it begins another step: room on the disks that it writes to, and memory.
struct RunLimits: Sendable {
    private let layout: WorkspaceLayout
    private let configuration: Configuration
    private let measures: Measures

    /// How the machine is looked at; tests bring their own.
    struct Measures: Sendable {
        /// Bytes that may be written where the path lies; nil: there is nothing at the path.
        var free: @Sendable (String) throws -> Int64?
        /// Bytes of memory that this process has now.
        var resident: @Sendable () throws -> Int64
        /// Bytes of memory of the machine, or of what it grants.
        var total: @Sendable () throws -> Int64

        static let real = Measures(
            free: { try FileIdentity.ifPresent($0) == nil ? nil : try DiskSpace.free($0) },
            resident: { try Memory.resident() }, total: { try Memory.total() })
    }

    init(_ environment: RunEnvironment, measures: Measures = .real) {
        self.init(layout: environment.layout, configuration: environment.configuration, measures: measures)
    }

    init(layout: WorkspaceLayout, configuration: Configuration, measures: Measures) {
        self.layout = layout
        self.configuration = configuration
        self.measures = measures
    }

    /// The first limit that is reached, as it reads after "stopped: "; nil: none.
    func reached() async throws -> String? {
        let limits = self
        return try await BlockingWork.run {
            if let full = try limits.fullDisk() { return full }
            return try limits.fullMemory()
        }
    }

    /// Blocks.
    func fullDisk() throws -> String? {
        let reserve = configuration.settings.diskReserveBytes
        guard reserve > 0 else { return nil }
        for folder in written {
            guard let free = try measures.free(folder), free < reserve else { continue }
            return "the disk of \(layout.shown(folder)) has \(Self.megabytes(Int(free))) free,"
                + " settings.disk_reserve is \(Self.megabytes(reserve))"
        }
        return nil
    }

    /// Blocks.
    func fullMemory() throws -> String? {
        let limit = try configuration.settings.processMemoryBytes ?? Int(measures.total() / 10 * 9)
        guard limit > 0 else { return nil }
        let resident = try Int(measures.resident())
        guard resident > limit else { return nil }
        return "the process has \(Self.megabytes(resident)) of memory, settings.process_memory is"
            + " \(Self.megabytes(limit))"
    }

    /// Folders and files that a run writes to; each may lie on a disk of its own.
    private var written: [String] {
        var folders = [layout.root, layout.dataFolder, layout.auditFolder, layout.manifestFolder]
        if case .sqlite(let path) = configuration.catalog {
            folders.append(layout.resolve(path))
        }
        if case .duckdb(let folder) = configuration.warehouse { folders.append(layout.resolve(folder)) }
        return folders
    }

    private static func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000) MB" }
}

extension RunEnvironment {
    /// Stops the run after the steps that are under way when a limit is reached.
    func heedLimits() async throws {
        guard stop.order == nil, let cause = try await RunLimits(self).reached() else { return }
        stop.ask(RunStop.Order(.afterRunningSteps, cause: cause))
    }

    /// - Throws: `storage` when a limit is reached before anything has begun.
    func refuseAtLimits(_ client: String, leftBehind: String) async throws {
        guard let cause = try await RunLimits(self).reached() else { return }
        throw PulihError(
            .storage, "\(client) was not begun: \(cause)", object: client, leftBehind: leftBehind,
            hint: "make room or lower the limit in pulih.yml, then run the command again")
    }

    /// Stops the rest of the run when a step came upon a full disk: others would too.
    func heed(_ failure: PulihError) {
        guard failure.isDiskFull else { return }
        stop.ask(RunStop.Order(.afterRunningSteps, cause: "a disk is full: \(failure.summary)"))
    }
}
