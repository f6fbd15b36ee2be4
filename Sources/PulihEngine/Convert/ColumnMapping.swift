internal import PulihModel

/// Which field of a record each configured column is.
struct ColumnMapping: Sendable {
    struct Received: Sendable {
        let column: ColumnSpec
        /// Position of the field in a record, from 0.
        let field: Int
    }

    /// Names of the columns as the file has them.
    let names: [String]
    /// The configured columns that the file has, in configured order.
    let received: [Received]

    /// - Parameter fields: how many a record has, for a file without header.
    init(_ columns: [ColumnSpec], header: [String]?, fields: Int?) {
        guard let header else {
            let count = fields ?? 0
            names = (0..<count).map { $0 < columns.count ? columns[$0].source : "column \($0 + 1)" }
            received = zip(columns, 0..<count).map { Received(column: $0, field: $1) }
            return
        }
        names = header
        var taken = Set<Int>()
        var fields: [Int?] = columns.map { column in
            header.firstIndex(of: column.source).flatMap { taken.insert($0).inserted ? $0 : nil }
        }
        // Then regardless of case and of blanks around the name.
        for (index, column) in columns.enumerated() where fields[index] == nil {
            let wanted = Self.folded(column.source)
            guard
                let field = header.indices.first(where: {
                    !taken.contains($0) && Self.folded(header[$0]) == wanted
                })
            else { continue }
            taken.insert(field)
            fields[index] = field
        }
        received = zip(columns, fields).compactMap { column, field in
            field.map { Received(column: column, field: $0) }
        }
    }

    /// The field that a skip rule looks at, by source or bronze name.
    func field(named name: String) -> Int? {
        let column = received.first { $0.column.source == name } ?? received.first { $0.column.name == name }
        return column?.field ?? names.firstIndex(of: name)
    }

    func field(of rule: SkipRule) -> Int? {
        guard let field = rule.field else { return self.field(named: rule.column) }
        return field <= names.count ? field - 1 : nil
    }

    private static func folded(_ name: String) -> String {
        Blanks.trim(name).lowercased()
    }
}
