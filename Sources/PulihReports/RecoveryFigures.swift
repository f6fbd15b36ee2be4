public import PulihModel

/// How a client came back from bad states, in figures.
public struct RecoveryFigures: Sendable, Equatable {
    /// Recoveries that ended by themselves; those that a stop or another death cut short say nothing.
    public let count: Int
    public let succeeded: Int
    /// Of those whose run ended well, and which therefore were checked.
    public let checked: Int
    public let consistent: Int
    /// Mean time of those that succeeded; nil: none did.
    public let meanSeconds: Double?

    public init(_ recoveries: [RecoveryRecord]) {
        let ended = recoveries.filter { [.success, .failed].contains($0.outcome) }
        let seconds = ended.filter { $0.outcome == .success }.compactMap(\.seconds)
        count = ended.count
        succeeded = ended.count { $0.outcome == .success }
        checked = ended.count(where: \.to.isGood)
        consistent = ended.count { $0.to.isGood && $0.isConsistent }
        meanSeconds = seconds.isEmpty ? nil : seconds.reduce(0, +) / Double(seconds.count)
    }

    /// 0 to 1; nil: nothing to tell of.
    public var successRate: Double? { count == 0 ? nil : Double(succeeded) / Double(count) }
    public var consistencyRate: Double? { checked == 0 ? nil : Double(consistent) / Double(checked) }

    public var json: JSONValue {
        let number = { (value: Double?) -> JSONValue in value.map { .double($0) } ?? .null }
        return [
            "count": .number(count), "success_rate": number(successRate),
            "mean_seconds": number(meanSeconds), "consistency_rate": number(consistencyRate),
        ]
    }
}

extension RecoveryRecord {
    public var json: JSONValue {
        [
            "recovery_id": .string(id), "what": .string(what), "cause": .string(cause),
            "from_status": .string(from.rawValue), "to_status": .string(to.rawValue),
            "seconds": seconds.map { .double($0) } ?? .null, "rows_checked": .number(rowsChecked),
            "duplicates": .number(duplicates), "consistent": .bool(isConsistent),
            "outcome": .string(outcome.rawValue), "started_at": .int(startedAt),
            "ended_at": endedAt.map { .int($0) } ?? .null, "message": .string(message),
        ]
    }
}
