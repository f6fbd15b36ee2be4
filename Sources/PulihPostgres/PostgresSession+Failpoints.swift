internal import PulihSystem

extension PostgresSession {
    /// Dies or fails here when it is armed to, as if the server had refused the statement.
    func passBefore(_ point: Failpoint?, _ sql: String) throws(PostgresFailure) {
        do {
            try Failpoints.hit(point)
        } catch {
            throw PostgresFailure(
                sqlState: error.isDiskFull ? "53100" : "58030", message: error.description, statement: sql)
        }
    }

    /// Dies or fails here when it is armed to, as if the connection had broken off before the server's answer came.
    func passAfter(_ point: Failpoint?, _ sql: String) throws(PostgresFailure) {
        do {
            try Failpoints.hit(point)
        } catch {
            cutOff()
            throw PostgresFailure(
                sqlState: "", severity: "FATAL", message: error.description, statement: sql,
                isConnectionLost: true)
        }
    }
}
