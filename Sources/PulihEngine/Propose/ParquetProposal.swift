internal import PulihModel

/// Proposes the columns of a Parquet file with the types of its schema.
struct ParquetProposal {
    let table: TableProfile

    func make() throws -> FileProposal {
        let schema = try ParquetRecords.columns(of: table.path)
        // Without a schema to compare with, it is read as it is.
        var proposal = try table.read(RecordFormat(.parquet(ParquetSchema([])), CSVDialect(nulls: [])))
        proposal.remarks.removeAll()
        var kept: [Int] = []
        for (index, column) in proposal.columns.enumerated() {
            let name = column.source
            let found = schema.first { $0.name == name }?.type ?? "VARCHAR"
            guard let type = Self.type(found) else {
                proposal.remarks.append("\(name) is \(found), which no type takes, and is left out")
                continue
            }
            kept.append(index)
            if type == .text, found != "VARCHAR" {
                proposal.remarks.append("\(name) is \(found): kept as text")
            }
            proposal.columns[index] = ColumnSpec(source: name, name: column.name, type: type)
        }
        if kept.count < proposal.columns.count { proposal.drift = .ignoreExtra }
        proposal.columns = kept.map { proposal.columns[$0] }
        proposal.samples = kept.map { proposal.samples[$0] }
        return proposal
    }

    /// - Returns: nil for bytes that are no text.
    private static func type(_ found: String) -> ColumnType? {
        switch found {
        case "TINYINT", "SMALLINT", "UTINYINT": return .smallint
        case "INTEGER", "USMALLINT": return .integer
        case "BIGINT", "UINTEGER": return .bigint
        case "HUGEINT", "UBIGINT": return .hugeint
        case "FLOAT", "DOUBLE": return .double
        case "BOOLEAN": return .boolean
        case "DATE": return .date
        case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS": return .timestamp
        case "TIMESTAMP WITH TIME ZONE": return .timestamptz
        case "TIME": return .time
        case "UUID": return .uuid
        case "BLOB": return nil
        default: break
        }
        if found.hasPrefix("DECIMAL"), let type = ColumnType(found.lowercased()) { return type }
        return ParquetRecords.isNested(found) ? .json : .text
    }
}
