/// How a command is killed.
enum Death: Sendable, CustomStringConvertible {
    /// At the Nth passage of whatever failpoint.
    case passage(Int)
    /// At the Nth passage of one.
    case point(String, Int)
    /// Microseconds after it was started.
    case time(Int)

    /// `137`, `catalog.after_commit:12`, `t12000`: as `--deaths` takes it.
    var description: String {
        switch self {
        case .passage(let number): "\(number)"
        case .point(let name, let number): "\(name):\(number)"
        case .time(let delay): "t\(delay)"
        }
    }

    init?(_ text: Substring) {
        let parts = text.split(separator: ":")
        let isTime = text.hasPrefix("t") && parts.count == 1
        guard let number = parts.last.flatMap({ Int(isTime ? $0.dropFirst() : $0) }), number > 0 else {
            return nil
        }
        self =
            isTime ? .time(number) : parts.count == 2 ? .point(String(parts[0]), number) : .passage(number)
    }

    /// For `PULIH_FAILPOINTS`.
    var failpoints: String? {
        switch self {
        case .passage(let number): "any=kill:\(number)"
        case .point(let name, let number): "\(name)=kill:\(number)"
        case .time: nil
        }
    }
}

/// What kills the commands of one round, in order.
struct Deaths: Sendable {
    private var numbers: SeededNumbers
    private var given: [Death]?
    private var left: Int
    /// Passages that the rest of the work is thought to have.
    private var ahead: Double = 0

    /// - Parameter given: instead of those that the seed gives.
    init(_ numbers: SeededNumbers, given: [Death]?) {
        self.numbers = numbers
        self.given = given
        left = self.numbers.number(1...5)
    }

    /// - Parameter passages: of the command when nothing interrupts it, by failpoint.
    /// - Returns: nil: this command may end.
    mutating func next(_ passages: [String: Int]) -> Death? {
        guard given == nil else { return given!.isEmpty ? nil : given!.removeFirst() }
        guard left > 0 else { return nil }
        left -= 1
        switch numbers.number(1...20) {
        case 1...5: return .time(numbers.number(8_000...420_000))
        case 6...9:
            // Statements are passed by the hundred, a rename a few times: each point gets its share.
            let name = numbers.pick(passages.keys.sorted())
            return .point(name, numbers.number(1...passages[name]!))
        case 10...13:
            // Where a run comes from one step to the next, each of them as often as the others.
            let name = numbers.pick([
                "step.before", "step.after", "catalog.before_commit", "catalog.after_commit",
            ])
            return .point(name, numbers.number(1...max(1, passages[name] ?? 1)))
        default: return .passage(passage(of: passages.values.reduce(0, +)))
        }
    }

    private mutating func passage(of count: Int) -> Int {
        if ahead < 1 { ahead = Double(count) }
        let place = numbers.number(1...max(1, Int(ahead)))
        // What the next one finds done it does not pass again; opening and looking it always does.
        ahead = max(ahead - Double(place) * 0.8, Double(count) * 0.15)
        return place
    }
}
