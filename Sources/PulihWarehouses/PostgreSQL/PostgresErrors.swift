import PulihModel
import PulihPostgres

// The one place where a failure of a PostgreSQL warehouse becomes a `PulihError`.
extension FailureContext {
    static func postgresQuery(of client: String) -> FailureContext {
        FailureContext(
            "run the query", object: client,
            hint: "check the SQL; names and columns of tables stand in information_schema.columns")
    }

    func mapped(_ failure: PostgresFailure, whileOpening: Bool) -> PulihError {
        let kind = PostgresErrorKind(failure, whileOpening: whileOpening)
        return PulihError(
            kind.code, "unable to \(action): \(failure.told)", object: object, leftBehind: leftBehind,
            hint: kind.hint ?? hint, isTransient: failure.isTransient, cause: failure.description)
    }
}

/// What a failure means for Pulih.
private struct PostgresErrorKind {
    let code: PulihError.Code
    /// nil: what the context says.
    let hint: String?

    init(_ failure: PostgresFailure, whileOpening: Bool) {
        (code, hint) =
            switch failure.sqlState {
            case _ where failure.isConnectionLost, "53300", "57P01", "57P02", "57P03":
                (.unreachable, "see that the server runs and takes connections ('pulih doctor'), then run again")
            case let state where state.hasPrefix("08") || (whileOpening && state.isEmpty):
                (.unreachable, "see that the server runs and takes connections ('pulih doctor'), then run again")
            case "53100": (.storage, "free space on the server's disk, then run again")
            case let state where state.hasPrefix("53") || state.hasPrefix("58"):
                (.storage, "look into the server's log, then run again")
            case "25006":
                (.refused, "the server or the database only reads; name one that takes writes in pulih.yml")
            case "42501": (.configuration, "let the owner GRANT what is missing, then run again")
            case "28000", "28P01", "3D000": (.unreachable, "correct the address, the user or the password")
            case "55P03", "40P01", "40001":
                (.busy, "run again when the other transaction has ended")
            case "XX001", "XX002":
                (.damaged, "keep the database as it is; restore the newest copy of it")
            default: (.sql, nil)
            }
    }
}

extension PostgresFailure {
    /// Message and detail, in one line.
    var told: String { detail.map { "\(message) (\($0))" } ?? message }

    /// Another transaction of ours was first; the same transaction may succeed when it is tried again.
    var isConflict: Bool { ["40001", "40P01"].contains(sqlState) }

    /// The statement itself is to blame, not what surrounds it.
    var isFaultOfStatement: Bool {
        !isTransient && !["53", "57", "58", "XX"].contains { sqlState.hasPrefix($0) }
            && !["25006", "42501"].contains(sqlState)
    }
}
