/// What a sender says that a file holds.
public struct ControlTotals: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        /// A file beside it: `{stem}.ctl` or `{name}.ctl`.
        case sideFile(template: String)
        /// The last record of the file itself, told by one of its fields (from 1).
        case trailer(field: Int, equals: String)
    }

    public var place: Place
    /// Where the number of records stands: a name in the side file, the number of a field in the trailer. nil: nowhere.
    public var records: String?
    /// The same for sums, by bronze column, in the order of the columns' names.
    public var sums: [Sum]

    public struct Sum: Sendable, Equatable {
        public var column: String
        public var place: String

        public init(column: String, place: String) {
            self.column = column
            self.place = place
        }
    }

    public init(place: Place, records: String?, sums: [Sum]) {
        self.place = place
        self.records = records
        self.sums = sums
    }

    /// Why the trailer is no record.
    public static let trailerReason = "trailer"

    public var isTrailer: Bool { if case .trailer = place { true } else { false } }

    /// What leaves the trailer out of the data.
    public var skip: SkipRule? {
        guard case .trailer(let field, let word) = place else { return nil }
        let special: Set<Character> = Set("\\^$.|?*+()[]{}")
        let literal = word.map { special.contains($0) ? "\\\($0)" : String($0) }.joined()
        var rule = SkipRule(reason: Self.trailerReason, column: "field \(field)", matches: literal)
        rule.field = field
        return rule
    }

    public var json: JSONValue {
        var members: [JSONMember] = []
        switch place {
        case .sideFile(let template): members.append(.init("file", .string(template)))
        case .trailer(let field, let word):
            members.append(.init("trailer", ["field": .number(field), "equals": .string(word)]))
        }
        members.append(.init("records", .optional(records)))
        members.append(.init("sums", .object(sums.map { JSONMember($0.column, .string($0.place)) })))
        return .object(members)
    }
}

/// What was found in a file, to be compared with what its sender says.
public struct ControlFigures: Sendable, Equatable {
    /// Exact sums by bronze column, over all records but those that are skipped. A value that cannot be read is 0.
    public var sums: [String: ExactNumber]
    /// Fields of the last record.
    public var lastRecord: [String]?

    public init(sums: [String: ExactNumber], lastRecord: [String]?) {
        self.sums = sums
        self.lastRecord = lastRecord
    }
}
