import PulihModel

/// Tests of one model on what was just built of it.
struct ModelTests<Session: ModelSession> {
    private let build: ModelBuild
    private let relation: TableName
    private let session: Session

    init(_ build: ModelBuild, of relation: TableName, in session: Session) {
        self.build = build
        self.relation = relation
        self.session = session
    }

    /// - Returns: what tests of severity `warn` found.
    /// - Throws: `data` naming every test of another severity that fails, with count and examples.
    func run() throws -> [String] {
        var failures: [String] = []
        var warnings: [String] = []
        for resolved in build.tests {
            let name = resolved.test.name
            let finding = try build.run("test \(build.model.table) (\(name))", leftBehind: ModelBuild.nothingBuilt)
            {
                try self.finding(of: resolved)
            }
            guard let finding else { continue }
            let text = "test \(name) of \(build.model.table) \(finding) (\(resolved.test.at))"
            if resolved.test.severity == .warn { warnings.append(text) } else { failures.append(text) }
        }
        guard failures.isEmpty else {
            throw PulihError(
                .data, failures.joined(separator: "; "), object: build.model.table.description,
                leftBehind: ModelBuild.nothingBuilt,
                hint: "correct the data or \(build.model.at.file), then run 'pulih restart \(build.client)'")
        }
        return warnings
    }

    /// Rows can only be merged when each has a key of its own.
    func requireKeys() throws {
        let key = build.model.uniqueKey
        let rows = build.model.materialization == .history ? "the SELECT" : "the delta"
        for (condition, check) in [
            ("has rows without a value in", ModelTest.Check.notNull(key)),
            ("has rows with the same", .unique(key)),
        ] {
            guard let query = FailingRows(check, of: relation), let found = try query.look(in: session) else {
                continue
            }
            throw PulihError(
                .data,
                "unable to build \(build.model.table): \(rows) \(condition) "
                    + "\(key.joined(separator: ", ")): \(found)",
                object: build.model.table.description, leftBehind: ModelBuild.nothingBuilt,
                hint:
                    "unique_key in \(build.model.at.file) must name columns that tell a batch's rows apart"
            )
        }
    }

    private func finding(of resolved: ResolvedTest) throws -> String? {
        switch resolved.test.check {
        case .rowCount(let min, let max):
            let rows = try session.value("SELECT count(*) FROM \(relation.sql)").number
            if let min, rows < min { return "found \(rows) rows, at least \(min) expected" }
            if let max, rows > max { return "found \(rows) rows, at most \(max) expected" }
            return nil
        case let check:
            guard let query = FailingRows(check, of: relation, other: resolved.other, sql: resolved.sql)
            else {
                throw PulihError(.bug, "test \(resolved.test.name) of \(build.model.table) was not resolved")
            }
            return try query.look(in: session).map { "fails for \($0)" }
        }
    }
}

/// A SELECT of the rows that break a test.
private struct FailingRows {
    private let select: String
    private let values: [SQLValue]
    /// What one row of it stands for.
    private let unit: String

    init?(_ check: ModelTest.Check, of relation: TableName, other: TableName? = nil, sql: String? = nil) {
        func quoted(_ name: String) -> String { "t." + SQLText.identifier(name) }
        let from = "FROM \(relation.sql) AS t"
        var (values, unit) = ([SQLValue](), "row")
        switch check {
        case .notNull(let columns):
            select =
                "SELECT * \(from) WHERE \(columns.map { quoted($0) + " IS NULL" }.joined(separator: " OR "))"
        case .unique(let columns):
            // NULL in any column of the key exempts the row, as in SQL.
            let present = columns.map { quoted($0) + " IS NOT NULL" }.joined(separator: " AND ")
            let list = columns.map(quoted).joined(separator: ", ")
            select =
                "SELECT \(list), count(*) AS rows \(from) WHERE \(present)"
                + " GROUP BY \(list) HAVING count(*) > 1"
            unit = "key"
        case .accepted(let column, let accepted):
            let marks = accepted.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
            let outside = accepted.isEmpty ? "" : " AND CAST(\(quoted(column)) AS VARCHAR) NOT IN (\(marks))"
            select =
                "SELECT \(quoted(column)), count(*) AS rows \(from)"
                + " WHERE \(quoted(column)) IS NOT NULL\(outside)"
                + " GROUP BY \(quoted(column))"
            values = accepted.map { .text($0) }
            unit = "value"
        case .relationship(let column, _, let field):
            guard let other else { return nil }
            select =
                "SELECT \(quoted(column)), count(*) AS rows \(from) WHERE \(quoted(column)) IS NOT NULL"
                + " AND NOT EXISTS (SELECT 1 FROM \(other.sql) AS o"
                + " WHERE o.\(SQLText.identifier(field)) = \(quoted(column))) GROUP BY \(quoted(column))"
            unit = "value"
        case .sql:
            guard let sql else { return nil }
            select = "SELECT * FROM \(SQLText.subquery(sql)) AS q"
        case .rowCount: return nil
        }
        (self.values, self.unit) = (values, unit)
    }

    /// `3 rows: cst_id = 1, cst_key = NULL | …`, with up to three examples; nil if there is none.
    func look(in session: some ModelSession) throws -> String? {
        let count = try session.value("SELECT count(*) FROM (\(select)) AS f", values).number
        guard count > 0 else { return nil }
        let rows = try session.examples(select, values).map { row in
            // The first columns are enough to find a row again.
            row.prefix(6).map { "\($0.column) = \($0.text ?? "NULL")" }.joined(separator: ", ")
        }
        return "\(count) \(unit)\(count == 1 ? "" : "s"): " + rows.joined(separator: " | ")
    }
}
