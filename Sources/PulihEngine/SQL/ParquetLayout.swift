internal import PulihDuckDB

/// What the footer of a Parquet file says.
struct ParquetLayout: Sendable {
    /// Of a smaller file one reading is as fast as several.
    private static let worthSplitting = (rows: 100_000, bytes: 1 << 20)

    let columns: Set<String>
    /// Rows of each row group, in order; empty for a file that is not worth splitting.
    private let groups: [Int]

    /// Of a file that was just written; nil where its footer has more to say.
    init?(columns: [String], bytes: Int64) {
        guard bytes < Self.worthSplitting.bytes else { return nil }
        self.columns = Set(columns)
        groups = []
    }

    /// - Parameter bytes: the size of the file.
    init(_ path: String, bytes: Int64, _ session: DuckDBSession) throws {
        let file = ParquetSQL.fileLiteral(path)
        let names = try session.query("SELECT name FROM parquet_schema(\(file))").rows
        columns = Set(names.compactMap { $0[0].string })
        guard bytes >= Self.worthSplitting.bytes else {
            groups = []
            return
        }
        let rows = try session.query(
            """
            SELECT row_group_num_rows FROM parquet_metadata(\(file)) WHERE column_id = 0 \
            ORDER BY row_group_id
            """
        ).rows.map { $0[0].int ?? 0 }
        groups = rows.reduce(0, +) >= Self.worthSplitting.rows ? rows : []
    }

    /// Up to so many ranges of rows, counted from 0, each of whole row groups; none for a file that is not worth it.
    func parts(_ count: Int) -> [Range<Int>] {
        let total = groups.reduce(0, +)
        var parts: [Range<Int>] = []
        var end = 0
        for rows in groups {
            end += rows
            let begin = parts.last?.upperBound ?? 0
            if end > begin, end * count >= total * (parts.count + 1) { parts.append(begin..<end) }
        }
        return parts.count > 1 ? parts : []
    }
}
