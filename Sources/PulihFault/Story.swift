internal import PulihTesting

/// What is under way when a command is killed: how the workspace came to be, and what the operator wants.
enum Story: String, CaseIterable, Sendable {
    /// A second delivery on a first one.
    case start
    /// Two deliveries into an empty warehouse, the second of which may come while the first is not through.
    case deliveries
    /// From a stage on, with a later batch to be replayed.
    case restart
    /// A batch that failed for its model, which was mended.
    case mended
    /// An old batch, with later ones to be replayed.
    case reprocess
    /// A file that was refused.
    case replace
    /// A file that is loaded, with a later batch to be replayed.
    case exchange
    /// Corrected records, with a later batch to be replayed.
    case release

    /// What happens, one after the other.
    enum Event: Sendable {
        case deliver(Store.Delivery)
        case command(Command)
    }

    /// What is made once and copied.
    enum Beginning: Sendable, Hashable {
        case empty, one, two, three, refused, broken
    }

    var beginning: Beginning {
        switch self {
        case .start: .one
        case .deliveries: .empty
        case .restart, .exchange, .release: .two
        case .mended: .broken
        case .reprocess: .three
        case .replace: .refused
        }
    }

    /// - Parameter variant: below `variants`.
    func events(_ variant: Int) -> [Event] {
        switch self {
        case .start: [.deliver(.second), .command(.start)]
        case .deliveries: [.deliver(.first), .command(.start), .deliver(.second), .command(.start)]
        case .restart:
            [.command(Command(.restart, "BATCH000001", "--from", Self.stages[variant]))]
        case .mended: [.command(.restart)]
        case .reprocess: [.command(Command(.reprocess, "BATCH00000\(variant + 1)"))]
        case .replace:
            [
                .command(Command(.replace, "BATCH000002", "customers", "second/customers.csv")),
                .command(.restart),
            ]
        case .exchange:
            [
                .command(
                    variant == 0
                        ? Command(.replace, "BATCH000001", "customers", "corrected.csv")
                        : Command(.replace, "BATCH000001", "events", "corrected.ndjson")),
                .command(.restart),
            ]
        case .release: [.command(Command(.release, "BATCH000001", "released.csv"))]
        }
    }

    var variants: Int {
        switch self {
        case .restart: Self.stages.count
        case .reprocess: 3
        // A file alone, and one with its side file.
        case .exchange: 2
        default: 1
        }
    }

    private static let stages = ["convert", "load_bronze", "transform", "publish", "refresh_mv"]
}

/// What an operator types.
struct Command: Sendable, CustomStringConvertible {
    enum Verb: String, Sendable, CaseIterable {
        case start, restart, reprocess, replace
        case release = "quarantine release"
    }

    let verb: Verb
    private let arguments: [String]

    init(_ verb: Verb, _ arguments: String...) {
        self.verb = verb
        self.arguments = arguments
    }

    static let start = Command(.start)
    static let restart = Command(.restart)

    var words: [String] { verb.rawValue.split(separator: " ").map(String.init) + ["client1"] + arguments }
    var description: String { words.joined(separator: " ") }

    /// What else an operator may type after this one was killed. Each of them finishes what was begun.
    var afterwards: [Command] {
        switch verb {
        case .start, .restart, .reprocess: [self, .restart, .start]
        // What was not noted yet only the same command can bring.
        case .replace: [self]
        case .release: [self, self, .restart, .start]
        }
    }
}
