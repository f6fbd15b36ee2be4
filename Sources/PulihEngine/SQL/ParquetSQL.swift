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

    /// - Parameter texts: how many of the columns are text.
    static func copy(_ select: String, to path: String, texts: Int = 0) -> String {
        let options = ["FORMAT parquet", "COMPRESSION snappy"] + dictionaryLimit(texts)
        return "COPY (\(select)) TO \(SQLText.literal(path)) (\(options.joined(separator: ", ")))"
    }

    /// DuckDB reserves a dictionary of this size, 1 MiB by default, for each text column of a row group that it writes.
    /// Few columns keep the default; many share what those have.
    private static func dictionaryLimit(_ texts: Int) -> [String] {
        guard texts > usualTexts else { return [] }
        let bytes = max(smallestDictionary, usualTexts * usualDictionary / texts)
        return ["STRING_DICTIONARY_PAGE_SIZE_LIMIT \(bytes)"]
    }

    private static let usualTexts = 16
    private static let usualDictionary = 1 << 20
    private static let smallestDictionary = 16 << 10

    /// A path of one file where DuckDB would otherwise take `*`, `?` and `[` for a pattern.
    static func fileLiteral(_ path: String) -> String {
        guard path.contains(where: { "*?[".contains($0) }) else { return SQLText.literal(path) }
        return SQLText.literal(String(path.flatMap { "*?[".contains($0) ? "[\($0)]" : String($0) }))
    }
}
