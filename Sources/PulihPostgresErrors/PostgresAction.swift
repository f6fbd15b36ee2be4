public import PulihModel
public import PulihPostgres

/// What is being done on a server, so that a failure can say it. The one place where a `PostgresFailure` becomes a
/// `PulihError`, for catalog and warehouse alike.
public struct PostgresAction: Sendable {
    /// `build silver.crm_cust_info`, as it reads after "unable to".
    public var action: String
    public var object: String
    /// What a failure leaves: `nothing of this file was loaded`.
    public var leftBehind: String
    /// The next step where the kind of failure has none of its own.
    public var hint: String
    /// The code where the statement is to blame, not what surrounds it.
    public var blame: PulihError.Code
    /// Only statements that read are meant to run.
    public var isReading: Bool

    public init(
        _ action: String, object: String, leftBehind: String = "nothing was changed", hint: String = "",
        blame: PulihError.Code = .sql, isReading: Bool = false
    ) {
        self.action = action
        self.object = object
        self.leftBehind = leftBehind
        self.hint = hint
        self.blame = blame
        self.isReading = isReading
    }

    /// Cancellation and errors that are already mapped pass as they are.
    public func error(_ error: any Error) -> any Error {
        (error as? PostgresFailure).map { self.error($0) } ?? error
    }

    public func error(_ failure: PostgresFailure) -> PulihError {
        let kind = failure.kind
        let own = kind.hint(isReading: isReading)
        let state = failure.sqlState.isEmpty ? "" : " (SQLSTATE \(failure.sqlState))"
        return PulihError(
            kind.code ?? blame, "unable to \(action): \(failure.message)\(state)", object: object,
            leftBehind: failure.outcomeIsUnknown
                ? "whether it was committed is not known; nothing half is there" : leftBehind,
            hint: own ?? (hint.isEmpty ? failure.hint ?? "" : hint), isTransient: kind.isTransient,
            isDiskFull: kind == .diskFull, cause: failure.cause)
    }
}

extension PostgresFailure {
    /// The connection was lost while the server committed.
    public var outcomeIsUnknown: Bool {
        (isConnectionLost && statement == "COMMIT") || sqlState == "40003"
    }

    /// Everything the server said, on one line, for the log.
    fileprivate var cause: String {
        let place = [schema, table, column].compactMap(\.self).joined(separator: ".")
        let parts = [
            sqlState.isEmpty ? "\(severity): \(message)" : "\(severity) \(sqlState): \(message)",
            detail.map { "detail: \($0)" }, hint.map { "hint: \($0)" }, context.map { "context: \($0)" },
            place.isEmpty ? nil : "at \(place)", constraint.map { "constraint \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: "; ")
            .split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
