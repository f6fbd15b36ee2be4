import Dispatch
import PulihModel
import PulihPostgres
import PulihTesting
import Testing

@Suite("Readers of PostgreSQL while it is written", .serialized)
struct PostgresReadingTests {
    private static let live = "SELECT id, name FROM bronze_client1.crm_cust_current ORDER BY id, name"

    /// A reader's transaction sees rows and ledger of one moment, whatever is loaded and published meanwhile.
    @Test(arguments: [Delivery.full, .delta, .upsert(key: ["id"])])
    func anOlderSnapshotSeesTheOldState(_ delivery: Delivery) async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            let table = customers(delivery)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(1, "a"), (2, "b")], into: table, batch: 1))
            try await session.publish(1)
            let reader = try await Reader(bench)
            let before = try await session.rows(Self.live)
            #expect(before == [["1", "a"], ["2", "b"]])

            _ = try await session.loadBronze(load([(1, "c")], into: table, batch: 1, attempt: 2))
            _ = try await session.loadBronze(large(100_000, into: table, batch: 2))
            try await session.publish(2)
            #expect(try await session.rows(Self.live) != before)
            #expect(try await reader.end() == before)
        }
    }

    /// What is as it was is not touched: a reader who stays long stops no run.
    @Test func aLongReaderStopsNoLoad() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(1, "a")], into: table, batch: 1))
            try await session.publish(1)
            let reader = try await Reader(bench)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(2, "b")], into: table, batch: 2))
            _ = try await session.loadBronze(large(100_000, into: table, batch: 3))
            try await session.publish(3)
            #expect(try await reader.end() == [["1", "a"]])
        }
    }

    @Test func whoHoldsALockIsNamed() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.prepareBronze(customers(.full))
            let reader = try await Reader(bench)
            let error = try await failure(.busy) { try await session.prepareBronze(customers(.delta)) }
            #expect(
                error.summary.hasPrefix(
                    "unable to prepare bronze_client1.crm_cust: a lock was not free within 5 s: server process"
                ))
            #expect(
                error.summary.contains("('pulih', 'dashboard', idle in transaction")
                    || error.summary.contains("dashboard"))
            #expect(error.isTransient)
            // Nobody else waited longer: the reader's rows are there, and the view is as it was.
            #expect(try await reader.end().isEmpty)
            try await session.prepareBronze(customers(.delta))
        }
    }

    @Test(arguments: [Delivery.full, .delta, .upsert(key: ["id"])])
    func aViewThatDidNotChangeIsNotMadeAgain(_ delivery: Delivery) async throws {
        let version = "SELECT xmin FROM pg_class WHERE relname = 'crm_cust_current' AND relkind = 'v'"
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.prepareBronze(customers(delivery))
            let first = try await bench.sql(version)
            try await session.prepareBronze(customers(delivery))
            #expect(try await bench.sql(version) == first)
            try await bench.sql("DROP VIEW bronze_client1.crm_cust_current")
            try await session.prepareBronze(customers(delivery))
            #expect(try await session.rows(Self.live).isEmpty)
        }
    }

    /// Only the partition in force is opened, found while the query runs.
    @Test func otherBatchesAreNotRead() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            for batch in 1...5 {
                _ = try await session.loadBronze(load([(batch, "a")], into: table, batch: batch))
            }
            try await session.publish(4)
            let plan = try await session.column("EXPLAIN (ANALYZE, TIMING OFF) \(Self.live)").compactMap(
                \.self)
            #expect(plan.contains { $0.contains("BATCH000004") && !$0.contains("never executed") })
            #expect(plan.allSatisfy { !$0.contains("BATCH000003") || $0.contains("never executed") })
        }
    }

    @Test func settingsAndOtherStatementsAreOutOfReach() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { try await $0.prepareBronze(customers(.full)) }
        let reader = try await bench.warehouse.openToRead(client: client)
        for sql in [
            "COPY (SELECT 1) TO PROGRAM 'true'", "SET default_transaction_read_only = off", "BEGIN",
            "LOCK TABLE bronze_client1.crm_cust", "RESET ROLE", "NOTIFY x", "VACUUM", "REINDEX DATABASE x",
        ] { _ = try await failure(.refused) { _ = try await reader.rows(sql) } }
        for sql in [
            "SELECT * FROM bronze_client1.crm_cust FOR UPDATE",
            "EXPLAIN ANALYZE DELETE FROM bronze_client1.crm_cust",
            "WITH a AS (DELETE FROM bronze_client1.crm_cust RETURNING 1) SELECT * FROM a",
            "SELECT 1 INTO TABLE bronze_client1.x", "SELECT nextval('pulih_client1.ledger_sequence_seq')",
        ] {
            let error = try await failure(.refused) { _ = try await reader.rows(sql) }
            #expect(error.summary.hasSuffix(": only reading statements"), "\(sql)")
        }
        _ = try await failure(.sql) {
            _ = try await reader.rows("SELECT set_config('transaction_read_only', 'off', false)")
        }
        // What a statement set is gone with its transaction.
        _ = try await reader.rows("SELECT set_config('pulih.x', 'y', false)")
        #expect(try await reader.rows("SELECT coalesce(current_setting('pulih.x', true), '')") == [[""]])
        #expect(try await reader.rows("SHOW transaction_read_only") == [["on"]])
        try await reader.close()
    }
}

/// A transaction of somebody else's that has read the rows in force and stays open.
private final class Reader: Sendable {
    private let connection: PostgresConnection
    private let semaphore = DispatchSemaphore(value: 0)
    private let task: Task<[[String?]], any Error>

    init(_ bench: WarehouseBench) async throws {
        let (connection, semaphore, ready) = (try await bench.connect("dashboard"), semaphore, Signal())
        self.connection = connection
        task = Task {
            try await connection.transaction(.repeatableRead, readOnly: true) { session in
                let live = "SELECT id, name FROM bronze_client1.crm_cust_current ORDER BY id, name"
                let first = try session.query(live, once: true).rows.map(\.texts)
                ready.send()
                semaphore.wait()
                #expect(try session.query(live, once: true).rows.map(\.texts) == first)
                return first
            }
        }
        await ready.wait()
    }

    /// - Returns: what it read, each time.
    func end() async throws -> [[String?]] {
        semaphore.signal()
        let rows = try await task.value
        await connection.close()
        return rows
    }
}
