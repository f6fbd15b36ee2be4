import PulihModel
import PulihPostgres

// Results as text for people and programs.
extension PostgresSession {
    /// Runs one statement; values of types that have no form of their own here (arrays, composites) come as
    /// JSON text.
    func readRows(
        _ sql: String, parameters: [String], _ rows: (QueryRow) throws -> Void
    ) throws -> [QueryColumn] {
        let statement = SQLText.statement(sql)
        // Their types are those that the statement wants there.
        let values = parameters.map { PostgresValue.untyped($0) }
        let described = try describe(statement, values)
        let types = try typeInfos(of: described)
        let columns = zip(described, types).map {
            QueryColumn(name: $0.name, type: $1.name, kind: $1.shown)
        }
        var select = statement
        if types.contains(where: \.isNested) {
            let names = described.indices.map { "c\($0)" }
            let selected = zip(names, types).map { $1.isNested ? "to_json(\($0))::text" : $0 }
            select =
                "SELECT \(selected.joined(separator: ", ")) FROM (\(statement)\n) AS q(\(names.joined(separator: ", ")))"
        }
        try forEachRow(select, values) { row in
            let texts = zip(row.texts, types).map { text, type in text.map { type.canonical($0) } }
            try rows(QueryRow(values: texts, columns: columns))
        }
        return columns
    }

    private func typeInfos(of columns: [PostgresColumn]) throws -> [PostgresTypeInfo] {
        guard !columns.isEmpty else { return [] }
        let list = columns.enumerated().map {
            "(\($0.offset), \($0.element.type)::oid, \($0.element.modifier))"
        }
        return try query(
            """
            SELECT format_type(t.oid, c.modifier), t.typcategory::text, t.typtype::text, t.oid
            FROM (VALUES \(list.joined(separator: ", "))) AS c(place, type, modifier)
            JOIN pg_type t ON t.oid = c.type ORDER BY c.place
            """
        ).rows.map {
            PostgresTypeInfo(
                name: try $0[0].content, category: try $0[1].content, kind: try $0[2].content,
                oid: try $0[3].number)
        }
    }
}

/// A type as results show it.
struct PostgresTypeInfo {
    /// As PostgreSQL writes it: `numeric(12,2)`.
    let name: String
    /// `typcategory`: N number, B boolean, A array.
    let category: String
    /// `typtype`: c composite.
    let kind: String
    let oid: Int

    var isNested: Bool { category == "A" || kind == "c" || oid == Self.record }

    var shown: QueryColumn.Kind {
        if isNested || [Self.json, Self.jsonb].contains(UInt32(oid)) { return .json }
        switch category {
        // Object ids of other things (regclass) are shown by name.
        case "N": return name.hasPrefix("reg") || name == "money" ? .text : .number
        case "B": return .boolean
        default: return .text
        }
    }

    /// As PostgreSQL writes it, except that truth is `true` and `false`, and dates with a time are in ISO 8601:
    /// `2026-03-01T04:05:06`, moments in UTC with `Z`.
    func canonical(_ text: String) -> String {
        switch UInt32(oid) {
        case PostgresType.bool: return text == "t" ? "true" : "false"
        case Self.timestamp: return text.replacing(" ", with: "T", maxReplacements: 1)
        case PostgresType.timestamptz:
            guard text.hasSuffix("+00") else { return text }
            return text.dropLast(3).replacing(" ", with: "T", maxReplacements: 1) + "Z"
        default: return text
        }
    }

    private static let json = PostgresType.json
    private static let jsonb = PostgresType.jsonb
    private static let timestamp: UInt32 = 1114
    private static let record = 2249
}

extension ReadingStatement.Beginnings {
    static let postgres = ReadingStatement.Beginnings(
        words: ["SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"],
        told: "SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN")
}
