import PulihModel

extension SQLCatalog {
    func configurationRows() async throws -> [ConfigurationRow] {
        try await store.reading { session in
            try TableDescription.all.flatMap { table in
                try session.query(table.selectAll, []).map { row in
                    ConfigurationRow(
                        table: table.name, key: try table.key.map { try row.field($0) },
                        values: try table.values.map {
                            let field = try row.field($0)
                            return table.isVersioned ? try field.configured() : field
                        })
                }
            }
        }
    }

    func apply(_ changes: [ConfigurationChange], at: Int64) async throws {
        try await store.writing { session in
            try session.lockConfiguration()
            for change in changes { try session.apply(change, at: at) }
        }
    }
}

extension TableDescription {
    fileprivate var selectAll: String {
        let columns = SQLText.identifiers(key + values)
        let order = SQLText.identifiers(key)
        let table = SQLText.identifier(name)
        if isVersioned {
            let same = key.map(SQLText.identifier).map { "other.\($0) = newest.\($0)" }
            return """
                SELECT \(columns) FROM \(table) AS newest
                WHERE columns IS NOT NULL AND version = (
                    SELECT max(version) FROM \(table) AS other WHERE \(same.joined(separator: " AND ")))
                ORDER BY \(order)
                """
        }
        return "SELECT \(columns) FROM \(table)\(removal == .mark ? " WHERE NOT removed" : "")"
            + " ORDER BY \(order)"
    }

    /// - Parameter first: number of the first mark.
    fileprivate func matchingKey(from first: Int = 1) -> String {
        zip(first..., key).map { "\(SQLText.identifier($1)) = $\($0)" }.joined(separator: " AND ")
    }

    /// As text, since a JSON column need not know whether two values are equal.
    fileprivate func matchingValues(from first: Int) -> String {
        zip(first..., values).map { "CAST(\(SQLText.identifier($1)) AS text) = $\($0)" }
            .joined(separator: " AND ")
    }
}

extension CatalogSession {
    fileprivate func apply(_ change: ConfigurationChange, at: Int64) throws {
        let table = try TableDescription.of(change.row)
        let name = SQLText.identifier(table.name)
        switch change {
        case .add(let row) where table.isVersioned:
            try addVersion(row, columns: row.values[0].stored, table, at: at)
        case .change(let old, let row) where table.isVersioned:
            let newest = try newestColumns(row, table)
            guard case .text(let standing) = newest, case .text(let wanted) = row.values[0].stored,
                .text(try SchemaText.configured(standing)) == old.values[0].stored
            else { throw table.changedMeanwhile(row) }
            let merged = try SchemaText.merged(configured: wanted, standing: standing)
            try addVersion(row, columns: .text(merged), table, at: at)
        case .remove(let row) where table.isVersioned: try addVersion(row, columns: .null, table, at: at)
        case .add(let row): try insert(row, table)
        case .change(let old, let row):
            let assignments = zip(1..., table.values).map { "\(SQLText.identifier($1)) = $\($0)" }
            let (keyMark, oldMark) = (table.values.count + 1, table.values.count + table.key.count + 1)
            let changed = try execute(
                """
                UPDATE \(name) SET \(assignments.joined(separator: ", "))
                WHERE \(table.matchingKey(from: keyMark)) AND \(table.matchingValues(from: oldMark))
                """, row.stored + row.keys + old.values.map { .text($0.value.plain) })
            guard changed == 1 else { throw table.changedMeanwhile(row) }
        case .remove(let row) where table.removal == .mark:
            try execute("UPDATE \(name) SET removed = TRUE WHERE \(table.matchingKey())", row.keys)
        case .remove(let row):
            try execute("DELETE FROM \(name) WHERE \(table.matchingKey())", row.keys)
        }
    }

    private func insert(_ row: ConfigurationRow, _ table: TableDescription) throws {
        let columns = table.key + table.values
        var updates = table.values.map { "\(SQLText.identifier($0)) = excluded.\(SQLText.identifier($0))" }
        if table.removal == .mark { updates.append("removed = FALSE") }
        let onConflict = updates.isEmpty ? "NOTHING" : "UPDATE SET \(updates.joined(separator: ", "))"
        try execute(
            "\(CatalogSQL.insert(table.name, columns)) ON CONFLICT (\(SQLText.identifiers(table.key)))"
                + " DO \(onConflict)", row.keys + row.stored)
    }

    /// NULL where there is no row yet.
    private func newestColumns(_ row: ConfigurationRow, _ table: TableDescription) throws -> CatalogValue {
        try first(
            """
            SELECT columns FROM \(SQLText.identifier(table.name)) WHERE \(table.matchingKey())
            ORDER BY version DESC LIMIT 1
            """, row.keys)?.value("columns") ?? .null
    }

    private func addVersion(
        _ row: ConfigurationRow, columns: CatalogValue, _ table: TableDescription, at: Int64
    ) throws {
        let name = SQLText.identifier(table.name)
        let count = table.key.count
        try execute(
            """
            INSERT INTO \(name) (\(SQLText.identifiers(table.key)), columns, registered_at, version)
            VALUES (\(CatalogSQL.marks(count + 2)),
                (SELECT coalesce(max(version), 0) + 1 FROM \(name) WHERE \(table.matchingKey())))
            """, row.keys + [columns, .time(at)])
    }
}

extension TableDescription {
    fileprivate func changedMeanwhile(_ row: ConfigurationRow) -> PulihError {
        PulihError(
            .refused, "\(row.title) was changed by somebody else meanwhile", object: row.title,
            leftBehind: "nothing was applied",
            hint: "run 'pulih apply' again to see the difference as it is now",
            isTransient: true)
    }
}

extension ConfigurationRow {
    fileprivate var keys: [CatalogValue] { key.map(\.stored) }
    fileprivate var stored: [CatalogValue] { values.map(\.stored) }
}

extension ConfigurationField {
    /// Of a schema, without what deliveries brought.
    fileprivate func configured() throws -> ConfigurationField {
        guard case .text(let text) = value else { return self }
        return ConfigurationField(column, .text(try SchemaText.configured(text)))
    }

    fileprivate var stored: CatalogValue {
        switch value {
        case .null: .null
        case .int(let number): .int(number)
        case .text(let text): .text(text)
        }
    }
}

extension CatalogRow {
    fileprivate func field(_ column: String) throws -> ConfigurationField {
        switch try value(column) {
        case .null: ConfigurationField(column, .null)
        case .int(let number): ConfigurationField(column, .int(number))
        case .text(let text): ConfigurationField(column, .text(text))
        case let other: throw unknown("\(other)", in: column)
        }
    }
}
