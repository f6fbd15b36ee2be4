import PulihDuckDB
import PulihModel

// How models are built and merged in DuckDB.
extension DuckDBSession: ModelSession {
    @discardableResult
    func run(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try execute(sql, values.map(\.duckDB))
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [[SQLValue]] {
        try query(sql, values.map(\.duckDB)).rows.map { $0.map(SQLValue.init) }
    }

    func examples(_ select: String, _ values: [SQLValue]) throws -> [[(column: String, text: String?)]] {
        let found = try query(
            "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\(select)) LIMIT 3", values.map(\.duckDB))
        return found.rows.map { row in zip(found.columns, row).map { ($0.name, $1.text) } }
    }

    func kind(of name: TableName) throws -> RelationKind? {
        switch try relation(name) {
        case .table: .table
        case .view: .view
        case nil: nil
        }
    }

    func givenColumns(of name: TableName) throws -> [RelationColumn] { try columns(of: name) }

    func columns(ofSelect select: String) throws -> [RelationColumn] {
        try query("DESCRIBE \(select)").rows.map { RelationColumn(try $0[0].content, try $0[1].content) }
    }

    func names(of build: ModelBuild) -> ModelNames { DuckDBNames.of(build.model.table, client: build.client) }

    func createTable(_ name: TableName, as select: String) throws -> Int {
        try execute("CREATE TABLE \(name.sql) AS\n\(select)")
    }

    /// Drop and rename in one transaction: views of readers follow the name, and nobody sees a moment without
    /// a table.
    func makeLive(_ build: ModelBuild) throws {
        let names = names(of: build)
        try dropRelation(names.live)
        try execute("ALTER TABLE \(names.physical.sql) RENAME TO \(SQLText.identifier(names.live.table))")
    }

    func upsert(_ names: ModelNames, key: [String], columns: [String]) throws {
        let same = key.map(SQLText.identifier).map { "l.\($0) = d.\($0)" }.joined(separator: " AND ")
        let (live, delta) = (names.live.sql, names.physical.sql)
        try execute("DELETE FROM \(live) AS l USING \(delta) AS d WHERE \(same)")
        let list = SQLText.identifiers(columns)
        try execute("INSERT INTO \(live) (\(list)) SELECT \(list) FROM \(delta)")
    }
}

/// DuckDB cannot move a table to another schema. So a model is built in the live schema under a name of its own,
/// with a view of it in the build schema, and published by renaming.
enum DuckDBNames {
    static let physicalPrefix = "__build__"

    static func of(_ table: LayerTable, client: String) -> ModelNames {
        let (live, build) = (table.live(client), table.build(client))
        return ModelNames(
            live: live, physical: TableName(schema: live.schema, table: physicalPrefix + table.name),
            build: build,
            before: TableName(schema: build.schema, table: physicalPrefix + "before__" + table.name),
            undo: TableName(schema: "pulih", table: "undo_\(table.layer.rawValue)_\(table.name)"),
            merges: TableName(schema: "pulih", table: "merges"),
            builds: TableName(schema: "pulih", table: "builds"))
    }
}

extension SQLValue {
    fileprivate init(_ value: DuckDBValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .timestampTZ(let microseconds): self = .moment(microseconds)
        default: self = value.int.map { .int($0) } ?? .text(value.text ?? "")
        }
    }

    fileprivate var duckDB: DuckDBValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(Int64(value))
        case .text(let value): .text(value)
        case .moment(let value): .timestampTZ(microseconds: value)
        }
    }
}

extension DuckDBFailure: StatementFailure {
    var told: String { FailureText(message).summary }
    var line: Int? { FailureText(message).line }
    var cause: String { message }
}
