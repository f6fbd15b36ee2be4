internal import PulihModel

/// The Parquet files of this engine: a column per received column under its bronze name, and these.
enum ParquetColumn {
    /// NULL: to be loaded. `q`: quarantined, because a value is not of its type. `s:REASON`: skipped.
    static let fate = "__pulih_fate"
    /// The record's ordinal. Only in files where it is not simply the row's position.
    static let record = "__pulih_record"
    /// The corrected text of a record that came from a correction.
    static let text = "__pulih_text"
    /// Only in a file of which no configured column was received.
    static let placeholder = "__pulih_first_field"
    static let own: Set<String> = [fate, record, text, placeholder]

    static let quarantined = "q"
    static let skippedPrefix = "s:"
}

enum ParquetSQL {
    /// - Parameter rowNumbers: adds `file_row_number`, from 0.
    static func read(_ path: String, rowNumbers: Bool = false) -> String {
        let numbers = rowNumbers ? ", file_row_number = true" : ""
        return "read_parquet(\(fileLiteral(path)), hive_partitioning = false\(numbers))"
    }

    /// Numbers as differences, and texts without a dictionary where it would be large: half the size of what version 1 of
    /// the format makes, for less work.
    private static let encoding = [
        "FORMAT parquet", "COMPRESSION snappy", "PARQUET_VERSION v2", "DICTIONARY_SIZE_LIMIT 1000",
    ]

    /// - Parameters:
    ///   - width: of the rows, if there may be many columns.
    ///   - isCounted: the result tells what was written, see `DuckDBSession.copy`.
    static func copy(
        _ select: String, to path: String, width: ParquetWidth = ParquetWidth(), isCounted: Bool = false
    ) -> String {
        let options = encoding + width.options + (isCounted ? ["RETURN_STATS"] : [])
        return "COPY (\(select)) TO \(SQLText.literal(path)) (\(options.joined(separator: ", ")))"
    }

    /// A path of one file where DuckDB would otherwise take `*`, `?` and `[` for a pattern.
    static func fileLiteral(_ path: String) -> String {
        guard path.contains(where: { "*?[".contains($0) }) else { return SQLText.literal(path) }
        return SQLText.literal(String(path.flatMap { "*?[".contains($0) ? "[\($0)]" : String($0) }))
    }
}
