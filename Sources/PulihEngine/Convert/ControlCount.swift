internal import PulihDuckDB
internal import PulihModel

/// Counts what the control totals of a file are compared with.
struct ControlCount {
    let session: DuckDBSession
    let request: ConvertRequest
    let mapping: ColumnMapping

    /// nil: the file has no control totals.
    func figures(_ parquet: ParquetAssembly.Result, records: Int) throws -> ControlFigures? {
        guard let control = request.spec.control else { return nil }
        return ControlFigures(
            sums: try sums(control, parquet), lastRecord: control.isTrailer ? try fields(of: records) : nil)
    }

    /// Exact: DuckDB adds integers and decimals without loss.
    private func sums(_ control: ControlTotals, _ parquet: ParquetAssembly.Result) throws -> [String:
        ExactNumber]
    {
        let columns = control.sums.compactMap { sum in
            mapping.received.first { $0.column.name == sum.column }?.column
        }
        guard !columns.isEmpty else { return [:] }
        let sums = columns.map {
            "coalesce(sum(\($0.type.restored(SQLText.identifier($0.name)))), 0)::VARCHAR"
        }
        let fate = SQLText.identifier(ParquetColumn.fate)
        let rows = try session.query(
            """
            SELECT \(sums.joined(separator: ", ")) FROM \(ParquetSQL.read(parquet.path)) \
            WHERE \(fate) IS NULL OR \(fate) = \(SQLText.literal(ParquetColumn.quarantined))
            """
        ).rows
        var result: [String: ExactNumber] = [:]
        for (column, value) in zip(columns, rows[0]) {
            result[column.name] = value.string.flatMap { ExactNumber($0) }
        }
        return result
    }

    private func fields(of record: Int) throws -> [String]? {
        let splitter = FieldSplitter(CSVFormat(request.spec.format.dialect))
        return try RawRecords.find([record], request.rawPath, request.spec.format).first.map {
            splitter.fields(of: $0.text)
        }
    }
}
