import PulihDuckDB
import PulihModel
import PulihPostgres
import PulihSystem

/// What was being done, so that a failure can say it.
struct FailureContext: Sendable {
    /// `build silver.crm_cust_info`, as it reads after "unable to".
    let action: String
    let object: String
    let leftBehind: String
    let hint: String

    init(_ action: String, object: String, leftBehind: String = "", hint: String = "") {
        self.action = action
        self.object = object
        self.leftBehind = leftBehind
        self.hint = hint
    }

    /// Cancellation and errors that are already mapped pass as they are.
    func error(_ error: any Error, whileOpening: Bool = false) -> any Error {
        switch error {
        case let failure as DuckDBFailure: mapped(failure, whileOpening: whileOpening)
        case let failure as PostgresFailure: mapped(failure)
        case let failure as SystemFailure:
            PulihError(
                whileOpening && !failure.isDiskFull ? .unreachable : .storage,
                "unable to \(action): \(failure)", object: object, leftBehind: leftBehind, hint: hint,
                isDiskFull: failure.isDiskFull)
        default: error
        }
    }
}
