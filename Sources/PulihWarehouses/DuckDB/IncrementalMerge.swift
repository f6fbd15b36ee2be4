import PulihDuckDB
import PulihModel

/// The merge of a delta into an incremental model's live table, and its undoing.
///
/// What a merge replaces is kept in the model's undo table. Before a batch is merged, its own former merge
/// and those of later batches are taken back; so merging a batch twice, or an earlier batch and then its
/// followers again, ends as if each had been merged once, in order. Changes that hooks made are not taken
/// back.
struct IncrementalMerge {
    let build: ModelBuild
    private var names: ModelNames { build.names }

    /// Merges what stands built into the live table. Call inside a transaction.
    /// - Throws: `configuration` when the columns differ in a way that `on_schema_change` does not allow.
    func publish(in session: DuckDBSession) throws {
        let batch = build.entry.batch
        let undone = try merges(from: batch, in: session)
        let kind = try session.relation(names.live)
        guard kind == .table, !undone.contains(where: \.created) else {
            try forget(in: session)
            try session.dropRelation(names.live)
            try session.execute(
                "ALTER TABLE \(names.physical.sql) RENAME TO \(SQLText.identifier(names.live.table))")
            try remember(batch, created: true, in: session)
            return
        }
        // DuckDB refuses to alter a table that the same transaction changed rows of: columns come first.
        let columns = try bringColumns(in: session)
        for merge in undone.reversed() { try takeBack(merge, in: session) }
        try merge(columns, batch: batch, in: session)
        try session.execute("DROP TABLE \(names.physical.sql)")
    }

    /// Forgets all merges; for a model whose live table is replaced whole.
    func forget(in session: DuckDBSession) throws {
        try session.execute("DELETE FROM pulih.merges WHERE layer = ? AND model = ?", identity)
        try session.dropRelation(names.undo)
    }

    /// A SELECT may read the table that it is merged into (`{{ this }}`, the live table by its quoted name).
    /// When this batch or a later one was merged before, it must see the table without those merges: a view
    /// stands in for it.
    ///
    /// - Parameter body: builds from the SQL it is given.
    func building<T>(in session: DuckDBSession, _ body: (_ sql: String) throws -> T) throws -> T {
        let undone = try merges(from: build.entry.batch, in: session)
        guard !undone.isEmpty, build.buildSQL.contains(names.live.sql),
            try session.relation(names.live) == .table
        else { return try body(build.buildSQL) }
        // Renaming the live table instead would do for any spelling, but not for a table with indexes: DuckDB
        // 1.5.5 ends the process when a transaction drops an index of a file just opened and makes it again.
        try session.execute("CREATE VIEW \(names.before.sql) AS \(try selectBefore(undone, in: session))")
        let value = try body(build.buildSQL.replacing(names.live.sql, with: names.before.sql))
        try session.execute("DROP VIEW \(names.before.sql)")
        return value
    }

    /// A SELECT of the table as it will be once the delta is merged: what tests and other models of the batch read.
    /// - Throws: `configuration` as `publish` does.
    func preview(in session: DuckDBSession) throws -> String {
        let undone = try merges(from: build.entry.batch, in: session)
        guard try session.relation(names.live) == .table, !undone.contains(where: \.created) else {
            return "SELECT * FROM \(names.physical.sql)"
        }
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

    private struct Merge {
        let batchNumber: Int
        let created: Bool
        let key: [String]
    }

    private var identity: [DuckDBValue] {
        [.text(build.model.table.layer.rawValue), .text(build.model.table.name)]
    }

    /// Merges of this batch and later ones, earliest first.
    private func merges(from batch: BatchID, in session: DuckDBSession) throws -> [Merge] {
        try session.query(
            """
            SELECT batch_number, created, unique_key FROM pulih.merges
            WHERE layer = ? AND model = ? AND batch_number >= ? ORDER BY batch_number
            """, identity + [.int(Int64(batch.number))]
        ).rows.map { row in
            Merge(
                batchNumber: try row[0].number, created: row[1].bool == true,
                key: try JSONValue.parse(Array(try row[2].content.utf8)).array?.compactMap(\.string) ?? [])
        }
    }

    private func remember(_ batch: BatchID, created: Bool, in session: DuckDBSession) throws {
        try session.execute(
            "INSERT INTO pulih.merges VALUES (?, ?, ?, ?, ?)",
            identity + [
                .int(Int64(batch.number)), .bool(created),
                .text(JSONValue.strings(build.model.uniqueKey).compact),
            ])
    }

    /// Puts back what a merge replaced. All later merges must have been taken back.
    private func takeBack(_ merge: Merge, in session: DuckDBSession) throws {
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
        try session.execute(
            "DELETE FROM pulih.merges WHERE layer = ? AND model = ? AND batch_number = ?", identity + batch)
    }

    /// A SELECT of the live table without these merges.
    private func selectBefore(_ undone: [Merge], in session: DuckDBSession) throws -> String {
        let columns = SQLText.identifiers(try session.columns(of: names.live).map(\.name))
        var select = "SELECT \(columns) FROM \(names.live.sql)"
        for merge in undone.reversed() {
            if merge.created { return "SELECT \(columns) FROM \(names.live.sql) WHERE false" }
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
        try remember(batch, created: false, in: session)
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

/// How the columns of a delta differ from those of the live table.
private struct SchemaChange {
    let added: [RelationColumn]
    let missing: [RelationColumn]
    let shared: [RelationColumn]
    /// `amount is BIGINT, the live table has INTEGER`
    let retyped: [String]

    init(live: [RelationColumn], delta: [RelationColumn]) {
        let types = Dictionary(live.map { ($0.folded, $0.type) }, uniquingKeysWith: { first, _ in first })
        let given = Set(delta.map(\.folded))
        added = delta.filter { types[$0.folded] == nil }
        shared = delta.filter { types[$0.folded] != nil }
        missing = live.filter { !given.contains($0.folded) }
        retyped = shared.compactMap { column in
            let type = types[column.folded]!
            return type == column.type ? nil : "\(column.name) is \(column.type), the live table has \(type)"
        }
    }

    func check(_ build: ModelBuild) throws {
        var differences = retyped
        if build.model.onSchemaChange == .fail {
            differences += added.map { "\($0.name) is new" } + missing.map { "\($0.name) is missing" }
        }
        guard !differences.isEmpty else { return }
        throw PulihError(
            .configuration,
            "unable to merge \(build.model.table): its columns changed: "
                + differences.joined(separator: "; "),
            object: build.model.table.description, leftBehind: "the live table is as it was",
            hint: retyped.isEmpty
                ? "set on_schema_change in \(build.model.at.file) to append or ignore, or restore the columns"
                : "cast the columns in \(build.model.at.file) to the types of the live table")
    }
}

extension DuckDBSession {
    fileprivate func add(_ columns: [RelationColumn], to table: TableName) throws {
        for column in columns {
            try execute(
                "ALTER TABLE \(table.sql) ADD COLUMN \(SQLText.identifier(column.name)) \(column.type)")
        }
    }
}
