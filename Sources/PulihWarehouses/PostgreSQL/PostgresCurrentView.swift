import PulihModel

/// `{table}_current`: the rows in force by the file's delivery.
///
/// Readers see batches up to the newest that was published: nobody sees half a batch, nor rows of one that failed and
/// still stops the next. Of a batch that was left (`start --leave`) what it loaded counts once a later one is
/// published; else files that it alone holds could never come in.
///
/// What is in force is asked of the ledger while the query runs, never written into the view: a reader sees rows and
/// ledger of one snapshot, and partitions that do not count are not opened.
struct PostgresCurrentView {
    let table: TableName
    let delivery: Delivery
    /// All columns of the table, lineage included.
    let columns: [String]
    /// The batch that is being built: it counts although it is not published, later ones do not. Nil: what
    /// readers see.
    let asOf: BatchID?
    let own: OwnSchema

    var select: String {
        let list = columns.map { "t." + SQLText.identifier($0) }.joined(separator: ", ")
        switch delivery {
        case .full:
            // From the ledger, not from the rows: a delivery without a record empties the view.
            return """
                SELECT \(list) FROM \(table.sql) AS t WHERE t.\(Lineage.batch) = (
                    SELECT l.batch_id FROM \(loads) AND \(order) <= \(newest)
                    ORDER BY length(l.batch_id) DESC, l.batch_id DESC LIMIT 1)
                """
        case .delta:
            // Those that do not count are few, mostly none: nothing to look up per row. Where nothing is published
            // the comparison is unknown, and no batch counts.
            return """
                SELECT \(list) FROM \(table.sql) AS t WHERE t.\(Lineage.batch) <> ALL (ARRAY(
                    SELECT l.batch_id FROM \(loads) AND (\(order) <= \(newest)) IS NOT TRUE))
                """
        case .upsert(let key):
            let keys = key.map { "t." + SQLText.identifier($0) }.joined(separator: ", ")
            return """
                SELECT DISTINCT ON (\(keys)) \(list) FROM \(table.sql) AS t
                    JOIN (\(rankedFiles)) AS f ON f.batch = t.\(Lineage.batch) AND f.file = t.\(Lineage.file)
                ORDER BY \(keys), f.rank DESC, t.\(Lineage.row) DESC
                """
        }
    }

    private var loads: String {
        "\(own.ledger) AS l WHERE l.stage = \(SQLText.literal(Stage.loadBronze.rawValue))"
            + " AND l.target = \(SQLText.literal(table.table))"
    }

    // Ids have six digits or more: they compare as text only among ids of one length.
    private let order = "(length(l.batch_id), l.batch_id)"

    /// The newest published batch, or the one that is being built.
    private var newest: String {
        asOf.map { "(\($0.description.utf8.count), \(SQLText.literal($0.description)))" }
            ?? """
            (SELECT length(p.batch_id), p.batch_id FROM \(own.ledger) AS p
                WHERE p.stage = \(SQLText.literal(Stage.publish.rawValue)) AND p.thing = p.batch_id
                ORDER BY length(p.batch_id) DESC, p.batch_id DESC LIMIT 1)
            """
    }

    /// The files in force in the order in which they came.
    private var rankedFiles: String {
        // By the names that the files came with.
        let natural = Self.naturalKey("replace(l.file, '_' || l.batch_id, '')")
        return """
            SELECT l.batch_id AS batch, l.file, row_number() OVER (
                ORDER BY length(l.batch_id), l.batch_id, \(natural) COLLATE "C", l.file) AS rank
            FROM \(loads) AND \(order) <= \(newest)
            """
    }

    /// `NaturalOrder` for PostgreSQL: numbers are padded to 20 digits, so that 9 comes before 10.
    private static func naturalKey(_ text: String) -> String {
        let zeros = String(repeating: "0", count: 19)
        return "regexp_replace(regexp_replace(\(text), '([0-9]+)', '\(zeros)\\1', 'g'),"
            + " '0*([0-9]{20,})', '\\1', 'g')"
    }

    init(table: TableName, delivery: Delivery, columns: [String], asOf: BatchID?, own: OwnSchema) {
        self.table = table
        self.delivery = delivery
        self.columns = columns
        self.asOf = asOf
        self.own = own
    }
}
