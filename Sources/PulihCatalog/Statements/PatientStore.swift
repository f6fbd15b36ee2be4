public import PulihModel

/// How long a catalog bears that its database cannot be reached or is busy.
public struct CatalogPatience: Sendable {
    let policy: RetryPolicy
    let pace: Pace

    public init(_ policy: RetryPolicy, pace: Pace = .real) {
        self.policy = policy
        self.pace = pace
    }
}

/// A store whose readings and writings are tried again when what stood in their way passes by itself.
///
/// Every writing may be done twice, so also one of which is not known whether it was committed: it puts rows under
/// their keys.
struct PatientStore: CatalogStore {
    let store: any CatalogStore
    let patience: CatalogPatience

    func reading<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await patiently { try await store.reading(body) }
    }

    func writing(_ body: @escaping @Sendable (any CatalogSession) throws -> Void) async throws {
        try await patiently { try await store.writing(body) }
    }

    /// Once: what needs a transaction for itself is not to be done twice.
    func writingAlone<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T {
        try await store.writingAlone(body)
    }

    func close() async throws { try await store.close() }

    private func patiently<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        try await patience.policy.run(patience.pace) { error in
            // The store's own trouble; what a body found in it, such as a lease of others, stays.
            guard let error = error as? PulihError, error.isTransient else { return false }
            return error.cause != nil
        } _: {
            try await body()
        }
    }
}
