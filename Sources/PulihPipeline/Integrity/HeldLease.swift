internal import PulihModel
internal import PulihSystem

/// A client kept from every run, for a verb that mends what lies around its warehouse and must not need that.
struct HeldLease: Sendable {
    let environment: RunEnvironment
    let client: Client
    let lease: Lease
    let auditor: Auditor

    var files: BatchFiles { BatchFiles(layout: environment.layout, client: client.name) }
    var manifests: ManifestStore { ManifestStore(layout: environment.layout, client: client.name) }

    /// - Parameter above: an epoch that the lease's must exceed.
    static func hold<Value: Sendable>(
        _ name: String, in environment: RunEnvironment, doing: String, above: Int = 0,
        _ body: @escaping @Sendable (HeldLease) async throws -> Value
    ) async throws -> Value {
        let client = try HeldClient.find(name, in: environment)
        let lease = try await HeldClient.claim(client, environment, doing: doing, above: above)
        do {
            try Failpoints.hit(.leaseAfterClaim)
            // Who was stopped for long and has lost the lease writes nothing any more.
            let fenced = environment.fenced(by: lease)
            let held = HeldLease(
                environment: fenced, client: client, lease: lease, auditor: Auditor(fenced, lease: lease))
            try await held.auditor.reconcile()
            let heartbeat = Heartbeat(environment: environment, lease: lease)
            let value = try await heartbeat.whileBeating { try await body(held) }
            try await environment.catalog.releaseLease(lease)
            return value
        } catch {
            do { try await environment.catalog.releaseLease(lease) } catch {
                environment.report(.note("while releasing the lease: \(error)"))
            }
            throw error
        }
    }
}
