import PulihModel
import PulihPostgres

/// 128 bits that tell rows apart, as SQL over the alias `t`.
struct RowHash {
    private let row: String
    private let seeds: (Int64, Int64)

    /// - Parameter values: expressions of which equal ones are stored the same.
    init(_ values: [String]) {
        row = "ROW(\(values.joined(separator: ", ")))"
        // Not known before, so that nobody can make rows that pass for one another.
        seeds = (Int64.random(in: .min ... .max), Int64.random(in: .min ... .max))
    }

    var expressions: (String, String) { (expression(seeds.0), expression(seeds.1)) }

    /// Differs when any row differs; the order of rows does not count.
    func sum(of table: TableName, in session: PostgresSession) throws -> [PostgresValue] {
        try session.inParallel {
            let found = try session.query(
                "SELECT count(*), sum(\(expression(seeds.0))) FROM \(table.sql) AS t", once: true)
            return found.rows[0].columns.indices.map { found.rows[0][$0] }
        }
    }

    private func expression(_ seed: Int64) -> String { "hash_record_extended(\(row), '\(seed)')" }
}

extension PostgresSession {
    /// An expression for each column, of the alias `t`, such that equal ones are stored the same: for types of which
    /// equal values may be stored otherwise (1.0 and 1.00), how they are written.
    func hashable(_ columns: [String], of table: TableName) throws -> [String] {
        let plain = [
            "bool", "char", "int2", "int4", "int8", "oid", "date", "time", "timestamp", "timestamptz", "uuid", "bytea",
        ]
        let types = Dictionary(
            try query(
                """
                SELECT a.attname::text, t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
                    AND t.typnamespace = 'pg_catalog'::regnamespace
                """, [.text(table.sql)]
            ).rows.map { (try $0[0].content, try $0[1].content) }, uniquingKeysWith: { first, _ in first })
        return columns.map { column in
            let name = "t." + SQLText.identifier(column)
            switch types[column] ?? "" {
            case let type where plain.contains(type): return name
            // By bytes, whatever a language thinks is the same.
            case "text", "varchar": return "\(name) COLLATE \"C\""
            // Written without the blanks at its end.
            case "bpchar": return "bpcharsend(\(name))"
            default: return "\(name)::text COLLATE \"C\""
            }
        }
    }

    /// Lets the planner use more than one process where it would fear the many rows that come back.
    @discardableResult
    func inParallel<T>(_ body: () throws -> T) throws -> T {
        try with([("parallel_tuple_cost", "0")], body)
    }

    /// Joins on a row's address go to it directly, in the order of the other side.
    @discardableResult
    func byAddress<T>(_ body: () throws -> T) throws -> T {
        try with([("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("enable_memoize", "off")], body)
    }

    /// Until the body ends; after a failure the transaction, or its savepoint, takes them back.
    private func with<T>(_ settings: [(String, String)], _ body: () throws -> T) throws -> T {
        for (name, value) in settings { try execute("SET LOCAL \(name) = \(value)") }
        let value = try body()
        for (name, _) in settings { try execute("SET LOCAL \(name) TO DEFAULT") }
        return value
    }

    /// Runs the body so that `false` takes back what it did.
    func savepointed(_ body: () throws -> Bool) throws -> Bool {
        struct TakenBack: Error {}
        do {
            try savepoint { if try !body() { throw TakenBack() } }
            return true
        } catch is TakenBack {
            return false
        }
    }
}
