import PulihModel
import PulihPostgres

extension PostgresWarehouseSession {
    func prepareBronze(_ table: BronzeTable) async throws {
        let context = FailureContext(
            "prepare \(table.name)", object: table.name.description, leftBehind: "the table is as it was")
        let (ledgerStore, own) = (ledgerStore, own)
        try await write(context) { session in
            // Files of one table come at once, and each finds it missing.
            try session.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                [.text("pulih bronze \(table.name)")])
            try PostgresBronzeTable(table: table).bring(session)
            let view = PostgresCurrentView(
                table: table.name, delivery: table.delivery,
                columns: try session.columns(of: table.name).map(\.name), asOf: nil, own: own)
            try session.define(table.currentView, as: view.select, own)
            try ledgerStore.checkFence(in: session)
        }
    }

    func prepareBronze(_ tables: [BronzeTable], asOf batch: BatchID) async throws {
        let context = FailureContext("show bronze as of \(batch)", object: lease.client)
        let (ledgerStore, own) = (ledgerStore, own)
        let schema = Layer.bronze.buildSchema(of: lease.client)
        try await write(context) { session in
            for table in tables {
                try session.analyzeIfNew(BatchPartition(of: table.name, batch, own))
                let view = PostgresCurrentView(
                    table: table.name, delivery: table.delivery,
                    columns: try session.columns(of: table.name).map(\.name), asOf: batch, own: own)
                let name = TableName(schema: schema, table: table.currentView.table)
                try session.execute("CREATE OR REPLACE VIEW \(name.sql) AS \(view.select)")
            }
            try ledgerStore.checkFence(in: session)
        }
    }
}

/// The columns of a bronze table against those configured.
private struct PostgresBronzeTable {
    let table: BronzeTable

    /// Creates the table or adds the columns that it lacks.
    func bring(_ session: PostgresSession) throws {
        try checkNames()
        guard let kind = try session.relation(table.name) else {
            let list = wanted.map { "\(SQLText.identifier($0.name)) \($0.definition)" }.joined(
                separator: ", ")
            try session.execute(
                "CREATE TABLE \(table.name.sql) (\(list)) PARTITION BY LIST (\(Lineage.batch))")
            return
        }
        guard kind == .partitioned, try isByBatch(session) else {
            let told =
                kind == .partitioned
                ? "partitioned otherwise than by batch"
                : kind == .table ? "a table without partitions" : kind.told
            throw refusal(
                "\(table.name) is \(told)",
                hint: "rename or drop it, or choose another target in pulih.yml")
        }
        let present = try session.columns(of: table.name)
        let types = Dictionary(present.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        let differing = wanted.compactMap { column in
            types[column.name].flatMap { type in
                type == column.type ? nil : "\(column.name) is \(type), configured \(configured(column))"
            }
        }
        guard differing.isEmpty else {
            throw refusal(
                differing.joined(separator: "; "),
                hint: "set the type in pulih.yml back, or give the file another target")
        }
        let missing = wanted.filter { types[$0.name] == nil }
        guard !missing.isEmpty else { return }
        let list = missing.map { "ADD COLUMN \(SQLText.identifier($0.name)) \($0.type)" }
        try session.execute("ALTER TABLE \(table.name.sql) \(list.joined(separator: ", "))")
    }

    private struct Wanted {
        let name: String
        let type: String
        var definition: String
    }

    private var wanted: [Wanted] {
        table.columns.map {
            Wanted(name: $0.name, type: $0.type.postgresName, definition: $0.type.postgresName)
        } + LineageColumn.all.map { Wanted(name: $0.name, type: $0.type, definition: $0.definition) }
    }

    /// Names that PostgreSQL would cut are never found again.
    private func checkNames() throws {
        let names = [table.currentView.table] + table.columns.map(\.name)
        guard let long = names.first(where: { $0.utf8.count > OwnSchema.longestName }) else { return }
        throw refusal(
            "the name \(long) is longer than the \(OwnSchema.longestName) bytes that PostgreSQL takes",
            hint: "choose a shorter name in pulih.yml")
    }

    private func isByBatch(_ session: PostgresSession) throws -> Bool {
        try session.scalar(
            "SELECT pg_get_partkeydef(to_regclass($1))", [.text(table.name.sql)]
        ).string == "LIST (\(Lineage.batch))"
    }

    private func configured(_ column: Wanted) -> String {
        table.columns.first { $0.name == column.name }?.type.description ?? column.type
    }

    private func refusal(_ reason: String, hint: String) -> PulihError {
        PulihError(
            .configuration, "unable to prepare \(table.name): \(reason)", object: table.name.description,
            leftBehind: "the table is as it was", hint: hint)
    }
}

/// A lineage column as PostgreSQL has it.
struct LineageColumn {
    let name: String
    let type: String
    /// Batch ids and file names compare by byte: no language has a say in what is in force.
    var definition: String { "\(type)\(type == "text" ? " COLLATE \"C\"" : "") NOT NULL" }

    static let all = [
        LineageColumn(name: Lineage.batch, type: ColumnType.text.postgresName),
        LineageColumn(name: Lineage.file, type: ColumnType.text.postgresName),
        LineageColumn(name: Lineage.row, type: ColumnType.bigint.postgresName),
        LineageColumn(name: Lineage.loadedAt, type: ColumnType.timestamptz.postgresName),
    ]
}

extension PostgresSession {
    /// Creates or replaces a view of bronze unless it stands there with this definition: replacing waits for all
    /// who read it.
    fileprivate func define(_ view: TableName, as select: String, _ own: OwnSchema) throws {
        let known = try query(
            "SELECT definition FROM \(own.currentViews) WHERE name = $1", [.text(view.description)]
        ).rows.first?[0].string
        guard try known != select || relation(view) == nil else { return }
        try execute("CREATE OR REPLACE VIEW \(view.sql) AS \(select)")
        try execute(
            """
            INSERT INTO \(own.currentViews) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET definition = excluded.definition
            """, [.text(view.description), .text(select)])
    }
}
