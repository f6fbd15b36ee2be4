public import PulihModel
internal import PulihSystem

/// Looks for damage without touching anything.
public struct Inspection: Sendable {
    private let layout: WorkspaceLayout
    private let catalog: any Catalog
    private let client: String

    public init(layout: WorkspaceLayout, catalog: any Catalog, client: String) {
        self.layout = layout
        self.catalog = catalog
        self.client = client
    }

    /// What is wrong with the manifests of the client's batches.
    public func damagedManifests() async throws -> [PulihError] {
        let check = ManifestCheck(layout: layout, catalog: catalog, client: client)
        var damage: [PulihError] = []
        for batch in try await catalog.batches(client: client, limit: 100_000).reversed() {
            let files = try await catalog.files(client: client, batch: batch.batch)
            do {
                _ = try await check.manifest(of: batch, files)
            } catch let error as PulihError {
                guard error.code == .damaged else { throw error }
                damage.append(error)
            }
        }
        return damage
    }
}

/// Looks through the files of the audit.
public struct AuditInspection: Sendable {
    private let layout: WorkspaceLayout

    public init(layout: WorkspaceLayout) {
        self.layout = layout
    }

    public struct DamagedLine: Sendable {
        /// `audit/audit-2026-11.ndjson:17`
        public let place: String
        /// The first characters of it.
        public let start: String
    }

    /// Lines that are no events. Blocks.
    public func damagedLines() throws -> [DamagedLine] {
        var damaged: [DamagedLine] = []
        try AuditFile.forEachLine(layout) { place, text in
            if AuditFile.event(text) == nil {
                damaged.append(DamagedLine(place: place, start: String(text.prefix(60))))
            }
        }
        return damaged
    }
}

extension AuditFile {
    /// All lines of all months, oldest first, with their place. Bytes that are no UTF-8 show as U+FFFD. Blocks.
    static func forEachLine(_ layout: WorkspaceLayout, _ body: (String, String) throws -> Void) throws {
        guard try FileIdentity.ifPresent(layout.auditFolder) != nil else { return }
        for entry in try listFolder(layout.auditFolder)
        where entry.name.hasPrefix("audit-") && entry.name.hasSuffix(".ndjson") {
            let path = "\(layout.auditFolder)/\(entry.name)"
            let bytes = try FileReader.readAll(path, limit: 1 << 32)
            for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                .enumerated() where !line.isEmpty
            {
                try body("\(layout.shown(path)):\(index + 1)", String(decoding: line, as: UTF8.self))
            }
        }
    }
}
