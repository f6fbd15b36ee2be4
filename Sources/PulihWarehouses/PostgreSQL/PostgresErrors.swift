import PulihModel
import PulihPostgres
import PulihPostgresErrors

extension FailureContext {
    static func postgresQuery(of client: String) -> FailureContext {
        FailureContext(
            "run the query", object: client,
            hint: "check the SQL; information_schema.tables lists what there is")
    }

    /// - Parameters:
    ///   - blame: where the statement is to blame, not what surrounds it.
    ///   - isReading: only statements that read were meant to run.
    func mapped(
        _ failure: PostgresFailure, blame: PulihError.Code = .sql, isReading: Bool = false
    ) -> PulihError {
        PostgresAction(
            action, object: object, leftBehind: leftBehind, hint: hint, blame: blame, isReading: isReading
        ).error(failure)
    }
}

extension PostgresFailure {
    /// Another transaction of ours was first; the same transaction may succeed when it is tried again.
    var isConflict: Bool { ["40001", "40P01"].contains(sqlState) }

    /// `pg_terminate_backend`, or a server that stops.
    var isEndedByOthers: Bool { sqlState == "57P01" }

    /// The statement itself is to blame, not what surrounds it.
    var isFaultOfStatement: Bool {
        !isTransient && !["40", "53", "57", "58", "XX"].contains { sqlState.hasPrefix($0) }
            && !["25006", "42501"].contains(sqlState)
    }
}
