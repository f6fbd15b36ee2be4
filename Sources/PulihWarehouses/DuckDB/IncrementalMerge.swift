import PulihDuckDB
import PulihModel

/// The merge of a delta into an incremental model's live table. What it replaces is kept in the model's undo
/// table.
struct IncrementalMerge: LiveMerge {
    let build: ModelBuild

    func publish(in session: DuckDBSession) throws {
        let batch = build.entry.batch
        guard let undone = try undone(in: session) else {
            try begin(in: session)
            return
        }
        // DuckDB refuses to alter a table that the same transaction changed rows of: columns come first.
        let columns = try bringColumns(in: session)
        for merge in undone.reversed() { try takeBack(merge, in: session) }
        try merge(columns, batch: batch, in: session)
        try session.execute("DROP TABLE \(names.physical.sql)")
    }

    func selectBefore(in session: DuckDBSession) throws -> String? {
        guard try session.relation(names.live) == .table else { return nil }
        guard let undone = try undone(in: session) else { return try selectNothing(in: session) }
        return undone.isEmpty ? nil : try selectBefore(undone, in: session)
    }

    func preview(in session: DuckDBSession) throws -> String {
        guard let undone = try undone(in: session) else { return "SELECT * FROM \(names.physical.sql)" }
        let live = try session.columns(of: names.live)
        let change = SchemaChange(live: live, delta: try session.columns(of: names.physical))
        try change.check(build)
        let missing = Set(change.missing.map(\.name))
        let added = build.model.onSchemaChange == .append ? change.added : []
        let kept =
            live.map { SQLText.identifier($0.name) } + added.map { "NULL AS \(SQLText.identifier($0.name))" }
        let given =
            live.map { missing.contains($0.name) ? "NULL" : SQLText.identifier($0.name) }
            + added.map { SQLText.identifier($0.name) }
        return """
            SELECT \(kept.joined(separator: ", ")) FROM (\(try selectBefore(undone, in: session))) AS l
            WHERE NOT EXISTS (
                SELECT 1 FROM \(names.physical.sql) AS d WHERE \(same(build.model.uniqueKey, "l", "d")))
            UNION ALL SELECT \(given.joined(separator: ", ")) FROM \(names.physical.sql)
            """
    }

    // MARK: merges that can be taken back

    /// Merges of this batch and later ones, earliest first; nil: this batch makes the table.
    private func undone(in session: DuckDBSession) throws -> [MergeLog.Entry]? {
        guard try session.relation(names.live) == .table, try log.isOf(history: false, in: session) else {
            return nil
        }
        let undone = try log.entries(from: build.entry.batch, in: session)
        return undone.contains(where: \.created) ? nil : undone
    }

    /// Puts back what a merge replaced. All later merges must have been taken back.
    private func takeBack(_ merge: MergeLog.Entry, in session: DuckDBSession) throws {
        let batch: [DuckDBValue] = [.int(Int64(merge.batchNumber))]
        try session.execute(
            """
            DELETE FROM \(names.live.sql) AS l USING \(names.undo.sql) AS u
            WHERE u.\(Undo.batch) = ? AND \(same(merge.key, "l", "u"))
            """, batch)
        let columns = SQLText.identifiers(try session.columns(of: names.live).map(\.name))
        try session.execute(
            """
            INSERT INTO \(names.live.sql) (\(columns))
            SELECT \(columns) FROM \(names.undo.sql) WHERE \(Undo.batch) = ? AND \(Undo.replaced)
            """, batch)
        try session.execute("DELETE FROM \(names.undo.sql) WHERE \(Undo.batch) = ?", batch)
        try log.remove(merge.batchNumber, in: session)
    }

    /// A SELECT of the live table without these merges.
    private func selectBefore(_ undone: [MergeLog.Entry], in session: DuckDBSession) throws -> String {
        let columns = SQLText.identifiers(try session.columns(of: names.live).map(\.name))
        var select = "SELECT \(columns) FROM \(names.live.sql)"
        for merge in undone.reversed() {
            let rows = "\(names.undo.sql) AS u WHERE u.\(Undo.batch) = \(merge.batchNumber)"
            select = """
                SELECT \(columns) FROM (\(select)) AS l
                WHERE NOT EXISTS (SELECT 1 FROM \(rows) AND \(same(merge.key, "l", "u")))
                UNION ALL SELECT \(columns) FROM \(rows) AND u.\(Undo.replaced)
                """
        }
        return select
    }

    // MARK: columns and rows

    /// Adds columns as `on_schema_change` says, and gives the undo table the columns of the live one.
    /// - Returns: the columns that the delta and the live table share now.
    private func bringColumns(in session: DuckDBSession) throws -> [String] {
        let live = try session.columns(of: names.live)
        let change = SchemaChange(live: live, delta: try session.columns(of: names.physical))
        try change.check(build)
        let added = build.model.onSchemaChange == .append ? change.added : []
        try session.add(added, to: names.live)
        if try session.relation(names.undo) == nil {
            try session.execute(
                """
                CREATE TABLE \(names.undo.sql) AS
                SELECT 0::BIGINT AS \(Undo.batch), false AS \(Undo.replaced), *
                FROM \(names.live.sql) WHERE false
                """)
        } else {
            let present = Set(try session.columns(of: names.undo).map(\.folded))
            try session.add((live + added).filter { !present.contains($0.folded) }, to: names.undo)
        }
        return change.shared.map(\.name) + added.map(\.name)
    }

    private func merge(_ columns: [String], batch: BatchID, in session: DuckDBSession) throws {
        let key = build.model.uniqueKey
        let all = SQLText.identifiers(try session.columns(of: names.live).map(\.name))
        let (live, delta) = (names.live.sql, names.physical.sql)
        let number: [DuckDBValue] = [.int(Int64(batch.number))]
        try session.execute(
            """
            INSERT INTO \(names.undo.sql) (\(Undo.batch), \(Undo.replaced), \(all))
            SELECT ?, true, \(all) FROM \(live) AS l
            WHERE EXISTS (SELECT 1 FROM \(delta) AS d WHERE \(same(key, "l", "d")))
            """, number)
        try session.execute(
            """
            INSERT INTO \(names.undo.sql) (\(Undo.batch), \(Undo.replaced), \(SQLText.identifiers(key)))
            SELECT ?, false, \(SQLText.identifiers(key)) FROM \(delta) AS d
            WHERE NOT EXISTS (SELECT 1 FROM \(live) AS l WHERE \(same(key, "l", "d")))
            """, number)
        try session.execute("DELETE FROM \(live) AS l USING \(delta) AS d WHERE \(same(key, "l", "d"))")
        let list = SQLText.identifiers(columns)
        try session.execute("INSERT INTO \(live) (\(list)) SELECT \(list) FROM \(delta)")
        try log.remember(batch, created: false, in: session)
    }

    private func same(_ key: [String], _ left: String, _ right: String) -> String {
        key.map { "\(left).\(SQLText.identifier($0)) = \(right).\(SQLText.identifier($0))" }
            .joined(separator: " AND ")
    }
}

/// Columns of an undo table beside those of the model.
private enum Undo {
    static let batch = "pulih_batch_number"
    /// True: the row as it was before. False: only the key, of a row that the merge added.
    static let replaced = "pulih_was_replaced"
}

extension DuckDBSession {
    fileprivate func add(_ columns: [RelationColumn], to table: TableName) throws {
        for column in columns {
            try execute(
                "ALTER TABLE \(table.sql) ADD COLUMN \(SQLText.identifier(column.name)) \(column.type)")
        }
    }
}
