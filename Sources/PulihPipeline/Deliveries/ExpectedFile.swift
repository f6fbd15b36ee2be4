public import PulihModel
public import PulihSystem

/// A file that somebody waits for, and whether it came.
public struct ExpectedFile: Sendable {
    public let key: FileKey
    public let pattern: String
    public let together: String?
    /// From when on a file counts. Microseconds since 1970 UTC.
    public let opens: Int64
    public let due: Int64
    public let zone: LocalZone
    /// The batch that took this delivery; nil: none yet.
    public let batch: BatchID?

    /// `crm.cust_info (cust_info*.csv), expected by 2026-11-20 06:00 Asia/Jakarta`
    public var text: String { "\(key) (\(pattern)), expected by \(deadline)" }

    public var deadline: String { "\(zone.text(due)) \(zone.name)" }
}

/// Reads which of a client's expected files were taken by a batch.
public struct Deliveries: Sendable {
    private let configuration: Configuration
    private let catalog: any Catalog
    private let client: Client

    public init(_ configuration: Configuration, _ catalog: any Catalog, _ client: Client) {
        self.configuration = configuration
        self.catalog = catalog
        self.client = client
    }

    /// Blocks for a moment: zone data is read.
    /// - Throws: `configuration` when the machine does not know the client's time zone.
    public func zone() async throws -> LocalZone {
        let name = configuration.timeZone(of: client)
        return try await BlockingWork.run {
            do {
                return try name.map { try LocalZone.named($0) } ?? LocalZone.machine()
            } catch {
                throw PulihError(
                    .configuration, "\(error)", object: name ?? "TZ", leftBehind: "nothing was done",
                    hint: "install the package tzdata, or name another 'time_zone' in pulih.yml")
            }
        }
    }

    /// The deliveries that are due at a time, in the order of `pulih.yml`.
    public func expected(at time: Int64) async throws -> [ExpectedFile] {
        let waited = configuration.files(of: client).compactMap { spec in
            configuration.expectation(of: spec, from: client).map { (spec, $0) }
        }
        guard !waited.isEmpty else { return [] }
        let zone = try await zone()
        let windows = waited.map { DeliveryWindow.current($0.1, zone, at: time) }
        var taken: [FileKey: [(time: Int64, batch: BatchID)]] = [:]
        let since = windows.map(\.opens).min() ?? time
        for batch in try await catalog.batches(client: client.name, limit: 10_000)
        where batch.batchTime >= since {
            for file in try await catalog.files(client: client.name, batch: batch.batch) {
                taken[file.key, default: []].append((batch.batchTime, batch.batch))
            }
        }
        return zip(waited, windows).map { pair, window in
            ExpectedFile(
                key: pair.0.key, pattern: pair.0.pattern, together: pair.1.together, opens: window.opens,
                due: window.due, zone: zone,
                batch: taken[pair.0.key]?.filter { $0.time >= window.opens }.map(\.batch).max())
        }
    }
}

extension Deliveries {
    /// Which files a client's `incoming` holds, complete or not, in the workspace and in the storage place.
    public static func lying(
        in layout: WorkspaceLayout, _ client: Client, _ configuration: Configuration,
        places: Places = Places()
    ) async throws -> Set<FileKey> {
        var look = try await BlockingWork.run { try IncomingLook.take(layout, client, settle: 0, now: .max) }
        try await look.add(places.raw, layout, client)
        return keys(of: SideFiles(look.complete, configuration.files(of: client)), client, configuration)
    }

    /// The kinds of files that a run would take from these.
    static func keys(
        of files: SideFiles, _ client: Client, _ configuration: Configuration
    ) -> Set<FileKey> {
        let specs = configuration.files(of: client)
        return Set(
            files.data.compactMap { file in
                let matcher = FileMatcher(specs: specs.filter { $0.key.source == file.source })
                guard case .one(let spec) = matcher.match(file.name) else { return nil }
                if let side = spec.sideName(of: file.name), files.file(side, of: file.source) == nil {
                    return nil
                }
                return spec.key
            })
    }
}
