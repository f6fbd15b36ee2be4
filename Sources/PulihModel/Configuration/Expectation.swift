/// When a file is to come.
public struct Expectation: Sendable, Equatable {
    /// Minute of the day, of the client's clocks; 1440: the end of it.
    public var by: Int
    /// From when on a file counts for this delivery; not before `by`: on the day before.
    public var from: Int
    public var days: Set<Weekday>
    /// Name of a group of files of which a batch takes all or none.
    public var together: String?

    public init(
        by: Int = 1440, from: Int = 0, days: Set<Weekday> = Set(Weekday.allCases), together: String? = nil
    ) {
        self.by = by
        self.from = from
        self.days = days
        self.together = together
    }

    public var opensDayBefore: Bool { from >= by }

    /// In the words of `pulih.yml`.
    public var json: JSONValue {
        var members = [
            JSONMember("by", .string(Self.clock(by))), JSONMember("from", .string(Self.clock(from))),
            JSONMember("days", .strings(Weekday.allCases.filter(days.contains).map(\.rawValue))),
        ]
        if let together { members.append(JSONMember("together", .string(together))) }
        return .object(members)
    }

    private static func clock(_ minute: Int) -> String {
        let digits = { (number: Int) in "\(number < 10 ? "0" : "")\(number)" }
        return "\(digits(minute / 60)):\(digits(minute % 60))"
    }
}

public enum Weekday: String, Sendable, CaseIterable {
    case monday = "mon"
    case tuesday = "tue"
    case wednesday = "wed"
    case thursday = "thu"
    case friday = "fri"
    case saturday = "sat"
    case sunday = "sun"

    /// - Parameter day: counted from 1970-01-01, a Thursday.
    public init(ofDay day: Int) {
        self = Weekday.allCases[((day + 3) % 7 + 7) % 7]
    }
}

extension Configuration {
    /// nil: nobody waits for it.
    public func expectation(of file: FileSpec, from client: Client) -> Expectation? {
        if let own = client.expected[file.key] { return own }
        return file.expected
    }

    /// The client's, by its name; nil: the machine's.
    public func timeZone(of client: Client) -> String? { client.timeZone ?? settings.timeZone }
}
