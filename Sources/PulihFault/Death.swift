/// How a command is killed.
enum Death: Sendable, CustomStringConvertible {
    /// At the Nth passage of whatever failpoint.
    case passage(Int)
    /// Microseconds after it was started.
    case time(Int)

    /// `137`, `t12000`: as `--deaths` takes it.
    var description: String {
        switch self {
        case .passage(let number): "\(number)"
        case .time(let delay): "t\(delay)"
        }
    }

    init?(_ text: Substring) {
        let isTime = text.hasPrefix("t")
        guard let number = Int(isTime ? text.dropFirst() : text), number > 0 else { return nil }
        self = isTime ? .time(number) : .passage(number)
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

    /// - Parameter passages: of the command when nothing interrupts it.
    /// - Returns: nil: this command may end.
    mutating func next(passages: Int) -> Death? {
        guard given == nil else { return given!.isEmpty ? nil : given!.removeFirst() }
        guard left > 0 else { return nil }
        left -= 1
        if numbers.once(in: 4) { return .time(numbers.number(8_000...420_000)) }
        if ahead < 1 { ahead = Double(passages) }
        let place = numbers.number(1...max(1, Int(ahead)))
        // What the next one finds done it does not pass again; opening and looking it always does.
        ahead = max(ahead - Double(place) * 0.8, Double(passages) * 0.15)
        return .passage(place)
    }
}
