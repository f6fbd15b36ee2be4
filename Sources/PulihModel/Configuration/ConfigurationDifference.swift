/// What `apply` has to do.
public enum ConfigurationDifference {
    /// The changes from one set of rows to the other, by table and key.
    ///
    /// Columns that a wanted row does not have are not compared: the catalog may keep more than configuration
    /// says.
    public static func between(
        applied: [ConfigurationRow], wanted: [ConfigurationRow]
    ) -> [ConfigurationChange] {
        var standing = [RowKey: ConfigurationRow](
            applied.map { (RowKey($0), $0) }, uniquingKeysWith: { _, newer in newer })
        var changes: [ConfigurationChange] = []
        for row in wanted {
            if let old = standing.removeValue(forKey: RowKey(row)) {
                if !row.changedValues(from: old).isEmpty { changes.append(.change(from: old, to: row)) }
            } else {
                changes.append(.add(row))
            }
        }
        changes += standing.values.map { .remove($0) }
        return changes.map { (RowKey($0.row), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private struct RowKey: Hashable, Comparable {
        let table: String
        let values: [String]

        init(_ row: ConfigurationRow) {
            table = row.table
            values = row.key.map(\.value.plain)
        }

        private var order: Int {
            ConfigurationTable(rawValue: table).flatMap { ConfigurationTable.allCases.firstIndex(of: $0) }
                ?? Int.max
        }

        static func < (left: RowKey, right: RowKey) -> Bool {
            if left.table != right.table { return (left.order, left.table) < (right.order, right.table) }
            return left.values.lexicographicallyPrecedes(right.values)
        }
    }
}

extension ConfigurationChange {
    /// One line: `+ column_mapping client1 crm cust_info cst_id`,
    /// `~ column_mapping client1 crm cust_info cst_id: data_type integer -> bigint`.
    public func describe() -> String {
        switch self {
        case .add(let row): return "+ \(row.title)"
        case .remove(let row): return "- \(row.title)"
        case .change(let old, let new):
            let differences = new.changedValues(from: old).flatMap { column, was, now in
                Self.describe(column, was, now)
            }
            return "~ \(new.title): \(differences.joined(separator: ", "))"
        }
    }

    /// One object's members are told apart; what is too long to be read in a line is only named.
    private static func describe(
        _ column: String, _ was: ConfigurationValue, _ now: ConfigurationValue
    ) -> [String] {
        if let old = members(was), let new = members(now) {
            let names = Set(old.map(\.name)).union(new.map(\.name)).sorted()
            return names.compactMap { name in
                let before = JSONValue.object(old)[name]
                let after = JSONValue.object(new)[name]
                guard before != after else { return nil }
                return line("\(column).\(name)", before.map(plain) ?? "unset", after.map(plain) ?? "unset")
            }
        }
        return [line(column, plain(was), plain(now))]
    }

    private static func line(_ name: String, _ was: String, _ now: String) -> String {
        let isShort = [was, now].allSatisfy { $0.count <= 60 && !$0.contains(where: \.isNewline) }
        return isShort ? "\(name) \(was) -> \(now)" : "\(name) changed"
    }

    private static func plain(_ value: ConfigurationValue) -> String {
        value == .null ? "unset" : value.plain
    }

    private static func plain(_ value: JSONValue) -> String {
        value == .null ? "unset" : value.compact
    }

    private static func members(_ value: ConfigurationValue) -> [JSONMember]? {
        // Any text that is no JSON object, such as a type or a SELECT, is shown as it stands.
        guard case .text(let text) = value, text.hasPrefix("{"),
            case .object(let members)? = try? JSONValue.parse(Array(text.utf8))
        else { return nil }
        return members
    }
}

extension ConfigurationChange {
    /// Says nothing about how a file is read.
    fileprivate var isAboutSenders: Bool {
        guard case .change(let old, let new) = self, new.table == ConfigurationTable.clientConfig.rawValue
        else { return false }
        return new.changedValues(from: old).allSatisfy { ["expected", "control"].contains($0.column) }
    }
}

extension [ConfigurationChange] {
    /// Whether only models and hooks change, and nothing about clients and files.
    public var isModelOnly: Bool {
        allSatisfy { ConfigurationTable(rawValue: $0.row.table)?.isAboutModels ?? false }
    }

    /// Whether a run takes all of it over by itself: models, hooks, and what is expected of those who deliver.
    public var needsNoApply: Bool {
        allSatisfy { [$0].isModelOnly || $0.isAboutSenders }
    }
}

extension ConfigurationRow {
    /// Columns of this row that the other has not, or has with another value.
    fileprivate func changedValues(
        from old: ConfigurationRow
    ) -> [(column: String, was: ConfigurationValue, now: ConfigurationValue)] {
        values.compactMap { field in
            let was = old.values.first { $0.column == field.column }?.value
            return was == field.value ? nil : (field.column, was ?? .null, field.value)
        }
    }
}
