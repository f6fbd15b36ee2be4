internal import PulihDuckDB
internal import PulihModel

/// Reads a table in the order of its column `k`, which counts from 1, a page at a time, while other statements run.
struct TableCursor {
    private static let page = 20_000
    private let session: DuckDBSession
    private let sql: String
    private var rows: [[DuckDBValue]] = []
    private var at = 0
    private var read = 0
    private var isAtEnd = false

    init(_ session: DuckDBSession, table: String, columns: String) {
        self.session = session
        sql = "SELECT \(columns) FROM \(SQLText.identifier(table)) WHERE k > ? AND k <= ? ORDER BY k"
    }

    /// The row that `next` gives.
    mutating func peek() throws -> [DuckDBValue]? {
        if at == rows.count, !isAtEnd {
            rows = try session.query(sql, [.int(Int64(read)), .int(Int64(read + Self.page))]).rows
            read += rows.count
            at = 0
            isAtEnd = rows.isEmpty
        }
        return at < rows.count ? rows[at] : nil
    }

    mutating func next() throws -> [DuckDBValue]? {
        guard let row = try peek() else { return nil }
        at += 1
        return row
    }
}
