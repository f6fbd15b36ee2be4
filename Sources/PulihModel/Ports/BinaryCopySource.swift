/// Makes bytes of PostgreSQL's `COPY … (FORMAT binary)`.
///
/// Types are those of the SELECT: `SMALLINT` int2, `INTEGER` int4, `BIGINT` int8, `DECIMAL` and `HUGEINT` numeric,
/// `DOUBLE` float8, `BOOLEAN` bool, `VARCHAR` text, `JSON` json, `UUID`, `DATE`, `TIME`, `TIMESTAMP` and `TIMESTAMPTZ` those
/// of the same name. Others are refused.
public protocol BinaryCopySource: Sendable {
    /// Writes the rows of a DuckDB SELECT, whole, to a pipe or file that is open for writing. Calls run side by side.
    ///
    /// It returns, or throws after cancellation, also when nobody reads the pipe any more. Whoever reads must take the
    /// end of the pipe for the end of the rows only once this returned: after a failure rows are missing or cut.
    /// - Parameter descriptor: of the caller, who closes it.
    /// - Returns: rows.
    /// - Throws: `storage` when the reader closed the pipe early.
    func writeBinaryCopy(_ relation: String, to descriptor: Int32) async throws -> Int
}
