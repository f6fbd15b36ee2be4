public import PulihModel
public import PulihSystem

/// Brings the catalog to the configuration and makes the folders of its clients.
public struct Configuring: Sendable {
    private let layout: WorkspaceLayout
    private let catalog: any Catalog
    private let clock: any WallClock

    public init(_ layout: WorkspaceLayout, _ catalog: any Catalog, _ clock: any WallClock) {
        self.layout = layout
        self.catalog = catalog
        self.clock = clock
    }

    /// One transaction in the catalog, then the folders. Safe to repeat.
    public func apply(_ changes: [ConfigurationChange], clients: [Client]) async throws {
        if !changes.isEmpty { try await catalog.apply(changes, at: clock.now()) }
        let layout = layout
        try await BlockingWork.run {
            for client in clients {
                try BatchFiles(layout: layout, client: client.name).createFolders(sources: client.sources)
            }
        }
    }
}
