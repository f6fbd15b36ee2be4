/// A column of a result.
public struct PostgresColumn: Equatable, Sendable {
    public let name: String
    /// Object id of the type: see `PostgresType`.
    public let type: UInt32
    /// As `format_type` takes it; -1 for none.
    public let modifier: Int32

    public init(name: String, type: UInt32, modifier: Int32) {
        self.name = name
        self.type = type
        self.modifier = modifier
    }
}

/// One row of a result; outlives the session.
public struct PostgresRow: Equatable, Sendable {
    /// The same for every row of a result.
    public let columns: [PostgresColumn]
    /// As the server wrote them; nil for NULL.
    public let texts: [String?]

    public subscript(_ index: Int) -> PostgresValue {
        texts[index].map { PostgresValue(text: $0, type: columns[index].type) } ?? .null
    }

    /// NULL if there is no column of this name.
    public subscript(_ name: String) -> PostgresValue {
        columns.firstIndex { $0.name == name }.map { self[$0] } ?? .null
    }
}

public struct PostgresTable: Equatable, Sendable {
    public let columns: [PostgresColumn]
    public let rows: [PostgresRow]
}
