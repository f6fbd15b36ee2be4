import PulihModel
import Testing

@Suite("Bronze of every warehouse", .serialized)
struct WarehouseBronzeTests {
    @Test(arguments: WarehouseAdapter.allCases)
    func aLoadLeavesItsRowsWithLineageAndALedgerRow(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            let outcome = try await session.loadBronze(load([(1, "a"), (2, "b")], into: table, batch: 1))
            #expect(outcome == LoadOutcome(rows: 2, replaced: 0))
            #expect(
                try await session.rows(
                    "SELECT id, name, dwh_batch_id, dwh_source_file, dwh_source_row, dwh_loaded_at"
                        + " FROM bronze_client1.crm_cust ORDER BY id")
                    == [
                        ["1", "a", "BATCH000001", "cust_BATCH000001.csv", "1", "2026-05-28T20:26:40Z"],
                        ["2", "b", "BATCH000001", "cust_BATCH000001.csv", "2", "2026-05-28T20:26:40Z"],
                    ])
            let row = try #require(
                try await session.ledger().row(
                    BatchID(1), StepID(.loadBronze, "crm.cust/cust_BATCH000001.csv")))
            #expect(row.rows == 2 && row.epoch == 1 && row.attempt == 1 && row.fingerprint == "f")
            #expect(row.committedAt == noon)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aLoadTwiceIsALoadOnce(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(.delta)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(
                load([(9, "other file")], into: table, batch: 1, file: "other.csv"))
            _ = try await session.loadBronze(load([(1, "a"), (2, "b")], into: table, batch: 1))
            let first = try await session.fingerprint(table.name, leavingOut: [Lineage.loadedAt])
            let outcome = try await session.loadBronze(
                load([(1, "a"), (2, "b")], into: table, batch: 1, attempt: 2))
            #expect(outcome == LoadOutcome(rows: 2, replaced: 2))
            #expect(try await session.fingerprint(table.name, leavingOut: [Lineage.loadedAt]) == first)
            let rows = try await session.ledger().rows
            #expect(rows.map(\.attempt) == [1, 2])
            #expect(rows[0].sequence < rows[1].sequence)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func anUnbalancedLoadLeavesNothing(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(.full)
            try await session.prepareBronze(table)
            _ = try await session.loadBronze(load([(1, "a")], into: table, batch: 1))
            let error = try await failure(.failed) {
                _ = try await session.loadBronze(
                    load([(1, "x"), (2, "y")], into: table, batch: 1, expected: 3))
            }
            #expect(
                error.summary
                    == "unable to load bronze_client1.crm_cust from cust_BATCH000001.csv: balance: expected"
                    + " 3 rows, 2 arrived"
            )
            #expect(error.leftBehind == "nothing was loaded")
            #expect(try await session.rows("SELECT id, name FROM bronze_client1.crm_cust") == [["1", "a"]])
            #expect(try await session.ledger().rows.map(\.rows) == [1])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func columnsAreAddedAndOldOnesStay(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        let old = ColumnSpec(source: "OLD", name: "old", type: .boolean)
        let new = ColumnSpec(source: "NEW", name: "new", type: .decimal(precision: 12, scale: 2))
        try await bench.session { session in
            try await session.prepareBronze(customers(.delta, extra: [old]))
            try await session.prepareBronze(customers(.delta, extra: [new]))
            try await session.prepareBronze(customers(.delta))
            let table = customers(.delta)
            _ = try await session.loadBronze(load([(1, "a")], into: table, batch: 1))
            try await session.publish(1)
            #expect(
                try await session.rows(
                    "SELECT id, name, old, new, \(Lineage.all.joined(separator: ", "))"
                        + " FROM bronze_client1.crm_cust_current")
                    == [
                        [
                            "1", "a", nil, nil, "BATCH000001", "cust_BATCH000001.csv", "1",
                            "2026-05-28T20:26:40Z",
                        ]
                    ])
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func anotherTypeIsRefusedWithEveryName(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.prepareBronze(customers(.delta))
            var changed = customers(.delta)
            changed.columns[0].type = .bigint
            changed.columns[1].type = .decimal(precision: 4, scale: 1)
            let error = try await failure(.configuration) { try await session.prepareBronze(changed) }
            #expect(
                error.summary
                    == "unable to prepare bronze_client1.crm_cust: id is \(bench.type(.integer)),"
                    + " configured bigint; name is \(bench.type(.text)), configured decimal(4,1)")
            #expect(!error.hint.isEmpty)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func everyColumnTypeIsMadeAndRecognised(_ adapter: WarehouseAdapter) async throws {
        let types: [ColumnType] = [
            .smallint, .integer, .bigint, .hugeint, .decimal(precision: 38, scale: 0), .double, .boolean,
            .date,
            .timestamp, .timestamptz, .time, .text, .uuid, .json,
        ]
        let columns = types.enumerated().map { ColumnSpec(source: "c\($0)", name: "c\($0)", type: $1) }
        let table = BronzeTable(
            name: LayerTable(.bronze, "all_types").live(client), columns: columns, delivery: .delta)
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            try await session.prepareBronze(table)
            try await session.prepareBronze(table)
            let tables = try await session.tables()
            #expect(tables.map(\.name.table) == ["all_types", "all_types_current"])
            #expect(tables.map(\.isView) == [false, true])
            #expect(tables[0].columns.count == types.count + 4)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func filesLoadSideBySide(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let table = customers(.delta)
            try await withThrowingTaskGroup(of: LoadOutcome.self) { group in
                for file in 1...8 {
                    group.addTask {
                        // All of them find the table missing.
                        try await session.prepareBronze(table)
                        return try await session.loadBronze(
                            BronzeLoad(
                                table: table, physicalName: "f\(file).csv",
                                relation: "SELECT i::INTEGER AS id, 'n' || i AS name, i + 1 AS dwh_source_row"
                                    + " FROM range(50000) AS r(i)",
                                expectedRows: 50_000,
                                entry: entry(.loadBronze, "crm.cust/f\(file).csv", batch: 1)))
                    }
                }
                for try await outcome in group { #expect(outcome == LoadOutcome(rows: 50_000, replaced: 0)) }
            }
            #expect(
                try await session.rows(
                    "SELECT count(*), count(DISTINCT dwh_source_file) FROM bronze_client1.crm_cust")
                    == [["400000", "8"]])
            let ledger = try await session.ledger()
            #expect(ledger.rows.count == 8 && Set(ledger.rows.map(\.sequence)).count == 8)
        }
    }

    @Test(arguments: WarehouseAdapter.allCases)
    func aChangedTargetLeavesNoRowsBehind(_ adapter: WarehouseAdapter) async throws {
        let bench = try await WarehouseBench(adapter)
        try await bench.session { session in
            let (old, new) = (
                customers(.delta),
                BronzeTable(
                    name: LayerTable(.bronze, "people").live(client), columns: customers(.delta).columns,
                    delivery: .delta)
            )
            try await session.prepareBronze(old)
            try await session.prepareBronze(new)
            _ = try await session.loadBronze(load([(1, "a")], into: old, batch: 1))
            let outcome = try await session.loadBronze(load([(1, "a")], into: new, batch: 1))
            #expect(outcome.replaced == 1)
            #expect(try await session.column("SELECT count(*) FROM bronze_client1.crm_cust") == ["0"])
            #expect(try await session.column("SELECT count(*) FROM bronze_client1.people") == ["1"])
        }
    }
}
