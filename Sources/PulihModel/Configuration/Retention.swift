/// For how many days what a batch leaves behind is kept; nil: for ever.
public struct Retention: Sendable, Equatable {
    public var raw: Int?
    public var parquet: Int?
    public var quarantine: Int?
    public var logs: Int?

    public init(_ days: Int? = 90) {
        raw = days
        parquet = days
        quarantine = days
        logs = days
    }
}
