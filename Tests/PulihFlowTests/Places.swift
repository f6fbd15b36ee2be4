import PulihTesting
import Testing

/// Runs every test of a suite once in each of these places.
struct EveryPlace: SuiteTrait, TestTrait, TestScoping {
    let places: [Place]
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        for place in places {
            await Place.$current.withValue(place) {
                do {
                    try await function()
                } catch {
                    Issue.record(error, "in the place \(place)")
                }
            }
        }
    }
}

extension Trait where Self == EveryPlace {
    /// The embedded default, and all on a server.
    static var everyPlace: EveryPlace { EveryPlace(places: [.embedded, .postgresql]) }
    /// What only a server has.
    static var onServer: EveryPlace { EveryPlace(places: [.postgresql]) }
    /// Both on a server, and the warehouse alone.
    static var everyServer: EveryPlace { EveryPlace(places: [.postgresql, .mixed]) }
    /// The catalog embedded and the warehouse on a server too.
    static var everyCombination: EveryPlace { EveryPlace(places: Place.allCases) }
}
