import PulihModel

/// The SQL of a history: a table of versions, of which the open one of each key is its present state.
///
/// A batch acts at one moment, which is later than every time that the table held before. So what it did can be
/// told from the times alone, and taking it back needs nothing kept aside: versions that begin at its moment
/// go, those that end there are open again. Plain SQL that every warehouse understands.
struct HistoryStatements {
    /// Both ready for a statement. The delta holds the rows of the SELECT, each with a key of its own.
    let live: String
    let delta: String
    let key: [String]
    /// Columns of the SELECT, the key's among them.
    let selected: [String]
    let deletes: DeletePolicy

    /// A SELECT whose rows are those of another one as first versions. One line stands before the other's.
    static func firstVersions(of select: String, from moment: Int64) -> String {
        let columns =
            "\(literal(moment)) AS \(Version.validFrom), CAST(NULL AS TIMESTAMPTZ) AS \(Version.validTo), true AS \(Version.isCurrent)"
        return "SELECT s.*, \(columns) FROM (\n\(select)\n) AS s"
    }

    // MARK: what a batch does

    /// Takes back whatever acted at this moment or later.
    func takeBack(from moment: Int64) -> [String] {
        let moment = Self.literal(moment)
        return [
            "DELETE FROM \(live) WHERE \(Version.validFrom) >= \(moment)",
            """
            UPDATE \(live) SET \(Version.validTo) = NULL, \(Version.isCurrent) = true
            WHERE \(Version.validTo) >= \(moment)
            """,
        ]
    }

    /// Closes the open versions that are not the present state any more, then opens those of it.
    func apply(at moment: Int64) -> [String] {
        let isGiven = "EXISTS (SELECT 1 FROM \(delta) AS d WHERE \(sameKey))"
        return [
            """
            UPDATE \(live) AS l SET \(Version.validTo) = \(Self.literal(moment)), \(Version.isCurrent) = false
            WHERE l.\(Version.validTo) IS NULL
                AND NOT EXISTS (SELECT 1 FROM \(delta) AS d WHERE \(sameKey) AND \(sameValues))
                \(deletes == .ignore ? "AND \(isGiven)" : "")
            """,
            """
            INSERT INTO \(live) (\(SQLText.identifiers(selected + Version.all)))
            \(opened(beside: live, at: moment))
            """,
        ]
    }

    // MARK: what stands there

    /// A SELECT of the newest time in a table or `(SELECT …)` of versions; NULL for an empty one.
    static func newestTime(in versions: String) -> String {
        "SELECT greatest(max(\(Version.validFrom)), max(\(Version.validTo))) FROM \(versions) AS v"
    }

    /// A SELECT of the live table without what acted at this moment or later.
    func before(_ moment: Int64) -> String {
        let moment = Self.literal(moment)
        return """
            SELECT \(SQLText.identifiers(selected)), \(Version.validFrom),
                CASE WHEN \(Version.validTo) < \(moment) THEN \(Version.validTo) END AS \(Version.validTo),
                NOT coalesce(\(Version.validTo) < \(moment), false) AS \(Version.isCurrent)
            FROM \(live) WHERE \(Version.validFrom) < \(moment)
            """
    }

    /// A SELECT of the table as `apply` will leave it.
    /// - Parameter versions: table or `(SELECT …)` that it will be applied to.
    func preview(of versions: String, at moment: Int64) -> String {
        let isGiven = "d.\(SQLText.identifier(key[0])) IS NOT NULL"
        let isOver =
            deletes == .ignore ? "\(isGiven) AND NOT (\(sameValues))" : "NOT (\(isGiven) AND \(sameValues))"
        let closes = "l.\(Version.validTo) IS NULL AND \(isOver)"
        return """
            SELECT \(list("l")), l.\(Version.validFrom),
                CASE WHEN \(closes) THEN \(Self.literal(moment)) ELSE l.\(Version.validTo) END AS \(Version.validTo),
                l.\(Version.validTo) IS NULL AND NOT (\(closes)) AS \(Version.isCurrent)
            FROM \(versions) AS l LEFT JOIN \(delta) AS d ON \(sameKey)
            UNION ALL \(opened(beside: versions, at: moment))
            """
    }

    /// Rows of the SELECT that no open version holds just so, as new versions.
    private func opened(beside versions: String, at moment: Int64) -> String {
        """
        SELECT \(list("d")), \(Self.literal(moment)), CAST(NULL AS TIMESTAMPTZ), true FROM \(delta) AS d
        WHERE NOT EXISTS (
            SELECT 1 FROM \(versions) AS l WHERE l.\(Version.validTo) IS NULL AND \(sameKey) AND \(sameValues))
        """
    }

    private func list(_ alias: String) -> String {
        selected.map { "\(alias).\(SQLText.identifier($0))" }.joined(separator: ", ")
    }

    private var sameKey: String {
        key.map { "l.\(SQLText.identifier($0)) = d.\(SQLText.identifier($0))" }.joined(separator: " AND ")
    }

    /// Of the columns beside the key; NULL is a value like others.
    private var sameValues: String {
        let keys = Set(key.map { $0.lowercased() })
        let values = selected.filter { !keys.contains($0.lowercased()) }.map(SQLText.identifier)
        return values.isEmpty
            ? "true" : values.map { "l.\($0) IS NOT DISTINCT FROM d.\($0)" }.joined(separator: " AND ")
    }

    private static func literal(_ moment: Int64) -> String {
        "TIMESTAMPTZ " + SQLText.literal(SQLText.timestamp(moment) + "+00")
    }
}
