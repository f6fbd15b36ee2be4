import Dispatch
import PulihCatalog
import PulihModel
import PulihSQLite
import PulihTesting
import Testing

/// A catalog that cannot be reached or is busy for a while.
@Suite struct PatientCatalogTests {
    private let event = AuditEvent(
        id: "client1-1-1", at: 1, client: "client1", batch: nil, process: "test", status: .success,
        message: "")

    /// One whose first wait is what ends the trouble.
    private func pace(_ body: @escaping @Sendable () async throws -> Void) -> Pace {
        Pace(sleep: { _ in try await body() }, chance: { 0.5 })
    }

    @Test func aServerThatIsStartedAgain() async throws {
        let server = try await PostgresServer()
        let location = PostgresLocation(url: try await server.makeDatabase())
        let catalog = try await PostgresCatalog.open(
            location, readOnly: false, patience: CatalogPatience(RetryPolicy(), pace: pace(server.start)))
        try await server.stop("immediate")
        try await catalog.record([event])
        try await server.stop("immediate")
        #expect(try await catalog.auditEvents(client: "client1", batch: nil, limit: 9) == [event])
        try await catalog.close()
    }

    @Test func aServerThatStaysAway() async throws {
        let server = try await PostgresServer()
        let location = PostgresLocation(url: try await server.makeDatabase())
        let catalog = try await PostgresCatalog.open(
            location, readOnly: false, patience: CatalogPatience(RetryPolicy(), pace: pace {}))
        try await server.stop("immediate")
        do {
            try await catalog.record([event])
            Issue.record("it was written")
        } catch let error as PulihError {
            #expect(error.code == .unreachable)
        }
        try await catalog.close()
    }

    @Test func aFileThatAnotherProgramHolds() async throws {
        let bench = try await CatalogBench(.sqlite)
        try await bench.open().close()
        let (held, released) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        let catalog = try await SQLiteCatalog.open(
            path: bench.path, readOnly: false,
            patience: CatalogPatience(RetryPolicy(), pace: pace { _ = released.signal() }))
        let other = try await SQLiteDatabase(path: bench.path)
        async let holding: Void = other.transaction { session in
            try session.execute("UPDATE client_reference SET last_batch_id = 0")
            held.continuation.yield()
            released.wait()
        }
        for await _ in held.stream { break }
        try await catalog.record([event])
        try await holding
        #expect(try await catalog.auditEvents(client: "client1", batch: nil, limit: 9) == [event])
        try await catalog.close()
        try await other.close()
    }
}
