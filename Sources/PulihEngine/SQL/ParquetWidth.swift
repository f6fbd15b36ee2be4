/// How wide the rows of a Parquet file are, and how it is written in bounded memory therefore.
///
/// For each row group DuckDB keeps all its rows, and a dictionary, 1 MiB by default, per text column. Few columns keep its
/// defaults, which are the fastest; many share the memory that those have.
struct ParquetWidth {
    private static let usual = 16
    private static let dictionary = (usual: 1 << 20, least: 16 << 10)
    /// DuckDB writes whole vectors.
    private static let vector = 2048
    private static let groupRows = 122_880

    /// Columns that are written as text.
    var texts = 0
    /// The others, of about a quarter of a text's memory.
    var others = 0

    /// Options of `COPY`.
    var options: [String] {
        var options: [String] = []
        if texts > Self.usual {
            let bytes = max(Self.dictionary.least, Self.usual * Self.dictionary.usual / texts)
            options.append("STRING_DICTIONARY_PAGE_SIZE_LIMIT \(bytes)")
        }
        let weight = texts + others / 4
        if weight > Self.usual {
            let vectors = max(1, Self.usual * Self.groupRows / weight / Self.vector)
            options.append("ROW_GROUP_SIZE \(vectors * Self.vector)")
        }
        return options
    }
}
