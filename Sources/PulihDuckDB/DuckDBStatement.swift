internal import PulihSystem

/// A statement planned once, to be run many times with other values.
///
/// Belongs to the session that prepared it, and to the body that session was lent to.
public final class DuckDBStatement {
    /// The statement with its placeholders.
    public let sql: String
    private let session: DuckDBSession
    private let handle: StatementHandle

    init(session: DuckDBSession, sql: String, handle: consuming StatementHandle) {
        self.session = session
        self.sql = sql
        self.handle = handle
    }

    /// - Returns: how many rows it inserted, updated, deleted, copied or put into a new table.
    @discardableResult
    public func execute(_ parameters: [DuckDBValue] = []) throws(DuckDBFailure) -> Int {
        try session.begin(sql)
        let changed = try session.run(handle, parameters, sql: sql).changedRows(sql: sql)
        try session.pass(session.store.afterStatement, sql)
        return changed
    }

    /// The whole result; for small ones. See `DuckDBSession.query`.
    public func query(_ parameters: [DuckDBValue] = []) throws -> DuckDBTable {
        try session.table { columns, body in try forEachRow(parameters, columns: columns, body) }
    }

    /// Row by row in bounded memory. See `DuckDBSession.forEachRow`.
    public func forEachRow(
        _ parameters: [DuckDBValue] = [], columns: ([DuckDBColumn]) throws -> Void = { _ in },
        _ body: ([DuckDBValue]) throws -> Void
    ) throws {
        try session.begin(sql)
        try session.stream(handle, parameters, sql: sql, columns: columns, body)
        try session.pass(session.store.afterStatement, sql)
    }
}

@available(*, unavailable, message: "a statement belongs to the body its session was lent to")
extension DuckDBStatement: Sendable {}
