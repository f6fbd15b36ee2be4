internal import CPostgres

extension PostgresSession {
    /// The columns that a statement would give, without running it; none of one that gives no rows.
    /// - Throws: also when the text is not exactly one statement.
    public func describe(
        _ sql: String, _ parameters: [PostgresValue] = []
    ) throws(PostgresFailure) -> [PostgresColumn] {
        try checkCancel(sql)
        let types = parameters.map(\.type)
        let raw = unsafe try raw()
        guard unsafe PQsendPrepare(raw, "", sql, Int32(types.count), types) == 1 else {
            throw connectionFailure(sql)
        }
        try results(of: sql) { _ throws(PostgresFailure) in }
        guard unsafe PQsendDescribePrepared(raw, "") == 1 else { throw connectionFailure(sql) }
        var columns: [PostgresColumn] = []
        try results(of: sql) { result throws(PostgresFailure) in columns = result.columns() }
        return columns
    }
}
