import PulihModel

/// Pulih's table `merges`: which batches put something into one model's live table, and how that can be taken
/// back.
struct MergeLog<Session: ModelSession> {
    private let model: Model
    private let undo: TableName
    private let table: String
    private let session: Session

    init(_ model: Model, _ names: ModelNames, in session: Session) {
        self.model = model
        self.session = session
        undo = names.undo
        table = names.merges.sql
    }

    /// What this batch and later ones did, earliest first.
    func entries(from batch: BatchID) throws -> [MergeEntry] {
        try session.rows(
            """
            SELECT batch_number, created, unique_key, moment FROM \(table)
            WHERE layer = $1 AND model = $2 AND batch_number >= $3 ORDER BY batch_number
            """, identity + [.int(batch.number)]
        ).map { row in
            MergeEntry(
                batchNumber: try row[0].number, created: row[1].isTrue,
                key: try JSONValue.parse(Array(try row[2].content.utf8)).array?.compactMap(\.string) ?? [],
                moment: try row[3].moment)
        }
    }

    /// Whether the table was made by this kind of model, or by none that keeps a log.
    func isOf(history: Bool) throws -> Bool {
        try session.value(
            """
            SELECT count(*) FROM \(table) WHERE layer = $1 AND model = $2 AND (moment IS NOT NULL) <> $3
            """, identity + [.bool(history)]
        ).number == 0
    }

    func remember(_ batch: BatchID, created: Bool, moment: Int64? = nil) throws {
        try session.run(
            """
            INSERT INTO \(table) (layer, model, batch_number, created, unique_key, moment)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            identity + [
                .int(batch.number), .bool(created), .text(JSONValue.strings(model.uniqueKey).compact),
                moment.map { .moment($0) } ?? .null,
            ])
    }

    func remove(_ batchNumber: Int) throws {
        try session.run(
            "DELETE FROM \(table) WHERE layer = $1 AND model = $2 AND batch_number = $3",
            identity + [.int(batchNumber)])
    }

    /// Forgets everything; for a live table that is replaced whole.
    func forget() throws {
        try session.run("DELETE FROM \(table) WHERE layer = $1 AND model = $2", identity)
        try session.dropRelation(undo)
    }

    private var identity: [SQLValue] { [.text(model.table.layer.rawValue), .text(model.table.name)] }
}

/// What one batch did to a live table.
struct MergeEntry {
    let batchNumber: Int
    /// The batch made the table.
    let created: Bool
    let key: [String]
    /// When the batch acted, as microseconds since 1970; nil for an incremental model.
    let moment: Int64?
}
