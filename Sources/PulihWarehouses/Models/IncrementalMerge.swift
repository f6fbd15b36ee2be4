import PulihModel

/// The merge of a delta into an incremental model's live table. What it replaces is kept in the model's undo
/// table.
struct IncrementalMerge<Session: ModelSession>: LiveMerge {
    let build: ModelBuild
    let names: ModelNames
    let session: Session

    init(_ build: ModelBuild, in session: Session) {
        self.build = build
        self.session = session
        names = session.names(of: build)
    }

    func publish() throws {
        let batch = build.entry.batch
        guard let undone = try undone() else {
            try begin()
            return
        }
        // DuckDB refuses to alter a table that the same transaction changed rows of: columns come first.
        let columns = try bringColumns()
        for merge in undone.reversed() { try takeBack(merge) }
        try merge(columns, batch: batch)
        try session.run("DROP TABLE \(names.physical.sql)")
    }

    func selectBefore() throws -> String? {
        guard try session.kind(of: names.live) == .table else { return nil }
        guard let undone = try undone() else { return try selectNothing() }
        return undone.isEmpty ? nil : try selectBefore(undone)
    }

    func preview() throws -> String {
        guard let undone = try undone() else { return "SELECT * FROM \(names.physical.sql)" }
        let live = try session.givenColumns(of: names.live)
        let change = SchemaChange(live: live, delta: try session.givenColumns(of: names.physical))
        try change.check(build)
        let missing = Set(change.missing.map(\.name))
        let added = build.model.onSchemaChange == .append ? change.added : []
        let kept =
            live.map { SQLText.identifier($0.name) } + added.map { "NULL AS \(SQLText.identifier($0.name))" }
        let given =
            live.map { missing.contains($0.name) ? "NULL" : SQLText.identifier($0.name) }
            + added.map { SQLText.identifier($0.name) }
        return """
            SELECT \(kept.joined(separator: ", ")) FROM (\(try selectBefore(undone))) AS l
            WHERE NOT EXISTS (
                SELECT 1 FROM \(names.physical.sql) AS d WHERE \(same(build.model.uniqueKey, "l", "d")))
            UNION ALL SELECT \(given.joined(separator: ", ")) FROM \(names.physical.sql)
            """
    }

    // MARK: merges that can be taken back

    /// Merges of this batch and later ones, earliest first; nil: this batch makes the table.
    private func undone() throws -> [MergeEntry]? {
        guard try session.kind(of: names.live) == .table, try log.isOf(history: false) else {
            return nil
        }
        let undone = try log.entries(from: build.entry.batch)
        return undone.contains(where: \.created) ? nil : undone
    }

    /// Puts back what a merge replaced. All later merges must have been taken back.
    private func takeBack(_ merge: MergeEntry) throws {
        let batch: [SQLValue] = [.int(merge.batchNumber)]
        try session.run(
            """
            DELETE FROM \(names.live.sql) AS l USING \(names.undo.sql) AS u
            WHERE u.\(Undo.batch) = $1 AND \(same(merge.key, "l", "u"))
            """, batch)
        let columns = SQLText.identifiers(try session.givenColumns(of: names.live).map(\.name))
        try session.run(
            """
            INSERT INTO \(names.live.sql) (\(columns))
            SELECT \(columns) FROM \(names.undo.sql) WHERE \(Undo.batch) = $1 AND \(Undo.replaced)
            """, batch)
        try session.run("DELETE FROM \(names.undo.sql) WHERE \(Undo.batch) = $1", batch)
        try log.remove(merge.batchNumber)
    }

    /// A SELECT of the live table without these merges.
    private func selectBefore(_ undone: [MergeEntry]) throws -> String {
        let columns = SQLText.identifiers(try session.givenColumns(of: names.live).map(\.name))
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
    private func bringColumns() throws -> [String] {
        let live = try session.givenColumns(of: names.live)
        let change = SchemaChange(live: live, delta: try session.givenColumns(of: names.physical))
        try change.check(build)
        let added = build.model.onSchemaChange == .append ? change.added : []
        try session.add(added, to: names.live)
        if try session.kind(of: names.undo) == nil {
            try session.run(
                """
                CREATE TABLE \(names.undo.sql) AS
                SELECT CAST(0 AS BIGINT) AS \(Undo.batch), false AS \(Undo.replaced), *
                FROM \(names.live.sql) WHERE false
                """)
        } else {
            let present = Set(try session.givenColumns(of: names.undo).map(\.folded))
            try session.add((live + added).filter { !present.contains($0.folded) }, to: names.undo)
        }
        return change.shared.map(\.name) + added.map(\.name)
    }

    private func merge(_ columns: [String], batch: BatchID) throws {
        let key = build.model.uniqueKey
        let all = SQLText.identifiers(try session.givenColumns(of: names.live).map(\.name))
        let (live, delta) = (names.live.sql, names.physical.sql)
        let number: [SQLValue] = [.int(batch.number)]
        try session.run(
            """
            INSERT INTO \(names.undo.sql) (\(Undo.batch), \(Undo.replaced), \(all))
            SELECT $1, true, \(all) FROM \(live) AS l
            WHERE EXISTS (SELECT 1 FROM \(delta) AS d WHERE \(same(key, "l", "d")))
            """, number)
        try session.run(
            """
            INSERT INTO \(names.undo.sql) (\(Undo.batch), \(Undo.replaced), \(SQLText.identifiers(key)))
            SELECT $1, false, \(SQLText.identifiers(key)) FROM \(delta) AS d
            WHERE NOT EXISTS (SELECT 1 FROM \(live) AS l WHERE \(same(key, "l", "d")))
            """, number)
        try session.upsert(names, key: key, columns: columns)
        try log.remember(batch, created: false)
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

extension ModelSession {
    fileprivate func add(_ columns: [RelationColumn], to table: TableName) throws {
        for column in columns {
            try run(
                "ALTER TABLE \(table.sql) ADD COLUMN \(SQLText.identifier(column.name)) \(column.type)")
        }
    }
}
