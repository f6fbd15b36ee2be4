import PulihDuckDB
import PulihModel

// Results as text for people and programs.
extension DuckDBSession {
    /// Values of types that have no form of their own here (lists, structs, maps) come as JSON text.
    func readRows(
        _ sql: String, parameters: [String], _ rows: (QueryRow) throws -> Void
    ) throws -> [QueryColumn] {
        let values = parameters.map { DuckDBValue.text($0) }
        do {
            return try readRows(sql, values, columns: nil, rows)
        } catch let failure as DuckDBFailure where failure.kind == .notImplemented {
            // Thrown before the first row, for a type that can only be read after a cast.
            let inner = SQLText.subquery(sql)
            let described: [QueryColumn]
            do {
                described = try query("DESCRIBE SELECT * FROM \(inner)", values).rows.map {
                    QueryColumn(name: try $0[0].content, type: try $0[1].content)
                }
            } catch is DuckDBFailure {
                throw failure
            }
            let names = described.indices.map { "c\($0)" }
            let selected = zip(names, described).map { name, column in
                switch column.rendering {
                case .direct: name
                case .json: "CAST(to_json(\(name)) AS VARCHAR)"
                case .text: "CAST(\(name) AS VARCHAR)"
                }
            }
            let wrapped =
                "SELECT \(selected.joined(separator: ", "))"
                + " FROM \(inner) AS q(\(names.joined(separator: ", ")))"
            return try readRows(wrapped, values, columns: described, rows)
        }
    }

    private func readRows(
        _ sql: String, _ values: [DuckDBValue], columns known: [QueryColumn]?,
        _ rows: (QueryRow) throws -> Void
    ) throws -> [QueryColumn] {
        var columns: [QueryColumn] = []
        try forEachRow(
            sql, values, columns: { columns = known ?? $0.map { QueryColumn(name: $0.name, type: $0.type) } },
            { row in try rows(QueryRow(values: row.map(\.canonicalText), columns: columns)) })
        return columns
    }
}

extension ReadingStatement.Beginnings {
    static let duckdb = ReadingStatement.Beginnings(
        words: [
            "SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "DESCRIBE", "DESC", "SHOW",
            "SUMMARIZE", "EXPLAIN", "PRAGMA",
        ], told: "SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN or PRAGMA")
}

extension DuckDBValue {
    /// As DuckDB writes it, except that dates with a time are in ISO 8601: `2026-03-01T04:05:06`, moments in
    /// UTC with `Z`.
    fileprivate var canonicalText: String? {
        guard let text else { return nil }
        switch self {
        case .timestamp: return text.replacing(" ", with: "T", maxReplacements: 1)
        case .timestampTZ:
            guard text.hasSuffix("+00") else { return text }
            return text.dropLast(3).replacing(" ", with: "T", maxReplacements: 1) + "Z"
        default: return text
        }
    }
}

extension QueryColumn {
    enum Rendering { case direct, json, text }

    init(name: String, type: String) {
        self.init(name: name, type: type, kind: Self.kind(of: type))
    }

    private static func kind(of type: String) -> Kind {
        if isNested(type) || type == "JSON" { return .json }
        switch type.prefix(while: { $0 != "(" }) {
        case "BOOLEAN": return .boolean
        case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
            "UBIGINT",
            "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL":
            return .number
        default: return .text
        }
    }

    private static func isNested(_ type: String) -> Bool {
        type.hasSuffix("]") || ["STRUCT(", "MAP(", "UNION("].contains { type.hasPrefix($0) }
    }

    fileprivate var rendering: Rendering {
        if Self.isNested(type) { return .json }
        switch type {
        case "BIT", "BIGNUM", "VARINT", "TIME WITH TIME ZONE", "TIME_NS", "GEOMETRY", "VARIANT": return .text
        default: return .direct
        }
    }
}
