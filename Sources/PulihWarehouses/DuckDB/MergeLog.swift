import PulihDuckDB
import PulihModel

/// `pulih.merges`: which batches put something into one model's live table, and how that can be taken back.
struct MergeLog {
    struct Entry {
        let batchNumber: Int
        /// The batch made the table.
        let created: Bool
        let key: [String]
        /// When the batch acted, as microseconds since 1970; nil for an incremental model.
        let moment: Int64?
    }

    let model: Model
    let undo: TableName

    init(_ build: ModelBuild) {
        model = build.model
        undo = build.names.undo
    }

    /// What this batch and later ones did, earliest first.
    func entries(from batch: BatchID, in session: DuckDBSession) throws -> [Entry] {
        try session.query(
            """
            SELECT batch_number, created, unique_key, epoch_us(moment) FROM pulih.merges
            WHERE layer = ? AND model = ? AND batch_number >= ? ORDER BY batch_number
            """, identity + [.int(Int64(batch.number))]
        ).rows.map { row in
            Entry(
                batchNumber: try row[0].number, created: row[1].bool == true,
                key: try JSONValue.parse(Array(try row[2].content.utf8)).array?.compactMap(\.string) ?? [],
                moment: row[3].isNull ? nil : Int64(try row[3].number))
        }
    }

    /// Whether the table was made by this kind of model, or by none that keeps a log.
    func isOf(history: Bool, in session: DuckDBSession) throws -> Bool {
        try session.scalar(
            """
            SELECT count(*) FROM pulih.merges
            WHERE layer = ? AND model = ? AND (moment IS NOT NULL) <> ?
            """, identity + [.bool(history)]
        ).number == 0
    }

    func remember(_ batch: BatchID, created: Bool, moment: Int64? = nil, in session: DuckDBSession) throws {
        try session.execute(
            "INSERT INTO pulih.merges VALUES (?, ?, ?, ?, ?, ?)",
            identity + [
                .int(Int64(batch.number)), .bool(created), .text(JSONValue.strings(model.uniqueKey).compact),
                moment.map { .timestampTZ(microseconds: $0) } ?? .null,
            ])
    }

    func remove(_ batchNumber: Int, in session: DuckDBSession) throws {
        try session.execute(
            "DELETE FROM pulih.merges WHERE layer = ? AND model = ? AND batch_number = ?",
            identity + [.int(Int64(batchNumber))])
    }

    /// Forgets everything; for a live table that is replaced whole.
    func forget(in session: DuckDBSession) throws {
        try session.execute("DELETE FROM pulih.merges WHERE layer = ? AND model = ?", identity)
        try session.dropRelation(undo)
    }

    private var identity: [DuckDBValue] {
        [.text(model.table.layer.rawValue), .text(model.table.name)]
    }
}
