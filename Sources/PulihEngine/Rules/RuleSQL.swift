internal import PulihModel

/// A row rule as SQL over the converted rows.
struct RuleSQL {
    let rule: RowRule
    let severity: Severity
    private let columns: [ColumnSpec]

    /// - Throws: `configuration` for a column that the file has not, or a bound that is no value of the column's type.
    init(_ rule: RowRule, _ severity: Severity, _ spec: FileSpec) throws {
        self.rule = rule
        self.severity = severity
        columns = try rule.columns.map { name in
            guard let column = spec.columns.first(where: { $0.name == name }) else {
                throw Self.failure(rule, "\(spec.key) has no column \(name)")
            }
            return column
        }
        _ = try condition()
    }

    static func failure(_ rule: RowRule, _ problem: String) -> PulihError {
        PulihError(
            .configuration, "rule \(rule.name) (\(rule.at)): \(problem)", object: rule.name,
            leftBehind: "nothing was checked", hint: "correct the rule in pulih.yml, then 'pulih apply'")
    }

    func column(_ name: String) -> ColumnSpec { columns.first { $0.name == name }! }

    /// What a record that breaks the rule meets; nil where one record alone does not tell.
    func condition() throws -> String? {
        switch rule.check {
        case .notNull(let names): return names.map { "\(id($0)) IS NULL" }.joined(separator: " OR ")
        case .accepted(let name, let values):
            let list = try values.map { try literal($0, column(name)) }.joined(separator: ", ")
            return list.isEmpty ? "\(id(name)) IS NOT NULL" : "\(id(name)) NOT IN (\(list))"
        case .range(let name, let min, let max):
            let low = try min.map { "\(id(name)) < \(try literal($0, column(name)))" }
            let high = try max.map { "\(id(name)) > \(try literal($0, column(name)))" }
            return [low, high].compactMap { $0 }.joined(separator: " OR ")
        case .pattern(let name, let expression):
            return "NOT regexp_full_match(CAST(\(id(name)) AS VARCHAR), \(SQLText.literal(expression)))"
        case .unique, .rowCount: return nil
        }
    }

    /// A scalar: how many records break the rule.
    func count(rows: String) throws -> String? {
        switch rule.check {
        case .unique(let names, _):
            // Rows of a key that stay are no breach where quarantine keeps one.
            let n = keepsOne ? "n - 1" : "n"
            return """
                (SELECT coalesce(sum(\(n)), 0)::BIGINT FROM (SELECT count(*) AS n FROM (\(rows)) \
                WHERE \(present(names)) GROUP BY \(SQLText.identifiers(names)) HAVING count(*) > 1))
                """
        default: return try condition().map { "count(*) FILTER (WHERE \($0.isEmpty ? "false" : $0))" }
        }
    }

    private var keepsOne: Bool {
        guard case .unique(_, let keep) = rule.check, severity == .quarantine else { return false }
        return keep != .none
    }

    private func id(_ name: String) -> String { SQLText.identifier(name) }
    private func present(_ names: [String]) -> String {
        names.map { "\(id($0)) IS NOT NULL" }.joined(separator: " AND ")
    }

    // MARK: hits

    /// SELECTs of those that break the rule: ordinal, column, value, note, corrected text.
    func hits(rows: String) throws -> [String] {
        switch rule.check {
        case .notNull(let names):
            return names.map { name in
                """
                SELECT \(RowCheck.ordinal), \(SQLText.literal(column(name).source)), NULL::VARCHAR, NULL::VARCHAR, \
                \(RowCheck.text) FROM (\(rows)) WHERE \(id(name)) IS NULL
                """
            }
        case .accepted(let name, _), .range(let name, _, _), .pattern(let name, _):
            guard let condition = try condition(), !condition.isEmpty else { return [] }
            return [
                """
                SELECT \(RowCheck.ordinal), \(SQLText.literal(column(name).source)), CAST(\(id(name)) AS VARCHAR), \
                NULL::VARCHAR, \(RowCheck.text) FROM (\(rows)) WHERE \(condition)
                """
            ]
        case .unique, .rowCount: return []
        }
    }

    /// Keys that stand in several records, and how often.
    func repeatedKeys(rows: String) -> String? {
        guard case .unique(let names, _) = rule.check else { return nil }
        return """
            SELECT \(SQLText.identifiers(names)), count(*) AS \(RowCheck.number), \
            min(\(RowCheck.ordinal)) AS \(RowCheck.first) FROM (\(rows)) \
            WHERE \(present(names)) GROUP BY \(SQLText.identifiers(names)) HAVING count(*) > 1
            """
    }

    /// The records of repeated keys: as `hits`, with the first records of the key as note.
    /// - Parameter limit: of so many keys, those that come first in the file; nil: of all.
    func repeated(rows: String, keys: String, limit: Int?) -> String? {
        guard case .unique(let names, let keep) = rule.check else { return nil }
        let list = SQLText.identifiers(names)
        let order =
            switch keep {
            case .newest(let newest): "\(id(newest)) DESC NULLS LAST, \(RowCheck.ordinal) DESC"
            case .none, .first: RowCheck.ordinal
            }
        let shown =
            names.count == 1
            ? "CAST(\(list) AS VARCHAR)"
            : names.map { "\(SQLText.literal("\($0) = ")) || CAST(\(id($0)) AS VARCHAR)" }.joined(
                separator: " || ', ' || ")
        let some = limit.map { " ORDER BY \(RowCheck.first) LIMIT \($0)" } ?? ""
        let place = keepsOne ? ", row_number() OVER (PARTITION BY \(list) ORDER BY \(order)) AS place" : ""
        let sources = SQLText.literal(names.map { column($0).source }.joined(separator: ", "))
        return """
            WITH members AS MATERIALIZED (SELECT *\(place) FROM (\(rows)) \
            JOIN (FROM \(SQLText.identifier(keys))\(some)) USING (\(list))), \
            notes AS (SELECT \(list), min(\(RowCheck.ordinal), 5) AS listed FROM members GROUP BY \(list)) \
            SELECT \(RowCheck.ordinal), \(sources), \(shown), array_to_string(listed, ', ') || \
            CASE WHEN \(RowCheck.number) > 5 THEN ' and ' || (\(RowCheck.number) - 5) || ' more' ELSE '' END, \
            \(RowCheck.text) FROM members JOIN notes USING (\(list))\(keepsOne ? " WHERE place > 1" : "")
            """
    }

    // MARK: literals

    /// A configured value as it can be compared with the column, not rounded to its type.
    private func literal(_ text: String, _ column: ColumnSpec) throws -> String {
        let quoted = SQLText.literal(text)
        func refuse() -> PulihError {
            Self.failure(rule, "'\(text)' is no value of \(column.name), which is \(column.type)")
        }
        switch column.type {
        case .smallint, .integer, .bigint, .hugeint:
            guard Int128(text) != nil else { throw refuse() }
            return "CAST(\(quoted) AS HUGEINT)"
        case .decimal:
            let digits = text.drop { $0 == "-" || $0 == "+" }
            let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
                digits.contains(where: \.isNumber),
                digits.count <= 38
            else { throw refuse() }
            return "CAST(\(quoted) AS DECIMAL(38,\(parts.count == 2 ? parts[1].count : 0)))"
        case .double:
            guard let number = Double(text), number.isFinite else { throw refuse() }
            return "CAST(\(quoted) AS DOUBLE)"
        case .text: return quoted
        default: return "CAST(\(quoted) AS \(column.type.duckDBName))"
        }
    }

    /// Literals that DuckDB has to cast and may refuse, with the column each belongs to.
    var castLiterals: [(text: String, column: ColumnSpec)] {
        switch rule.check {
        case .accepted(let name, let values): values.map { ($0, column(name)) }
        case .range(let name, let min, let max): [min, max].compactMap { $0 }.map { ($0, column(name)) }
        default: []
        }
    }
}
