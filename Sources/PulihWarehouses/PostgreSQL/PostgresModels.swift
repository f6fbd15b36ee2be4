import PulihModel
import PulihPostgres

/// How models are built, merged and made live in PostgreSQL, inside one transaction.
final class PostgresModels: ModelSession {
    let session: PostgresSession
    let own: OwnSchema
    /// Live views that this transaction makes anew in any case, by whose leave they may be dropped before.
    let ownViews: Set<TableName>
    /// Those that were dropped because they stood in the way of a column, and what is to be given back to them.
    var aside: [TableName: Keepsake] = [:]

    init(_ session: PostgresSession, _ own: OwnSchema, publishing builds: [ModelBuild] = []) {
        self.session = session
        self.own = own
        ownViews = Set(
            builds.filter { $0.model.materialization == .view }.map { $0.model.table.live($0.client) })
    }

    // MARK: statements

    @discardableResult
    func run(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try session.execute(sql, values.map(\.postgres))
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [[SQLValue]] {
        try session.query(sql, values.map(\.postgres), once: true).rows.map { row in
            row.columns.indices.map { SQLValue(row[$0]) }
        }
    }

    func examples(_ select: String, _ values: [SQLValue]) throws -> [[(column: String, text: String?)]] {
        let found = try session.query(
            "SELECT * FROM (\(select)) AS f LIMIT 3", values.map(\.postgres), once: true)
        return found.rows.map { row in
            zip(row.columns, row.texts).map { column, text in
                (
                    column.name,
                    column.type == PostgresType.bool ? text.map { $0 == "t" ? "true" : "false" } : text
                )
            }
        }
    }

    // MARK: relations

    func kind(of name: TableName) throws -> RelationKind? {
        switch try session.relation(name) {
        case nil: nil
        case .table: .table
        case .view: .view
        case .materializedView: .materializedView
        case let other?: .other(other.told)
        }
    }

    func givenColumns(of name: TableName) throws -> [RelationColumn] {
        try session.query(
            """
            SELECT a.attname::text, format_type(a.atttypid, a.atttypmod)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
                AND NOT a.atthasdef AND a.attidentity = ''
            ORDER BY a.attnum
            """, [.text(name.schema), .text(name.table)]
        ).rows.map { RelationColumn(exactly: try $0[0].content, try $0[1].content) }
    }

    func columns(ofSelect select: String) throws -> [RelationColumn] {
        try session.describe(select).map { RelationColumn(exactly: $0.name, String($0.type)) }
    }

    func dropRelation(_ name: TableName) throws { try session.dropRelation(name) }

    func names(of build: ModelBuild) -> ModelNames {
        let (live, aside) = (build.model.table.live(build.client), build.model.table.build(build.client))
        func prefixed(_ prefix: String) -> TableName {
            TableName(schema: aside.schema, table: OwnSchema.fitting(prefix + live.table))
        }
        let isMerged = [.incremental, .history].contains(build.model.materialization)
        return ModelNames(
            live: live, physical: isMerged ? prefixed("__build__") : aside, build: aside,
            before: prefixed("__before__"),
            undo: own.table(OwnSchema.fitting("undo_\(build.model.table.layer.rawValue)_\(live.table)")),
            merges: own.table("merges"), builds: own.table("builds"))
    }

    /// Another name in the build schema, for a view that is made to see how it would be.
    func candidate(_ build: ModelBuild) -> TableName {
        let place = build.model.table.build(build.client)
        return TableName(schema: place.schema, table: OwnSchema.fitting("__candidate__" + place.table))
    }

    func createTable(_ name: TableName, as select: String) throws -> Int {
        // Nothing looks at it long enough for the server's own care to be worth it.
        let rows = try session.execute(
            "CREATE TABLE \(name.sql) WITH (autovacuum_enabled = off) AS\n\(select)")
        if rows >= Self.worthAnalyzing { try session.execute("ANALYZE \(name.sql)") }
        return rows
    }

    /// Below this the planner's guesses do no harm.
    static let worthAnalyzing = 1_000
}

extension RelationColumn {
    /// Letters' case counts.
    fileprivate init(exactly name: String, _ type: String) {
        self.init(name: name, type: type, folded: name)
    }
}

extension SQLValue {
    fileprivate init(_ value: PostgresValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(Int(value))
        case .timestamp(let microseconds): self = .moment(microseconds)
        case .double(let value): self = .text(String(value))
        case .text(let value), .untyped(let value): self = .text(value)
        case .bytes(let bytes): self = .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    fileprivate var postgres: PostgresValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(Int64(value))
        case .text(let value): .text(value)
        case .moment(let value): .timestamp(microseconds: value)
        }
    }
}

extension PostgresFailure: StatementFailure {
    var told: String {
        let state = sqlState.isEmpty ? "" : " (SQLSTATE \(sqlState))"
        return message + state + (detail.map { "; \($0)" } ?? "")
    }

    var cause: String { description }
}
