/// Prepared statements that are not in use, by their SQL; the one used longest ago goes first.
struct StatementCache {
    private static let capacity = 100

    private var entries: [String: (statement: SQLiteStatement, lastUse: Int)] = [:]
    private var uses = 0

    /// Takes a statement out, so that nested use of the same SQL gets another.
    mutating func take(_ sql: String) -> SQLiteStatement? {
        entries.removeValue(forKey: sql)?.statement
    }

    /// Puts a statement, reset, back.
    mutating func put(_ statement: SQLiteStatement) {
        uses += 1
        entries[statement.sql] = (statement, uses)
        guard entries.count > StatementCache.capacity else { return }
        if let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries.removeValue(forKey: oldest.key)
        }
    }

    mutating func removeAll() {
        entries.removeAll()
    }
}
