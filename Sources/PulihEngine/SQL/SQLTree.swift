internal import PulihDuckDB
internal import PulihModel

/// Reads the syntax tree that DuckDB makes of a SELECT.
enum SQLTree {
    /// Tables that the SELECT reads, sorted, each once. Table functions are no tables.
    static func references(_ sql: String, _ session: DuckDBSession) throws -> [SQLReference] {
        let text = try session.scalar("SELECT json_serialize_sql(?::VARCHAR)", [.text(sql)]).string ?? ""
        let tree = try JSONValue.parse(Array(text.utf8))
        if tree["error"] == .bool(true) { throw failure(tree, sql) }
        let statements = tree["statements"]?.array ?? []
        guard statements.count == 1, let node = statements[0]["node"] else {
            throw PulihError(
                .configuration, "one SELECT is expected, the SQL holds \(statements.count) statements",
                object: "SQL",
                leftBehind: "nothing was run", hint: "write one SELECT, without a semicolon inside")
        }
        var found = Set<SQLReference>()
        visit(node, names: [], &found)
        return found.sorted { ($0.schema, $0.table) < ($1.schema, $1.table) }
    }

    /// - Parameter names: of the common table expressions in sight, lower case.
    private static func visit(_ value: JSONValue, names: Set<String>, _ found: inout Set<SQLReference>) {
        switch value {
        case .array(let values):
            for value in values { visit(value, names: names, &found) }
        case .object(let members):
            var names = names
            if let entries = value["cte_map"]?["map"]?.array {
                for entry in entries { visitExpression(entry, &names, &found) }
            }
            if value["type"]?.string == "BASE_TABLE", let table = value["table_name"]?.string {
                let schema = value["schema_name"]?.string ?? ""
                if !schema.isEmpty || !names.contains(table.lowercased()) {
                    found.insert(SQLReference(schema: schema, table: table))
                }
            }
            for member in members where member.name != "cte_map" { visit(member.value, names: names, &found) }
        default: break
        }
    }

    /// A common table expression sees those before it, and itself only if it is recursive.
    private static func visitExpression(
        _ entry: JSONValue, _ names: inout Set<String>, _ found: inout Set<SQLReference>
    ) {
        guard let name = entry["key"]?.string?.lowercased(), let body = entry["value"] else { return }
        let isRecursive = body["query"]?["node"]?["type"]?.string == "RECURSIVE_CTE_NODE"
        visit(body, names: isRecursive ? names.union([name]) : names, &found)
        names.insert(name)
    }

    private static func failure(_ tree: JSONValue, _ sql: String) -> PulihError {
        let message = tree["error_message"]?.string ?? "it does not parse"
        var place = ""
        if let position = tree["position"]?.string.flatMap(Int.init) {
            let before = sql.utf8.prefix(position)
            let line = before.count { $0 == ASCII.lineFeed } + 1
            let column = before.reversed().prefix { $0 != ASCII.lineFeed }.count + 1
            place = "line \(line), column \(column): "
        }
        return PulihError(
            .configuration, "\(place)\(message)", object: "SQL", leftBehind: "nothing was run",
            hint: "a model is one SELECT in DuckDB's dialect", cause: message)
    }
}
