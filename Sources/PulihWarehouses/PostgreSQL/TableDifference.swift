import PulihModel
import PulihPostgres

/// Brings the rows of a live table to those that stand built, in place: only what differs is written. Readers are
/// not waited for and see, whenever they look, one whole state.
///
/// Two rows are the same when PostgreSQL stores them the same: 1.0 is not 1.00. What differs is first written to a
/// table in the order of the live one, since rows changed in that order cost a third of the time.
struct TableDifference {
    private let live: TableName
    private let built: TableName
    /// Those of the live table that a SELECT gave.
    private let columns: [RelationColumn]
    private let models: PostgresModels
    private var session: PostgresSession { models.session }

    init(live: TableName, built: TableName, columns: [RelationColumn], in models: PostgresModels) {
        self.live = live
        self.built = built
        self.columns = columns
        self.models = models
    }

    /// Makes the live rows exactly the built ones, which have the same columns with the same types.
    /// - Parameters:
    ///   - wanted: how many stand built.
    ///   - key: columns that tell the built rows apart, none of them NULL.
    func publish(_ wanted: Int, key: [String]?) throws {
        let before = try count(live)
        let changed: Int
        if before == 0 || wanted == 0 {
            try session.execute("DELETE FROM \(live.sql)")
            try session.execute("INSERT INTO \(live.sql) (\(list)) SELECT \(list) FROM \(built.sql)")
            changed = before + wanted
        } else if let key, let count = try publish(by: key, before: before, wanted: wanted) {
            changed = count
        } else {
            changed = try publishWholeRows()
        }
        try analyze(ifMany: changed, of: max(before, wanted))
    }

    /// Makes the live rows of the keys that stand built the built ones, and leaves the others alone.
    /// - Parameter given: columns that stand built; the others become NULL.
    func upsert(key: [String], given: [String]) throws {
        let wanted = try count(built)
        let values = columns.map {
            given.contains($0.name) ? "b.\(SQLText.identifier($0.name))" : "CAST(NULL AS \($0.type))"
        }
        try createDifference(
            """
            SELECT l.ctid AS \(Mark.old), \(aliased(values)),
                l.ctid IS NOT NULL AND record_image_ne(\(row("l")), \(row("b", values))) AS \(Mark.differs)
            FROM \(built.sql) AS b LEFT JOIN \(live.sql) AS l ON \(same(key)) ORDER BY l.ctid
            """)
        let (paired, differing) = try count(difference, where: Mark.differs)
        if paired == wanted {
            try update(differing, where: Mark.differs)
        } else {
            // The live table has keys more than once, which only somebody else can have written.
            try session.execute("DELETE FROM \(live.sql) AS l USING \(built.sql) AS b WHERE \(same(key))")
            try session.execute("UPDATE \(difference.sql) SET \(Mark.old) = NULL")
            try session.execute(
                """
                DELETE FROM \(difference.sql) AS d USING \(difference.sql) AS o
                WHERE d.ctid > o.ctid AND \(same(key, "d", "o"))
                """)
        }
        try insert()
        try dropDifference()
    }

    // MARK: by key

    /// - Returns: how many rows were changed; nil, with nothing changed, when the live table has keys more than once.
    private func publish(by key: [String], before: Int, wanted: Int) throws -> Int? {
        try createDifference(
            """
            SELECT l.ctid AS \(Mark.old), \(aliased(qualified("b")))
            FROM \(built.sql) AS b LEFT JOIN \(live.sql) AS l ON \(same(key))
            WHERE l.ctid IS NULL OR record_image_ne(\(row("l")), \(row("b"))) ORDER BY l.ctid
            """)
        let (differing, added) = try count(difference, where: "\(Mark.old) IS NULL")
        let changed = differing - added
        // Every built row that is not new has a live one; those beyond are gone, unless a key is there twice.
        let surplus = before - (wanted - added)
        var gone = 0
        if surplus > 0 {
            let isKeyed = try session.savepointed {
                gone = try session.execute(
                    """
                    DELETE FROM \(live.sql) AS l
                    WHERE NOT EXISTS (SELECT FROM \(built.sql) AS b WHERE \(same(key)))
                    """)
                return gone == surplus
            }
            guard isKeyed else {
                try dropDifference()
                return nil
            }
        }
        try update(changed, where: "true")
        try insert()
        try dropDifference()
        return changed + added + gone
    }

    /// Gives live rows the values of the difference. Where somebody's unique index minds the order, rows are taken
    /// out first and put in again.
    private func update(_ count: Int, where condition: String) throws {
        guard count > 0 else { return }
        let assignments = names.map { "\($0) = d.\($0)" }.joined(separator: ", ")
        do {
            try session.savepoint {
                try session.byAddress {
                    try expect(
                        count,
                        """
                        UPDATE \(live.sql) AS l SET \(assignments) FROM \(difference.sql) AS d
                        WHERE l.ctid = d.\(Mark.old) AND \(condition)
                        """)
                }
            }
        } catch {
            guard let failure = error as? PostgresFailure, ["23505", "23P01"].contains(failure.sqlState)
            else {
                throw error
            }
            try session.byAddress {
                try expect(
                    count,
                    """
                    DELETE FROM \(live.sql) AS l USING \(difference.sql) AS d
                    WHERE l.ctid = d.\(Mark.old) AND \(condition)
                    """)
            }
            try session.execute("UPDATE \(difference.sql) SET \(Mark.old) = NULL WHERE \(condition)")
        }
    }

    private func insert() throws {
        try session.execute(
            """
            INSERT INTO \(live.sql) (\(list)) SELECT \(list) FROM \(difference.sql) WHERE \(Mark.old) IS NULL
            """)
    }

    // MARK: by whole rows

    /// Rows that stand n times built shall be there n times. They are told apart by 128 bits of hash, whose seeds
    /// nobody knows before.
    private func publishWholeRows() throws -> Int {
        let hashes = RowHash(try session.hashable(columns.map(\.name), of: built))
        // Most tables do not change with most batches.
        if try hashes.sum(of: live, in: session) == hashes.sum(of: built, in: session) { return 0 }
        func numbered(_ table: TableName, _ place: String) -> String {
            let (first, second) = hashes.expressions
            return """
                (SELECT ctid AS \(place), \(first) AS h1, \(second) AS h2,
                    row_number() OVER (PARTITION BY \(first), \(second)) AS n
                FROM \(table.sql) AS t ORDER BY 2, 3, 4 OFFSET 0)
                """
        }
        try createDifference(
            """
            SELECT \(Mark.old), \(Mark.new) FROM \(numbered(live, Mark.old)) AS l
            FULL JOIN \(numbered(built, Mark.new)) AS b USING (h1, h2, n)
            WHERE \(Mark.old) IS NULL OR \(Mark.new) IS NULL
            """)
        let (all, added) = try count(difference, where: "\(Mark.old) IS NULL")
        try session.byAddress {
            try expect(
                all - added,
                """
                DELETE FROM \(live.sql) AS l USING (\(places(Mark.old))) AS d WHERE l.ctid = d.\(Mark.old)
                """)
        }
        try session.byAddress {
            try expect(
                added,
                """
                INSERT INTO \(live.sql) (\(list)) SELECT \(qualified("b").joined(separator: ", "))
                FROM (\(places(Mark.new))) AS d JOIN \(built.sql) AS b ON b.ctid = d.\(Mark.new)
                """)
        }
        try dropDifference()
        return all
    }

    private func places(_ mark: String) -> String {
        "SELECT \(mark) FROM \(difference.sql) WHERE \(mark) IS NOT NULL ORDER BY 1 OFFSET 0"
    }

    // MARK: parts of statements

    private enum Mark {
        static let old = "\"pulih old\""
        static let new = "\"pulih new\""
        static let differs = "\"pulih differs\""
    }

    /// What differs, gone with the transaction. Logged: of an unlogged table that was rolled back just before a crash
    /// the server may keep what stops its recovery ("could not create file …: File exists").
    private var difference: TableName { models.own.table("difference") }

    private func createDifference(_ select: String) throws {
        try session.inParallel {
            try session.execute(
                "CREATE TABLE \(difference.sql) WITH (autovacuum_enabled = off) AS\n\(select)")
        }
    }

    private func dropDifference() throws { try session.execute("DROP TABLE \(difference.sql)") }

    private func count(_ table: TableName) throws -> Int {
        try models.value("SELECT count(*) FROM \(table.sql)").number
    }

    /// - Returns: how many rows there are, and of how many the condition holds.
    private func count(_ table: TableName, where condition: String) throws -> (Int, Int) {
        let row = try models.rows(
            "SELECT count(*), count(*) FILTER (WHERE \(condition)) FROM \(table.sql)", [])[0]
        return (try row[0].number, try row[1].number)
    }

    /// Nobody else writes there. Who does all the same is not made to wait, since the server's own vacuum would wait
    /// too: a row that he changed meanwhile is missed here, and the publication is made again.
    private func expect(_ count: Int, _ statement: String) throws {
        guard try session.execute(statement) != count else { return }
        throw PostgresFailure(
            sqlState: "40001",
            message: "rows of \(live) were changed by somebody else while it was published",
            statement: statement)
    }

    private var names: [String] { columns.map { SQLText.identifier($0.name) } }
    private var list: String { names.joined(separator: ", ") }
    private func qualified(_ alias: String) -> [String] { names.map { "\(alias).\($0)" } }

    private func aliased(_ values: [String]) -> String {
        zip(values, names).map { "\($0) AS \($1)" }.joined(separator: ", ")
    }

    private func row(_ alias: String, _ values: [String]? = nil) -> String {
        "ROW(\((values ?? qualified(alias)).joined(separator: ", ")))"
    }

    private func same(_ key: [String], _ left: String = "l", _ right: String = "b") -> String {
        key.map(SQLText.identifier).map { "\(left).\($0) = \(right).\($0)" }.joined(separator: " AND ")
    }

    /// What the server knows of the table is not worth much any more.
    private func analyze(ifMany changed: Int, of rows: Int) throws {
        guard changed >= PostgresModels.worthAnalyzing, changed * 10 >= rows else { return }
        // Not where it would wait for a vacuum.
        try session.execute("ANALYZE (SKIP_LOCKED) \(live.sql)")
    }
}
