import Foundation
import PulihModel
import PulihPostgres
import PulihTesting
import Testing

/// Figures, not checks: what partitions cost. Runs with PULIH_BENCH=1.
@Suite(
    "What partitions cost", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["PULIH_BENCH"] != nil))
struct PostgresPartitionBench {
    private let clock = ContinuousClock()

    private func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let time = try await clock.measure(body)
        return Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func told(_ values: [Double]) -> String {
        String(
            format: "%.0f ms (%.0f to %.0f)", median(values) * 1e3, values.min()! * 1e3, values.max()! * 1e3)
    }

    /// Reloading one batch in tables of 1 and of 100 batches, in turn; every reload leaves its dead rows.
    @Test func reload() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let rows = 50_000
        try await bench.session { session in
            func table(_ name: String) -> BronzeTable {
                var table = customers(.full)
                table.name = LayerTable(.bronze, name).live(client)
                return table
            }
            func load(_ name: String, _ batch: Int) -> BronzeLoad {
                large(rows, into: table(name), batch: batch, file: "\(name)_\(BatchID(batch)).csv")
            }
            for (name, count) in [("one", 1), ("hundred", 100)] {
                try await session.prepareBronze(table(name))
                for batch in 1...count { _ = try await session.loadBronze(load(name, batch)) }
            }
            try await session.publish(1)
            var times: [String: [Double]] = [:]
            for _ in 1...15 {
                for (name, batch) in [("one", 1), ("hundred", 50)] {
                    times[name, default: []].append(
                        try await seconds { _ = try await session.loadBronze(load(name, batch)) })
                }
            }
            print(
                "reload of \(rows) rows: in a table of 1 batch \(told(times["one"]!)),"
                    + " of 100 batches \(told(times["hundred"]!))")
        }
    }

    @Test(arguments: [1, 100, 1_000])
    func partitions(_ count: Int) async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            var lines: [String] = []
            func timed(_ what: String, _ body: () async throws -> Void) async rethrows {
                lines.append("\(what) \(String(format: "%.1f ms", try await seconds(body) * 1e3))")
            }
            let table = customers(.full)
            try await session.prepareBronze(table)
            let before = try await bench.sql("SELECT pg_database_size(current_database())")[0]!
            for batch in 1...count {
                _ = try await session.loadBronze(load([(batch, "a"), (0, "b")], into: table, batch: batch))
            }
            try await session.publish(count)
            let after = try await bench.sql("SELECT pg_database_size(current_database())")[0]!
            lines.append("\((Int(after)! - Int(before)!) / count / 1024) KB per batch of two rows")
            for delivery in [Delivery.full, .delta, .upsert(key: ["id"])] {
                try await session.prepareBronze(customers(delivery))
                let connection = try await bench.connect()
                let plan = try await connection.run { session in
                    let sql = "EXPLAIN (ANALYZE, SUMMARY) SELECT * FROM bronze_client1.crm_cust_current"
                    // The first time fills the caches of the connection.
                    let first = try session.query(sql, once: true).rows.suffix(2).map { $0.texts[0]! }
                    let second = try session.query(sql, once: true).rows.suffix(2).map { $0.texts[0]! }
                    return "first \(first), then \(second)"
                }
                await connection.close()
                lines.append("\(delivery.name): \(plan)")
            }
            try await session.prepareBronze(table)
            try await timed("prepare without change") { try await session.prepareBronze(table) }
            try await timed("prepare as of a batch") {
                try await session.prepareBronze([table], asOf: BatchID(count))
            }
            try await timed("load of the next batch") {
                _ = try await session.loadBronze(load([(1, "a")], into: table, batch: count + 1))
            }
            try await timed("large load of the next batch") {
                _ = try await session.loadBronze(large(100_000, into: table, batch: count + 2))
            }
            try await timed("a new column") {
                try await session.prepareBronze(
                    customers(.full, extra: [ColumnSpec(source: "N", name: "n", type: .integer)]))
            }
            try await timed("ANALYZE of the whole table") {
                try await bench.sql("ANALYZE bronze_client1.crm_cust")
            }
            print("\(count) batches:\n  " + lines.joined(separator: "\n  "))
        }
    }
}
