public import PulihModel
import PulihSQLite

extension SQLiteCatalog {
    public func configurationRows() async throws -> [ConfigurationRow] {
        try await reading { session in
            var rows: [ConfigurationRow] = []
            for table in TableDescription.all {
                try session.forEach(table.selectAll) { row in
                    rows.append(
                        ConfigurationRow(
                            table: table.name, key: try table.key.map { try row.field($0) },
                            values: try table.values.map { try row.field($0) }))
                }
            }
            return rows
        }
    }

    public func apply(_ changes: [ConfigurationChange], at: Int64) async throws {
        try await writing { session in
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
            // With max(), SQLite takes the other columns from the row that holds the maximum.
            return """
                SELECT \(columns) FROM (SELECT \(columns), max(version) FROM \(table) GROUP BY \(order))
                WHERE columns IS NOT NULL ORDER BY \(order)
                """
        }
        return
            "SELECT \(columns) FROM \(table)\(removal == .mark ? " WHERE removed = 0" : "") ORDER BY \(order)"
    }

    fileprivate func matching(_ columns: [String]) -> String {
        columns.map { "\(SQLText.identifier($0)) IS ?" }.joined(separator: " AND ")
    }
}

extension SQLiteSession {
    fileprivate func apply(_ change: ConfigurationChange, at: Int64) throws {
        let table = try TableDescription.of(change.row)
        let name = SQLText.identifier(table.name)
        switch change {
        case .add(let row) where table.isVersioned:
            try addVersion(row, columns: row.values[0].stored, table, at: at)
        case .change(let old, let row) where table.isVersioned:
            let stands = try first(
                "SELECT columns IS ? AS same FROM (\(table.newest))", [old.values[0].stored] + row.keys)
            guard try stands?.bool("same") == true else { throw table.changedMeanwhile(row) }
            try addVersion(row, columns: row.values[0].stored, table, at: at)
        case .remove(let row) where table.isVersioned: try addVersion(row, columns: .null, table, at: at)
        case .add(let row): try insert(row, table)
        case .change(let old, let row):
            let assignments = table.values.map { "\(SQLText.identifier($0)) = ?" }.joined(separator: ", ")
            let changed = try execute(
                "UPDATE \(name) SET \(assignments) WHERE \(table.matching(table.key + table.values))",
                row.stored + row.keys + old.stored)
            guard changed == 1 else { throw table.changedMeanwhile(row) }
        case .remove(let row) where table.removal == .mark:
            try execute("UPDATE \(name) SET removed = 1 WHERE \(table.matching(table.key))", row.keys)
        case .remove(let row):
            try execute("DELETE FROM \(name) WHERE \(table.matching(table.key))", row.keys)
        }
    }

    private func insert(_ row: ConfigurationRow, _ table: TableDescription) throws {
        let columns = table.key + table.values
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        var updates = table.values.map { "\(SQLText.identifier($0)) = excluded.\(SQLText.identifier($0))" }
        if table.removal == .mark { updates.append("removed = 0") }
        let onConflict = updates.isEmpty ? "NOTHING" : "UPDATE SET \(updates.joined(separator: ", "))"
        try execute(
            """
            INSERT INTO \(SQLText.identifier(table.name)) (\(SQLText.identifiers(columns))) VALUES (\(marks))
            ON CONFLICT (\(SQLText.identifiers(table.key))) DO \(onConflict)
            """, row.keys + row.stored)
    }

    private func addVersion(
        _ row: ConfigurationRow, columns: SQLiteValue, _ table: TableDescription, at: Int64
    ) throws {
        let name = SQLText.identifier(table.name)
        let marks = table.key.map { _ in "?" }.joined(separator: ", ")
        try execute(
            """
            INSERT INTO \(name) (\(SQLText.identifiers(table.key)), columns, registered_at, version)
            VALUES (\(marks), ?, ?,
                (SELECT coalesce(max(version), 0) + 1 FROM \(name) WHERE \(table.matching(table.key))))
            """, row.keys + [columns, .int(at)] + row.keys)
    }
}

extension TableDescription {
    fileprivate var newest: String {
        "SELECT columns FROM \(SQLText.identifier(name)) WHERE \(matching(key)) ORDER BY version DESC LIMIT 1"
    }

    fileprivate func changedMeanwhile(_ row: ConfigurationRow) -> PulihError {
        PulihError(
            .refused, "\(row.title) was changed by somebody else meanwhile", object: row.title,
            leftBehind: "nothing was applied",
            hint: "run 'pulih apply' again to see the difference as it is now",
            isTransient: true)
    }
}

extension ConfigurationRow {
    fileprivate var keys: [SQLiteValue] { key.map(\.stored) }
    fileprivate var stored: [SQLiteValue] { values.map(\.stored) }
}

extension ConfigurationField {
    fileprivate var stored: SQLiteValue {
        switch value {
        case .null: .null
        case .int(let number): .int(number)
        case .text(let text): .text(text)
        }
    }
}

extension SQLiteRow {
    fileprivate func field(_ column: String) throws -> ConfigurationField {
        switch try value(column) {
        case .null: ConfigurationField(column, .null)
        case .int(let number): ConfigurationField(column, .int(number))
        case .text(let text): ConfigurationField(column, .text(text))
        case .double, .blob:
            throw PulihError(.damaged, "the catalog holds a value of an unknown kind in \(column)")
        }
    }
}
