internal import PulihSystem

extension SQLiteSession {
    /// Dies or fails here when it is armed to, as if SQLite had met the fault.
    func pass(_ point: Failpoint, _ sql: String? = nil) throws(SQLiteFailure) {
        do {
            try Failpoints.hit(point)
        } catch {
            throw SQLiteFailure(
                error.isDiskFull ? .diskFull : .inputOutput, message: error.description, sql: sql)
        }
    }
}
