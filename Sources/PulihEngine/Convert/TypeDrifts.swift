internal import PulihDuckDB
internal import PulihModel

/// Finds columns whose values have changed their type: those that a large share of the records was quarantined for.
struct TypeDrifts {
    /// Fewer are bad values, not another type.
    private static let fewest = 5
    private static let share = 0.2
    private static let shown = 3
    private static let longest = 40

    private let session: DuckDBSession
    private let spec: FileSpec
    private let records: Int

    /// - Parameter records: of the file.
    init(_ session: DuckDBSession, _ spec: FileSpec, records: Int) {
        self.session = session
        self.spec = spec
        self.records = records
    }

    /// Asked before the quarantine is installed.
    func find(in quarantine: QuarantineTable) throws -> [TypeDrift] {
        guard let table = try quarantine.keptTable().map(SQLText.identifier) else { return [] }
        let total = try session.scalar("SELECT count(DISTINCT record) FROM \(table)").int ?? 0
        guard total >= Self.fewest else { return [] }
        // What a part of the records tells of all of them.
        let scale = Double(total + quarantine.numbered) / Double(total)
        let counts = try session.query(
            """
            SELECT column_name, count(DISTINCT record) AS n FROM \(table) WHERE rule = 'type' \
            AND column_name <> '' GROUP BY column_name HAVING n >= \(Self.fewest) ORDER BY n DESC, column_name
            """
        ).rows
        return try counts.compactMap { row in
            let (name, kept) = (row[0].string ?? "", row[1].int ?? 0)
            let estimated = Int((Double(kept) * scale).rounded())
            guard Double(estimated) >= Self.share * Double(records),
                let column = spec.columns.first(where: { $0.source == name })
            else { return nil }
            return try drift(column, estimated, table)
        }
    }

    private func drift(_ column: ColumnSpec, _ count: Int, _ table: String) throws -> TypeDrift {
        let ofColumn = "FROM \(table) WHERE rule = 'type' AND column_name = \(SQLText.literal(column.source))"
        let examples = try session.query(
            "SELECT line, value \(ofColumn) ORDER BY record LIMIT \(Self.shown)"
        ).rows.map { row in
            TypeDrift.Example(line: row[0].int ?? 0, value: Self.cut(row[1].string ?? ""))
        }
        let looks = Look.all.filter { $0.proposal != column.type.description }
        let fields = looks.map { "count(*) FILTER (WHERE \($0.condition))" }
        let found = try session.query(
            "SELECT count(*), \(fields.joined(separator: ", ")) FROM (SELECT trim(value) AS v \(ofColumn) LIMIT 10000)"
        ).rows[0]
        let total = found[0].int ?? 0
        let look = looks.indices.first { Double(found[$0 + 1].int ?? 0) >= 0.95 * Double(total) }
            .map { looks[$0] }
        return TypeDrift(
            column: column.source, type: column.type, records: count, now: look?.words ?? "texts",
            proposal: look?.proposal ?? "text", examples: examples)
    }

    private static func cut(_ value: String) -> String {
        value.count > longest ? String(value.prefix(longest)) + "…" : value
    }

    /// A way of writing values.
    private struct Look {
        let condition: String
        let words: String
        let proposal: String

        private static func matching(_ pattern: String, _ words: String, _ proposal: String) -> Look {
            Look(
                condition: "regexp_full_match(v, \(SQLText.literal(pattern)))", words: words,
                proposal: proposal)
        }

        private static func date(_ format: String, _ pattern: String, _ example: String) -> Look {
            Look(
                condition: "regexp_full_match(v, \(SQLText.literal(pattern)))"
                    + " AND TRY_STRPTIME(v, \(SQLText.literal(format))) IS NOT NULL",
                words: "dates as \(example)", proposal: "{type: date, format: \"\(format)\"}")
        }

        /// The first that nearly all values meet is named.
        static let all: [Look] = [
            date("%Y%m%d", "(19|20)[0-9]{6}", "20241231"),
            matching("[+-]?(0|[1-9][0-9]{0,17})", "whole numbers", "bigint"),
            matching("[0-9]+", "digits with leading zeros, or too many for a number", "text"),
            matching(#"[+-]?[0-9]+(\.[0-9]+)?"#, "numbers with a decimal point", "decimal(18,4)"),
            matching(
                #"[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?"#, "numbers with a decimal comma",
                #"{type: "decimal(18,4)", decimal: ",", thousands: "."}"#),
            matching(
                #"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?"#, "numbers with commas between thousands",
                #"{type: "decimal(18,4)", thousands: ","}"#),
            date("%Y-%m-%d", "[0-9]{4}-[0-9]{2}-[0-9]{2}", "2024-12-31"),
            date("%Y/%m/%d", "[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", "2024/12/31"),
            date("%d/%m/%Y", "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", "31/12/2024"),
            date("%m/%d/%Y", "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", "12/31/2024"),
            date("%d.%m.%Y", #"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"#, "31.12.2024"),
            date("%d-%m-%Y", "[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}", "31-12-2024"),
            Look(
                condition: "regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T].*') AND "
                    + "(v LIKE '%Z' OR regexp_full_match(v, '.*[+-][0-9]{2}:?[0-9]{0,2}')) AND "
                    + "TRY_CAST(v AS TIMESTAMPTZ) IS NOT NULL",
                words: "timestamps with a zone", proposal: "timestamptz"),
            Look(
                condition: "regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T].*') AND "
                    + "TRY_CAST(v AS TIMESTAMP) IS NOT NULL",
                words: "timestamps", proposal: "timestamp"),
            matching("(?i)true|false", "booleans", "boolean"),
            matching("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUIDs", "uuid"),
        ]
    }
}
