import PulihModel
import PulihPostgres

/// The numbered forward migrations of a catalog on PostgreSQL.
enum PostgresSchema {
    static let name = "tools"
    /// Of the advisory lock that migrations take: "pulih" in ASCII.
    private static let lock: Int64 = 0x70_756C_6968

    /// Brings a catalog to the newest format in one transaction, under a lock, so that processes that start together
    /// do it once. One that has it already is left alone: that needs no rights but to read it.
    /// - Throws: `refused` for a catalog that a newer Pulih wrote.
    static func migrate(_ line: PostgresLine, catalog: String, create: Bool) async throws {
        let version = try await line.transaction(readOnly: true) { try storedVersion($0) }
        if version == nil, !create { throw missing(catalog) }
        try CatalogFormat.checkNotNewer(version ?? 0, catalog: catalog)
        if version == CatalogFormat.newest { return }
        try await line.transaction { session in
            try session.execute("SELECT pg_advisory_xact_lock($1)", [.int(lock)])
            let stored = try storedVersion(session)
            try CatalogFormat.checkNotNewer(stored ?? 0, catalog: catalog)
            if stored == nil { try makeSchema(session, catalog: catalog) }
            for (number, script) in zip(1..., migrations).dropFirst(stored ?? 0) {
                try session.execute(script)
                try session.execute(
                    "INSERT INTO schema_version (version, applied_at) VALUES ($1, now())",
                    [.int(Int64(number))])
            }
        }
    }

    static func checkReadable(_ line: PostgresLine, catalog: String) async throws {
        guard let version = try await line.transaction(readOnly: true, { try storedVersion($0) }) else {
            throw missing(catalog)
        }
        try CatalogFormat.checkReadable(version, catalog: catalog)
    }

    /// nil: there is no catalog.
    private static func storedVersion(_ session: PostgresSession) throws -> Int? {
        // Not `to_regclass`: after waiting for the lock it may still answer from before.
        let isThere = try session.scalar(
            """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
                WHERE nspname = 'tools' AND relname = 'schema_version')
            """)
        guard isThere.bool == true else { return nil }
        return try session.scalar("SELECT coalesce(max(version), 0) FROM tools.schema_version").int
    }

    private static func makeSchema(_ session: PostgresSession, catalog: String) throws {
        let encoding = try session.scalar("SELECT current_setting('server_encoding')").string ?? ""
        guard encoding == "UTF8" else {
            throw PulihError(
                .configuration, "the database of the catalog \(catalog) has the encoding \(encoding)",
                object: catalog, leftBehind: "nothing was made",
                hint: "make one that holds every character: createdb -E UTF8 -T template0")
        }
        // CREATE SCHEMA IF NOT EXISTS would ask for the right to make one also where it is there.
        if try session.scalar("SELECT to_regnamespace('tools')::text").isNull {
            try session.execute("CREATE SCHEMA tools")
            try session.execute(
                "COMMENT ON SCHEMA tools IS 'Configuration, journal, logs and leases of Pulih'")
        }
        try session.execute(CatalogTables.formats.postgres)
    }

    private static func missing(_ catalog: String) -> PulihError {
        PulihError(
            .unreachable, "there is no catalog at \(catalog)", object: catalog,
            leftBehind: "nothing was done", hint: "run 'pulih apply', which makes it")
    }

    private static let migrations = [
        (CatalogTables.format1.map(\.postgres) + CatalogTables.views.map(\.postgres)).joined(separator: "\n"),
        (["DROP TABLE \(CatalogTable.qualified("recovery_log"));"] + CatalogTables.format2.map(\.postgres))
            .joined(separator: "\n"),
        CatalogTables.format3.flatMap { table, columns in columns.map { added($0, to: table) } }
            .joined(separator: "\n"),
    ]

    private static func added(_ column: CatalogColumn, to table: String) -> String {
        let name = CatalogTable.qualified(table)
        return "ALTER TABLE \(name) ADD COLUMN \(column.postgres);\n"
            + CatalogTables.commenting(
                "COLUMN \(name).\(SQLText.identifier(column.name))", column.comment)
    }
}

extension CatalogTable {
    fileprivate var postgres: String {
        var lines = columns.map(\.postgres)
        if !key.isEmpty { lines.append("PRIMARY KEY (\(SQLText.identifiers(key)))") }
        if !unique.isEmpty { lines.append("UNIQUE (\(SQLText.identifiers(unique)))") }
        lines += checks.map { "CHECK (\($0))" }
        // A change of the configuration may take rows away in any order.
        lines += references.map {
            "\($0.sql(ofTable: Self.qualified($0.table))) DEFERRABLE INITIALLY DEFERRED"
        }
        let made = "CREATE TABLE \(Self.qualified(name)) (\n    \(lines.joined(separator: ",\n    "))\n);"
        let comments =
            [("TABLE \(Self.qualified(name))", comment)]
            + columns.map {
                ("COLUMN \(Self.qualified(name)).\(SQLText.identifier($0.name))", $0.comment)
            }
        return ([made] + indexes.map(index) + comments.map(CatalogTables.commenting)).joined(separator: "\n")
    }

    private func index(_ index: CatalogIndex) -> String {
        "CREATE \(index.isUnique ? "UNIQUE " : "")INDEX \(SQLText.identifier(index.name))"
            + " ON \(Self.qualified(name)) (\(SQLText.identifiers(index.columns)))"
            + (index.condition.map { " WHERE \($0)" } ?? "") + ";"
    }

    fileprivate static func qualified(_ table: String) -> String {
        TableName(schema: PostgresSchema.name, table: table).sql
    }
}

extension CatalogColumn {
    fileprivate var postgres: String {
        let column = SQLText.identifier(name)
        if kind == .sequence { return "\(column) bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY" }
        var text = "\(column) \(postgresType)\(isOptional ? "" : " NOT NULL")"
        if let standard { text += " DEFAULT \(standard)" }
        if !words.isEmpty { text += " CHECK (\(CatalogColumn.isOne(name, of: words)))" }
        if let serverCheck { text += " CHECK (\(serverCheck))" }
        return text
    }

    /// Text in the order of its bytes, as SQLite has it. JSON as it was written: `jsonb` would order its members.
    private var postgresType: String {
        switch kind {
        case .text: "text COLLATE \"C\""
        case .json: "json"
        case .int, .sequence: "bigint"
        case .real: "double precision"
        case .time: "timestamptz"
        case .flag: "boolean"
        }
    }
}

extension CatalogView {
    fileprivate var postgres: String {
        let view = CatalogTable.qualified(name)
        let select = sql("CAST(extract(epoch FROM ended_at - started_at) AS double precision)")
        let comments =
            [("VIEW \(view)", comment)]
            + columns.map {
                ("COLUMN \(view).\(SQLText.identifier($0.name))", $0.comment)
            }
        return (["CREATE VIEW \(view) AS\n\(select);"] + comments.map(CatalogTables.commenting))
            .joined(separator: "\n")
    }
}

extension CatalogTables {
    fileprivate static let formats = CatalogTable(
        name: "schema_version", comment: "Formats of the catalog that were applied.", key: ["version"],
        columns: [.ordinal("version", "number of the format"), .time("applied_at", "when")])

    fileprivate static func commenting(_ object: String, _ comment: String) -> String {
        "COMMENT ON \(object) IS \(SQLText.literal(comment));"
    }
}
