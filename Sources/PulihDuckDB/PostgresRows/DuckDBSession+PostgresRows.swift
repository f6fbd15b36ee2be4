extension DuckDBSession {
    /// Runs a SELECT and hands over its rows, as they come, in the format of PostgreSQL's `COPY … (FORMAT binary)`.
    ///
    /// `SMALLINT` becomes int2, `INTEGER` int4, `BIGINT` int8, `DECIMAL` and `HUGEINT` numeric, `FLOAT` float4, `DOUBLE` float8,
    /// `VARCHAR` and `JSON` their text, `BLOB` bytea; `BOOLEAN`, `DATE`, `TIME`, `TIMESTAMP`, `TIMESTAMPTZ` and `UUID` what bears
    /// the same name. Other types fail as `notImplemented`. Bounded memory.
    /// - Parameter body: gets pieces that end anywhere, valid until it returns. Throwing from it ends the statement.
    /// - Returns: rows.
    public func postgresRows(_ sql: String, _ body: @escaping (UnsafeRawBufferPointer) throws -> Void) throws
        -> Int
    {
        try streamed(sql) { result in
            let buffer = unsafe PostgresRowBuffer(try result.postgresFields(sql: sql), body: body)
            var rows = 0
            try result.forEachChunk(sql: sql) { chunk in
                try checkInterrupt(sql)
                try buffer.add(chunk)
                rows += chunk.count
            }
            try buffer.finish()
            return rows
        }
    }
}
