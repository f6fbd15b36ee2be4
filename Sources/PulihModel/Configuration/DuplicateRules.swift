/// What a file leads to that has the name of one that was loaded before and another content.
public enum SameNamePolicy: String, Sendable, Codable, CaseIterable {
    /// Nothing: most deliveries bear the same name every day.
    case load
    /// It is loaded, with a warning.
    case warn
    /// It is refused and goes to `failed`.
    case refuse
}

/// What records of a delta lead to that stand in bronze already, from an earlier batch and with the same content.
public struct Overlap: Sendable, Equatable {
    public enum Policy: String, Sendable, Codable, CaseIterable {
        /// They are loaded again, and nobody looks.
        case load
        /// They are loaded again, counted, with a warning.
        case warn
        /// They are left out and counted as skipped.
        case skip
        /// They fail the file.
        case refuse
    }

    /// What skipped records are counted under.
    public static let skipped = "already loaded"

    /// Bronze names of the columns that tell a record. A record without a value in one of them never overlaps.
    public var key: [String]
    public var policy: Policy

    public init(key: [String], policy: Policy) {
        self.key = key
        self.policy = policy
    }

    public var json: JSONValue { ["key": .strings(key), "policy": .string(policy.rawValue)] }
}

extension FileSpec {
    /// As the catalog keeps it: one word where only the content is looked at.
    public var duplicatesText: String {
        guard sameName != .load || overlap != nil else { return duplicates.rawValue }
        let json: JSONValue = [
            "content": .string(duplicates.rawValue), "name": .string(sameName.rawValue),
            "overlap": overlap?.json ?? .null,
        ]
        return json.compact
    }

    /// The overlap that somebody has to look for.
    public var soughtOverlap: Overlap? { overlap?.policy == .load ? nil : overlap }
}
