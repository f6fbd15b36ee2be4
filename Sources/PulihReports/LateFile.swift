public import PulihModel

/// An expected file that did not come in time.
public struct LateFile: Sendable {
    public let key: FileKey
    public let pattern: String
    /// Microseconds since 1970 UTC.
    public let due: Int64
    /// The same by the client's clocks: `2026-11-20 06:00 Asia/Jakarta`.
    public let deadline: String
    /// How long ago that was.
    public let microseconds: Int64
    /// The newest delivery that was loaded.
    public let newest: FileRecord?

    public init(
        key: FileKey, pattern: String, due: Int64, deadline: String, microseconds: Int64, newest: FileRecord?
    ) {
        self.key = key
        self.pattern = pattern
        self.due = due
        self.deadline = deadline
        self.microseconds = microseconds
        self.newest = newest
    }

    public var text: String {
        let minutes = microseconds / 60_000_000
        let (days, hours) = (minutes / 1440, minutes / 60 % 24)
        let span =
            days > 0
            ? "\(days) d \(hours) h" : hours > 0 ? "\(hours) h \(minutes % 60) min" : "\(minutes) min"
        let last = newest.map { "newest delivery \($0.physicalName) in \($0.batch)" } ?? "never delivered yet"
        return "\(key) (\(pattern)), expected by \(deadline), \(span) ago; \(last)"
    }

    var json: JSONValue {
        [
            "file": .string(key.description), "pattern": .string(pattern), "expected_by": .int(due),
            "expected_by_local": .string(deadline), "late_seconds": .int(microseconds / 1_000_000),
            "newest_batch": .optional(newest?.batch.description),
            "newest_file": .optional(newest?.physicalName),
        ]
    }
}
