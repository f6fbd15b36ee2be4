internal import PulihSystem

extension DuckDBSession {
    /// Before each statement of a caller.
    func begin(_ sql: String) throws(DuckDBFailure) {
        try check(sql)
        try pass(store.beforeStatement, sql)
    }

    /// Dies or fails here when it is armed to, as if DuckDB had met the fault.
    func pass(_ point: Failpoint?, _ sql: String?) throws(DuckDBFailure) {
        do {
            try Failpoints.hit(point)
        } catch {
            throw DuckDBFailure(kind: .io, message: "IO Error: \(error)", sql: sql)
        }
    }
}
