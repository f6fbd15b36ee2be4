import Foundation
import PulihDuckDB
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

    /// The first load of a large file, by the number of streams.
    @Test(arguments: [1, 2, 3, 2, 1])
    func streams(_ count: Int) async throws {
        let bench = try await WarehouseBench(.postgresql)
        let rows = 2_000_000
        let texts = (1...6).map { ColumnSpec(source: "T\($0)", name: "t\($0)", type: .text) }
        let others = [
            ColumnSpec(source: "N", name: "n", type: .decimal(precision: 12, scale: 2)),
            ColumnSpec(source: "D", name: "d", type: .date),
            ColumnSpec(source: "M", name: "m", type: .timestamp),
        ]
        let table = customers(.full, extra: texts + others)
        let file = bench.folder.path("rows.parquet")
        let database = try DuckDBDatabase(path: nil)
        let connection = try database.connect()
        _ = try await connection.run {
            try $0.execute(
                """
                COPY (SELECT i::INTEGER AS id, 'name ' || i AS name, 'abc' || (i % 1000) AS t1, 'x' || i AS t2,
                    'some longer text' AS t3, 'y' AS t4, NULL::VARCHAR AS t5, 'zzzzzzz' || (i % 7) AS t6,
                    (i * 0.37)::DECIMAL(12,2) AS n, DATE '2026-01-01' + (i % 300)::INTEGER AS d,
                    TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND AS m, i + 1 AS dwh_source_row
                    FROM range(\(rows)) AS r(i)) TO '\(file)' (FORMAT parquet, ROW_GROUP_SIZE 100000)
                """)
        }
        await connection.close()
        database.close()
        try await bench.session { session in
            try await session.prepareBronze(table)
            var load = large(rows, into: table, batch: 1)
            load.relation = "SELECT * FROM read_parquet('\(file)')"
            load.parts = (0..<count).map {
                "\(load.relation) WHERE dwh_source_row > \(rows / count * $0)"
                    + ($0 + 1 < count ? " AND dwh_source_row <= \(rows / count * ($0 + 1))" : "")
            }
            let time = try await seconds { _ = try await session.loadBronze(load) }
            print("2 M rows through \(count) streams: \(String(format: "%.2f s", time))")
        }
    }
}
