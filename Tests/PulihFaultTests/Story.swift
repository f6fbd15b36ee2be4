import PulihModel
import PulihSystem
import PulihTesting

/// What is under way when something breaks.
enum Story: String, Sendable, Hashable, CaseIterable {
    /// A second batch, with everything that a first one has left.
    case start
    case replace
    case release
    case reprocess
    /// A second batch through stored procedures.
    case procedures

    /// The story that passes a point.
    /// - Returns: nil for the point that bends data instead of ending anything, and for those that no story passes.
    init?(_ point: Failpoint) {
        switch point {
        // PlaceCrashTests of the flow tests pass those of storage places.
        case .loadLoseRecord, .placeAfterFetch, .placeAfterPut, .placeAfterMark: return nil
        case .replaceAfterIntent: self = .replace
        case .releaseAfterOverlay: self = .release
        case .procedureBeforeCall, .procedureBeforeLedger: self = .procedures
        default: self = .start
        }
    }

    var places: [Place] { self == .procedures ? [.postgresql, .mixed] : Place.allCases }

    /// A workspace of its own, just before it happens.
    func prepared() async throws -> TestWorkspace {
        try await Self.prepared[self]![Place.current]!.value.copy()
    }

    func act(
        _ shop: TestWorkspace, failpoints: String? = nil, environment: [String: String] = [:]
    ) async throws -> TestWorkspace.Output {
        try await PulihProgram.run(words, folder: shop.root, environment: armed(failpoints, environment))
    }

    /// As `act`, for a point that hangs: killed once it does. The body runs meanwhile.
    func actUntilItHangs(
        _ shop: TestWorkspace, failpoints: String, _ body: () async throws -> Void
    ) async throws -> TestWorkspace.Output {
        try await PulihProgram.runUntil(
            "hangs at hit", words, folder: shop.root, environment: armed(failpoints, [:]), body)
    }

    /// What an operator types after it.
    /// - Parameter shortly: nothing but the verb that comes every day.
    func finish(_ shop: TestWorkspace, shortly: Bool) async throws {
        switch self {
        case .start, .procedures:
            // Both ways lead there: 'start' finishes what was interrupted, 'restart' goes on with it.
            if !shortly { try await shop.must("restart", "client1") }
            try await shop.must("start", "client1")
        case .replace:
            let again = try await act(shop)
            guard again.exit == 0 else { throw TestFailure(again.everything) }
            try await shop.must("restart", "client1")
        case .release: try await shop.must("restart", "client1")
        case .reprocess:
            if shortly {
                try await shop.must("start", "client1")
            } else {
                try await shop.must("restart", "client1")
            }
        }
    }

    private var words: [String] {
        switch self {
        case .start, .procedures: ["start", "client1"]
        case .replace: ["replace", "client1", "1", "customers", "corrected.csv"]
        case .release: ["quarantine", "release", "client1", "1", "bad.csv"]
        case .reprocess: ["reprocess", "client1", "1"]
        }
    }

    private func armed(_ failpoints: String?, _ environment: [String: String]) -> [String: String] {
        failpoints.map { environment.merging(["PULIH_FAILPOINTS": $0]) { $1 } } ?? environment
    }

    /// One step after the other, so that the Nth passage is the same place every time.
    private static func inOrder(_ configuration: String) -> String {
        configuration.replacing("parallel_steps: 2", with: "parallel_steps: 1")
    }

    /// With a workbook, and events with a side file.
    private static let configuration = OtherFormats.configuration(inOrder(Shop.configuration))

    private static func dropFirst(_ shop: TestWorkspace) throws {
        try shop.drop("customers.csv", Shop.customers)
        try shop.drop("orders.csv", Shop.orders)
        try shop.drop([OtherFormats.prices(Shop.prices)] + OtherFormats.events(1...4))
    }

    private static func dropNext(_ shop: TestWorkspace) throws {
        try shop.drop("customers.csv", Shop.nextCustomers)
        try shop.drop("orders.csv", Shop.nextOrders)
        try shop.drop([OtherFormats.prices(Shop.nextPrices)] + OtherFormats.events(5...6))
    }

    private func prepare() async throws -> TestWorkspace {
        switch self {
        case .start:
            let shop = try await loaded()
            try Self.dropNext(shop)
            return shop
        case .replace:
            let shop = try await Shop.make(configuration: Self.configuration)
            try Self.dropFirst(shop)
            try shop.drop("customers.csv", "id,name\n1,Ann\n")
            try await shop.must("start", "client1", exit: 4)
            try shop.write("corrected.csv", Shop.customers)
            return shop
        case .release:
            let shop = try await Shop.make(configuration: Self.configuration)
            try Self.dropFirst(shop)
            try shop.drop("orders.csv", Shop.orders + "x13,2,1.00,2026-01-04\n")
            try await shop.must("start", "client1")
            try await shop.must("quarantine", "export", "client1", "--to", "bad.csv")
            try shop.write("bad.csv", try shop.read("bad.csv").replacing("x13,2", with: "13,2"))
            return shop
        case .reprocess:
            let shop = try await loaded()
            try Self.dropNext(shop)
            try await shop.must("start", "client1")
            return shop
        case .procedures:
            let shop = try await ProcedureShop.make(
                configuration: Self.inOrder(ProcedureShop.configuration))
            try await shop.must("start", "client1")
            try shop.drop("customers.csv", Shop.nextCustomers)
            try shop.drop("orders.csv", Shop.nextOrders)
            return shop
        }
    }

    private func loaded() async throws -> TestWorkspace {
        let shop = try await Shop.make(configuration: Self.configuration)
        try Self.dropFirst(shop)
        try await shop.must("start", "client1")
        return shop
    }

    private static let prepared = Dictionary(
        uniqueKeysWithValues: allCases.map { story in (story, Shop.everywhere { try await story.prepare() }) }
    )
}

/// A story that nothing interrupts.
struct Uninterrupted: Sendable {
    let rest: Rest
    /// How often the verb passes each failpoint.
    let counts: [String: Int]

    static func of(_ story: Story) async throws -> Uninterrupted {
        try await all[story]![Place.current]!.value
    }

    private static let all = Dictionary(
        uniqueKeysWithValues: Story.allCases.map { story in
            (
                story,
                Shop.everywhere {
                    let shop = try await story.prepared()
                    let file = shop.path("counts")
                    let output = try await story.act(shop, environment: ["PULIH_FAILPOINTS_COUNT": file])
                    guard output.exit == 0 else { throw TestFailure(output.everything) }
                    if story == .replace { try await shop.must("restart", "client1") }
                    let ended = Uninterrupted(
                        rest: try await Rest(of: shop), counts: try FailpointCounts.read(file))
                    try await shop.discard()
                    return ended
                }
            )
        })
}
