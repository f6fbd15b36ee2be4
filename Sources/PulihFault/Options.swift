internal import Foundation
internal import PulihTesting

/// The command line.
struct Options: Sendable {
    var seed: UInt64 = 20_261_120
    var kills = 500
    var places = Place.allCases
    var lanes = 2
    /// The one round to play.
    var round: Int?
    /// Of that round, instead of those that the seed gives.
    var deaths: [Death]?
    var program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("pulih").path
    /// Where rounds that ended otherwise are kept.
    var kept = FileManager.default.temporaryDirectory.path + "/pulih-fault"

    static let usage = """
        pulih-fault [--kills N] [--seed S] [--place embedded|postgresql|mixed|all] [--lanes N] [--pulih PATH] [--keep DIR]
                    [--round R [--deaths D,D,…]]
        Kills pulih again and again, and compares what is left in the end with what an uninterrupted run leaves.
        """

    init(_ words: [String], environment: [String: String]) throws {
        if let text = environment["KILLS"], !text.isEmpty { kills = try Self.number(text, "KILLS") }
        var words = words[...]
        while let name = words.popFirst() {
            guard let value = words.popFirst() else {
                throw TestFailure("\(name) has no value\n\(Self.usage)")
            }
            switch name {
            case "--seed": seed = UInt64(try Self.number(value, name))
            case "--kills": kills = try Self.number(value, name)
            case "--lanes": lanes = try Self.number(value, name)
            case "--round": round = try Self.number(value, name)
            case "--pulih": program = URL(fileURLWithPath: value).path
            case "--keep": kept = URL(fileURLWithPath: value).path
            case "--place":
                guard value != "all" else { continue }
                guard let place = Place(rawValue: value) else {
                    throw TestFailure("there is no place \(value)")
                }
                places = [place]
            case "--deaths":
                deaths = try value.split(separator: ",").map { word in
                    guard let death = Death(word) else { throw TestFailure("\(word) is no death") }
                    return death
                }
            default: throw TestFailure("there is no option \(name)\n\(Self.usage)")
            }
        }
    }

    private static func number(_ text: String, _ name: String) throws -> Int {
        guard let number = Int(text), number >= 0 else { throw TestFailure("\(name) is no number: \(text)") }
        return number
    }

    /// The command that plays a round again, killed at the same places.
    func command(for result: Round.Result) -> String {
        let place = places.count == 1 ? " --place \(places[0])" : ""
        let deaths =
            result.deaths.isEmpty
            ? "" : " --deaths " + result.deaths.map(\.description).joined(separator: ",")
        return "pulih-fault --seed \(seed) --round \(result.round.number)\(place)\(deaths)"
    }
}
