import PulihDuckDB
import PulihModel
import PulihSystem

extension DuckDBWarehouseSession {
    /// From here on several threads load faster than one.
    private static let manyRows = 20_000

    func prepareBronze(_ table: BronzeTable) async throws {
        let context = FailureContext("prepare \(table.name)", object: table.name.description)
        let ledgerStore = ledgerStore
        try await write(context, isShort: true) { session in
            let columns = try BronzeSchema(table: table).bring(session)
            let view = CurrentView(table: table.name, delivery: table.delivery, columns: columns, asOf: nil)
            try session.define(table.currentView, as: view.select)
            try ledgerStore.checkFence(in: session)
        }
    }

    func prepareBronze(_ tables: [BronzeTable], asOf batch: BatchID) async throws {
        let context = FailureContext("show bronze as of \(batch)", object: lease.client)
        let (ledgerStore, schema) = (ledgerStore, Layer.bronze.buildSchema(of: lease.client))
        try await write(context, isShort: true) { session in
            for table in tables {
                let view = CurrentView(
                    table: table.name, delivery: table.delivery,
                    columns: try session.columns(of: table.name).map(\.name), asOf: batch)
                let name = TableName(schema: schema, table: table.currentView.table)
                try session.execute("CREATE OR REPLACE VIEW \(name.sql) AS \(view.select)")
            }
            try ledgerStore.checkFence(in: session)
        }
    }

    func loadBronze(_ load: BronzeLoad) async throws -> LoadOutcome {
        let context = FailureContext(
            "load \(load.table.name) from \(load.physicalName)", object: load.table.name.description,
            leftBehind: "nothing of this file was loaded",
            hint: "when the cause is removed, run 'pulih restart \(lease.client)'")
        let ledgerStore = ledgerStore
        let outcome = try await write(context, isShort: load.expectedRows < Self.manyRows) { session in
            let earlier = try ledgerStore.remove(load.entry.batch, load.entry.step, in: session)
            let replaced = try earlier.map { try session.unload(load, loadedInto: $0.table) } ?? 0
            let rows = try session.insert(load)
            guard rows == load.expectedRows else {
                // Not the data's fault: something between Parquet and table lost or doubled a row.
                throw PulihError(
                    .failed,
                    "unable to load \(load.table.name) from \(load.physicalName): balance: expected"
                        + " \(load.expectedRows) rows, \(rows) arrived",
                    object: load.table.name.description, leftBehind: "nothing was loaded",
                    hint: "run 'pulih restart \(ledgerStore.lease.client)'; if it happens again, report it")
            }
            try Failpoints.hit(.loadBeforeCommit)
            try ledgerStore.write(load.entry, rows: rows, target: load.table.name.table, in: session)
            return LoadOutcome(rows: rows, replaced: replaced)
        }
        do {
            try Failpoints.hit(.loadAfterCommit)
        } catch {
            throw context.error(error)
        }
        return outcome
    }
}

/// The columns of a bronze table against those configured.
private struct BronzeSchema {
    let table: BronzeTable

    /// Creates the table or adds the columns that it lacks.
    /// - Returns: the names of all its columns, lineage last.
    func bring(_ session: DuckDBSession) throws -> [String] {
        guard let kind = try session.relation(table.name) else {
            let list = wanted.map { "\(SQLText.identifier($0.name)) \($0.type)" }.joined(separator: ", ")
            try session.execute("CREATE TABLE \(table.name.sql) (\(list))")
            return wanted.map(\.name)
        }
        guard kind == .table else {
            throw refusal(
                "\(table.name) is a view", hint: "drop the view, or choose another target in pulih.yml")
        }
        let present = try session.columns(of: table.name)
        let types = Dictionary(present.map { ($0.folded, $0.type) }, uniquingKeysWith: { first, _ in first })
        let differing = wanted.compactMap { column in
            types[column.folded].flatMap { type in
                type == column.type ? nil : "\(column.name) is \(type), configured \(configured(column))"
            }
        }
        guard differing.isEmpty else {
            throw refusal(
                differing.joined(separator: "; "),
                hint: "set the type in pulih.yml back, or give the file another target")
        }
        let missing = wanted.filter { types[$0.folded] == nil }
        for column in missing {
            try session.execute(
                "ALTER TABLE \(table.name.sql) ADD COLUMN \(SQLText.identifier(column.name)) \(column.type)")
        }
        let names = present.map(\.name) + missing.map(\.name)
        return names.filter { !Lineage.all.contains($0.lowercased()) } + Lineage.all
    }

    private var wanted: [RelationColumn] {
        table.columns.map { RelationColumn($0.name, $0.type.duckDBName) } + [
            RelationColumn(Lineage.batch, ColumnType.text.duckDBName),
            RelationColumn(Lineage.file, ColumnType.text.duckDBName),
            RelationColumn(Lineage.row, ColumnType.bigint.duckDBName),
            RelationColumn(Lineage.loadedAt, ColumnType.timestamptz.duckDBName),
        ]
    }

    private func configured(_ column: RelationColumn) -> String {
        table.columns.first { $0.name == column.name }?.type.description ?? column.type
    }

    private func refusal(_ reason: String, hint: String) -> PulihError {
        PulihError(
            .configuration, "unable to prepare \(table.name): \(reason)", object: table.name.description,
            leftBehind: "the table is as it was", hint: hint)
    }
}

extension DuckDBSession {
    /// Creates or replaces a view of bronze unless it stands there with this definition.
    fileprivate func define(_ view: TableName, as select: String) throws {
        let known = try query(
            "SELECT definition FROM pulih.current_views WHERE name = ?", [.text(view.description)]
        ).rows.first?[0].string
        guard try known != select || relation(view) == nil else { return }
        try execute("CREATE OR REPLACE VIEW \(view.sql) AS \(select)")
        try execute("DELETE FROM pulih.current_views WHERE name = ?", [.text(view.description)])
        try execute(
            "INSERT INTO pulih.current_views VALUES (?, ?)", [.text(view.description), .text(select)])
    }

    /// Takes out what an earlier attempt loaded, also from another table if the target was changed since.
    fileprivate func unload(_ load: BronzeLoad, loadedInto earlier: String?) throws -> Int {
        let table = earlier.map { TableName(schema: load.table.name.schema, table: $0) } ?? load.table.name
        guard try table == load.table.name || relation(table) == .table else { return 0 }
        return try execute(
            "DELETE FROM \(table.sql) WHERE \(Lineage.batch) = ? AND \(Lineage.file) = ?",
            [.text(load.entry.batch.description), .text(load.physicalName)])
    }

    fileprivate func insert(_ load: BronzeLoad) throws -> Int {
        let columns = load.table.columns.map(\.name)
        var relation = SQLText.subquery(load.relation)
        if Failpoints.isArmed(.loadLoseRecord) {
            relation = "(SELECT * FROM \(relation) LIMIT \(max(0, load.expectedRows - 1)))"
        }
        let given = columns + [Lineage.row]
        let all = given + [Lineage.batch, Lineage.file, Lineage.loadedAt]
        // Literals: a statement with parameters that reads a file is planned twice, as long as a small file takes.
        let lineage = [
            SQLText.literal(load.entry.batch.description), SQLText.literal(load.physicalName),
            "make_timestamptz(\(load.entry.at))",
        ]
        return try execute(
            """
            INSERT INTO \(load.table.name.sql) (\(SQLText.identifiers(all)))
            SELECT \(SQLText.identifiers(given)), \(lineage.joined(separator: ", ")) FROM \(relation)
            """)
    }
}
