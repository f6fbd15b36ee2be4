import PulihSystem

/// A store that tells `Timings` how long its callers waited.
struct TimedStore: CatalogStore {
    let store: any CatalogStore

    func reading<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await Timings.measure(.catalog) { try await store.reading(body) }
    }

    func writing(_ body: @escaping @Sendable (any CatalogSession) throws -> Void) async throws {
        try await Timings.measure(.catalog) { try await store.writing(body) }
    }

    func writingAlone<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await Timings.measure(.catalog) { try await store.writingAlone(body) }
    }

    func close() async throws { try await store.close() }
}
