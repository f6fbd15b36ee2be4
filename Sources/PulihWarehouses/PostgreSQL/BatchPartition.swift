import PulihModel
import PulihPostgres

/// Where the rows of one batch stand in a bronze table: a partition in the client's own schema, named
/// `crm_cust__BATCH000014`.
struct BatchPartition: Sendable, Hashable {
    let table: TableName
    let batch: BatchID
    let name: TableName

    init(of table: TableName, _ batch: BatchID, _ own: OwnSchema) {
        self.table = table
        self.batch = batch
        name = own.table(OwnSchema.fitting(table.table, "__\(batch)"))
    }

    /// Where rows wait until they are attached as a whole. Committed, and dropped when a session opens.
    func stage(_ number: Int) -> TableName {
        TableName(
            schema: name.schema, table: OwnSchema.fitting(table.table, "__\(batch)\(Self.stageMark)\(number)")
        )
    }

    /// Follows the batch id, with which names of partitions end.
    fileprivate static let stageMark = "__stage"
}

extension PostgresSession {
    func isThere(_ partition: BatchPartition) throws -> Bool {
        try !query(
            """
            SELECT 1 FROM pg_inherits i
                JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace m ON m.oid = p.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND m.nspname = $3 AND p.relname = $4
            """,
            [partition.name, partition.table].flatMap { [.text($0.schema), .text($0.table)] }
        ).rows.isEmpty
    }

    /// Makes the batch's partition if it is missing. Not by `PARTITION OF`, which would wait for every reader of the
    /// table.
    func create(_ partition: BatchPartition) throws {
        let table = partition.table.sql
        // Of two files that come at once one makes it.
        try execute("LOCK TABLE \(table) IN SHARE UPDATE EXCLUSIVE MODE")
        guard try !isThere(partition) else { return }
        try execute(
            "CREATE TABLE \(partition.name.sql) (LIKE \(table) INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        try attach(partition)
    }

    /// Makes a table of the partition's name a part of the bronze table.
    func attach(_ partition: BatchPartition) throws {
        try execute(
            "ALTER TABLE \(partition.table.sql) ATTACH PARTITION \(partition.name.sql)"
                + " FOR VALUES IN (\(SQLText.literal(partition.batch.description)))")
    }

    /// Gathers statistics of a partition that has none: the server would take its rows for few, and join them one by
    /// one.
    func analyzeIfNew(_ partition: BatchPartition) throws {
        let isNew = try scalar(
            "SELECT reltuples < 0 FROM pg_class WHERE oid = to_regclass($1)", [.text(partition.name.sql)])
        if isNew.bool == true { try execute("ANALYZE \(partition.name.sql)") }
    }

    /// Drops what loads that were not brought to their end left.
    func dropStages(_ own: OwnSchema) throws {
        for stage in try stages(own) { try execute("DROP TABLE \(stage.sql)") }
    }

    func stages(_ own: OwnSchema) throws -> [TableName] {
        try query(
            """
            SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relkind = 'r' AND NOT c.relispartition AND c.relname ~ $2
            """, [.text(own.name), .text("__BATCH[0-9]+\(BatchPartition.stageMark)[0-9]+$")]
        ).rows.map { own.table(try $0[0].content) }
    }
}
