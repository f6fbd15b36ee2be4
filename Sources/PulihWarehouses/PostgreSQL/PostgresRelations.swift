import PulihModel
import PulihPostgres

enum PostgresRelationKind: String {
    case table = "r"
    case partitioned = "p"
    case view = "v"
    case materializedView = "m"
    case foreignTable = "f"
    case sequence = "S"
    case index = "i"
    case partitionedIndex = "I"
    case type = "c"
    case toast = "t"

    /// `DROP` and `ALTER` need it.
    var keyword: String {
        switch self {
        case .table, .partitioned: "TABLE"
        case .view: "VIEW"
        case .materializedView: "MATERIALIZED VIEW"
        case .foreignTable: "FOREIGN TABLE"
        case .sequence: "SEQUENCE"
        case .index, .partitionedIndex: "INDEX"
        case .type: "TYPE"
        case .toast: "TABLE"
        }
    }

    /// As a message names it: `is a view`.
    var told: String { "a " + keyword.lowercased() }
}

struct PostgresColumnInfo: Equatable, Sendable {
    let name: String
    /// As PostgreSQL writes it: `numeric(12,2)`.
    let type: String
    let isNotNull: Bool
}

// What the database holds.
extension PostgresSession {
    func relation(_ name: TableName) throws -> PostgresRelationKind? {
        try query(
            """
            SELECT c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2
            """, [.text(name.schema), .text(name.table)]
        ).rows.first.map { try $0[0].named(PostgresRelationKind.self) }
    }

    func columns(of name: TableName) throws -> [PostgresColumnInfo] {
        try query(
            """
            SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """, [.text(name.schema), .text(name.table)]
        ).rows.map {
            PostgresColumnInfo(
                name: try $0[0].content, type: try $0[1].content, isNotNull: $0[2].bool == true)
        }
    }

    /// Drops a table or view, whichever it is, if it is there.
    func dropRelation(_ name: TableName) throws {
        guard let kind = try relation(name) else { return }
        try execute("DROP \(kind.keyword) \(name.sql)")
    }
}

// Values of Pulih's own tables; anything unexpected there is damage.
extension PostgresValue {
    var number: Int { get throws { try required(int, "a number") } }
    var content: String { get throws { try required(string, "text") } }
    var moment: Int64 { get throws { try required(microseconds, "a time") } }
    var batch: BatchID { get throws { try required(string.flatMap { BatchID($0) }, "a batch id") } }

    func named<Name: RawRepresentable<String>>(_ type: Name.Type) throws -> Name {
        try required(string.flatMap { Name(rawValue: $0) }, "the name of a \(type)")
    }

    private func required<T>(_ value: T?, _ expected: String) throws -> T {
        if let value { return value }
        throw PulihError(
            .damaged, "the warehouse holds '\(self)' where \(expected) belongs",
            hint: "something else than Pulih changed its own tables; restore the newest copy of the database")
    }
}
