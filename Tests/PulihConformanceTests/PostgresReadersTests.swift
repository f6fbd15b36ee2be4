import PulihModel
import PulihPostgres
import PulihTesting
import Synchronization
import Testing

@Suite("Readers of models on PostgreSQL", .serialized)
struct PostgresReadersTests {
    /// Rows (k, v, batch) with keys from `first` on.
    static func rows(
        _ count: Int, from first: Int = 1, batch: Int, _ materialization: Materialization = .table
    )
        -> ModelBuild
    {
        model(
            "t",
            "SELECT k, k % 7 + \(batch) AS v, \(batch) AS batch FROM generate_series(\(first), \(first + count - 1)) AS k",
            materialization, key: materialization == .table ? [] : ["k"],
            tests: PostgresPublicationTests.keyed,
            batch: batch)
    }

    static let read = "SELECT count(*), min(batch), max(batch), min(k), max(k) FROM silver_client1.t"

    @Test(arguments: [Materialization.table, .incremental, .history], [true, false])
    func anOlderSnapshotSeesTheWholeOldState(_ kind: Materialization, _ hasReadIt: Bool) async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.buildAndPublish([Self.rows(1_000, batch: 1, kind)], batch: 1)
            let reader = try await HeldTransaction(
                bench, first: hasReadIt ? Self.read : "SELECT 1", last: Self.read)
            // Changed, gone and new rows; then another key, by which nothing is as it was.
            try await session.buildAndPublish([Self.rows(1_000, from: 500, batch: 2, kind)], batch: 2)
            #expect(try await session.rows(Self.read) != [["1000", "1", "1", "1", "1000"]])
            try await session.buildAndPublish([Self.rows(10, from: 5_000, batch: 3, kind)], batch: 3)
            #expect(try await reader.end() == [["1000", "1", "1", "1", "1000"]])
        }
    }

    /// A reader who has read and stays does not hold up a publication, nor does it hold him up.
    @Test func nobodyWaits() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            func view(_ batch: Int) -> ModelBuild {
                model(
                    "seen", "SELECT k FROM build_silver_client1.t", layer: .gold, .view, batch: batch,
                    liveSQL: "SELECT k FROM silver_client1.t")
            }
            try await session.buildAndPublish([Self.rows(10, batch: 1), view(1)], batch: 1)
            let reader = try await HeldTransaction(
                bench, first: "SELECT * FROM gold_client1.seen, silver_client1.t",
                last: "SELECT count(*) FROM gold_client1.seen")
            let next = [Self.rows(20, batch: 2), view(2)]
            for build in next { _ = try await session.build(build) }
            _ = try await session.publish(publication(next, batch: 2))
            #expect(try await reader.end() == [["10"]])
            #expect(try await session.column("SELECT count(*) FROM gold_client1.seen") == ["20"])
        }
    }

    /// Twenty publications, and readers who look all the time: each finds one batch, whole.
    @Test func readersSeeOneBatchOrTheOther() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let sizes = (1...20).map { 1_000 + $0 % 4 * 500 }
        try await bench.session { session in
            func publish(_ batch: Int) async throws {
                let build = Self.rows(sizes[batch - 1], from: batch * 100, batch: batch)
                let total = model(
                    "total", "SELECT count(*) AS n, max(batch) AS batch FROM build_silver_client1.t",
                    layer: .gold,
                    batch: batch)
                try await session.buildAndPublish([build, total], batch: batch)
            }
            try await publish(1)
            let looks = Looks(sizes)
            try await withThrowingTaskGroup { group in
                for reader in 1...2 {
                    group.addTask {
                        let connection = try await bench.connect("reader \(reader)")
                        while !looks.areOver { looks.add(try await connection.run(Self.look)) }
                        await connection.close()
                    }
                }
                do {
                    for batch in 2...20 { try await publish(batch) }
                } catch {
                    looks.end()
                    throw error
                }
                looks.end()
                try await group.waitForAll()
            }
            #expect(looks.wrong.isEmpty)
            #expect(looks.count >= 20)
        }
    }

    @Sendable private static func look(_ session: PostgresSession) throws -> [String] {
        try session.query(
            """
            SELECT (SELECT count(*) FROM silver_client1.t), (SELECT min(batch) FROM silver_client1.t),
                (SELECT max(batch) FROM silver_client1.t), (SELECT n FROM gold_client1.total),
                (SELECT batch FROM gold_client1.total)
            """, once: true
        ).rows[0].texts.map { $0 ?? "NULL" }
    }
}

/// What readers found, and which of it was not one whole batch.
private final class Looks: Sendable {
    private struct State {
        var count = 0
        var wrong: [String] = []
        var areOver = false
    }
    private let state = Mutex(State())
    private let sizes: [Int]

    init(_ sizes: [Int]) { self.sizes = sizes }

    var count: Int { state.withLock { $0.count } }
    var wrong: [String] { state.withLock { $0.wrong } }
    var areOver: Bool { state.withLock { $0.areOver } }
    func end() { state.withLock { $0.areOver = true } }

    func add(_ found: [String]) {
        let batch = Int(found[1]) ?? 0
        let whole = sizes.indices.contains(batch - 1) ? sizes[batch - 1] : -1
        let isWhole = found == [whole, batch, batch, whole, batch].map(String.init)
        state.withLock { state in
            state.count += 1
            if !isWhole { state.wrong.append(found.joined(separator: " ")) }
        }
    }
}
