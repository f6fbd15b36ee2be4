import PulihModel
import PulihPostgres
import PulihSystem
import Synchronization

/// The first load of a batch into a table, when it is large: several connections fill a table that nobody sees, and
/// one short transaction makes it the batch's partition.
struct StagedLoad {
    private let loading: BronzeLoading
    private let stage: TableName
    private var load: BronzeLoad { loading.load }
    private var session: PostgresWarehouseSession { loading.session }

    init(_ loading: BronzeLoading) {
        self.loading = loading
        stage = loading.partition.stage(loading.session.nextStage())
    }

    func run() async throws -> LoadOutcome {
        try await session.writeOnce { session in
            try session.execute("CREATE TABLE \(stage.sql) (\(try columnDefinitions(in: session)))")
            try loading.session.ledgerStore.checkFence(in: session)
        }
        do {
            let rows = try await fill()
            try loading.checkBalance(rows)
            return try await attach(rows)
        } catch {
            await drop()
            throw error
        }
    }

    /// The columns of the bronze table without those whose value is the same in every row.
    private func columnDefinitions(in session: PostgresSession) throws -> String {
        try session.columns(of: load.table.name).filter { !Self.constant.contains($0.name) }.map {
            "\(SQLText.identifier($0.name)) \($0.type)\($0.isNotNull ? " NOT NULL" : "")"
        }.joined(separator: ", ")
    }

    private func fill() async throws -> Int {
        let columns = load.table.columns.map(\.name) + [Lineage.row]
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for part in LoadRelationSQL(load).parts {
                group.addTask {
                    try await session.pool.withConnection { connection in
                        try await RowStream.from(session.source, part) { stream in
                            try await connection.run {
                                try loading.copy(part, stream, into: stage, columns, in: $0)
                            }
                        }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
    }

    private func attach(_ rows: Int) async throws -> LoadOutcome {
        try await session.writeOnce { session in
            let replaced = try loading.takeOut(in: session)
            // A constant default of a new column is stored once, not in every row.
            try session.execute("ALTER TABLE \(stage.sql) \(constants.joined(separator: ", "))")
            let withoutDefaults = Self.constant.map { "ALTER COLUMN \($0) DROP DEFAULT" }
            try session.execute("ALTER TABLE \(stage.sql) \(withoutDefaults.joined(separator: ", "))")
            try session.execute(
                "ALTER TABLE \(stage.sql) RENAME TO \(SQLText.identifier(loading.partition.name.table))")
            try session.attach(loading.partition)
            try Failpoints.hit(.loadBeforeCommit)
            try loading.write(rows, in: session)
            return LoadOutcome(rows: rows, replaced: replaced)
        }
    }

    private static let constant = [Lineage.batch, Lineage.file, Lineage.loadedAt]

    private var constants: [String] {
        let values = [
            Lineage.batch: SQLText.literal(load.entry.batch.description),
            Lineage.file: SQLText.literal(load.physicalName),
            Lineage.loadedAt: "\(SQLText.literal(SQLText.timestamp(load.entry.at) + "+00"))::timestamptz",
        ]
        return LineageColumn.all.compactMap { column in
            values[column.name].map { "ADD COLUMN \(column.name) \(column.definition) DEFAULT \($0)" }
        }
    }

    /// What cannot be dropped now is dropped when the next session opens.
    private func drop() async {
        let (pool, stage) = (session.pool, stage)
        // Also after the caller was cancelled.
        await Task {
            do {
                try await pool.withConnection { connection in
                    try await connection.run { _ = try $0.execute("DROP TABLE IF EXISTS \(stage.sql)") }
                }
            } catch {
                return
            }
        }.value
    }
}

extension PostgresSession {
    /// A table to attach must have the same checks and kinds of columns; those that people added are left to the
    /// other way of loading.
    func canBeStaged(_ table: TableName) throws -> Bool {
        try query(
            """
            SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype = 'c'
            UNION ALL
            SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
                AND (attidentity <> '' OR attgenerated <> '')
            """, [.text(table.sql)]
        ).rows.isEmpty
    }
}
