import PulihModel

/// `{table}_current`: the rows in force by the file's delivery.
struct CurrentView {
    let table: TableName
    let delivery: Delivery
    /// All columns of the table, lineage included.
    let columns: [String]
    /// Only batches up to this one; nil: all.
    let asOf: BatchID?

    var select: String {
        let list = columns.map { "t." + SQLText.identifier($0) }.joined(separator: ", ")
        let from = "SELECT \(list) FROM \(table.sql) AS t"
        switch delivery {
        case .full:
            // From the ledger, not from the rows: a delivery without a record empties the view.
            return """
                \(from) WHERE t.\(Lineage.batch) = (
                    SELECT batch_id FROM pulih.ledger
                    WHERE stage = \(SQLText.literal(Stage.loadBronze.rawValue))
                        AND target = \(SQLText.literal(table.table))\(upTo("batch_id", " AND "))
                    ORDER BY \(newestFirst("batch_id")) LIMIT 1)
                """
        case .delta: return from + upTo("t.\(Lineage.batch)", " WHERE ")
        case .upsert(let key):
            let keys = key.map { "t." + SQLText.identifier($0) }.joined(separator: ", ")
            let order = [
                newestFirst("t.\(Lineage.batch)"), "t.\(Lineage.file) DESC", "t.\(Lineage.row) DESC",
            ].joined(separator: ", ")
            return from + upTo("t.\(Lineage.batch)", " WHERE ")
                + " QUALIFY row_number() OVER (PARTITION BY \(keys) ORDER BY \(order)) = 1"
        }
    }

    // Batch ids have six digits or more: they compare as text only among ids of one length.

    private func newestFirst(_ column: String) -> String { "length(\(column)) DESC, \(column) DESC" }

    private func upTo(_ column: String, _ joint: String) -> String {
        guard let id = asOf?.description else { return "" }
        return "\(joint)(length(\(column)), \(column)) <= (\(id.utf8.count), \(SQLText.literal(id)))"
    }
}
