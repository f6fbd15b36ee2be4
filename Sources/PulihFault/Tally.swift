internal import Foundation
internal import PulihSystem

/// What the rounds came to.
actor Tally {
    private let wanted: Int
    private let only: Int?
    private var nextRound = 0
    private var kills: [String: [Command.Verb: Int]] = [:]
    private(set) var killCount = 0
    private(set) var roundCount = 0
    private(set) var failures = 0
    private let clock = ContinuousClock.now

    /// - Parameter only: the one round to play.
    init(kills: Int, only: Int?) {
        wanted = kills
        self.only = only
    }

    /// nil: enough.
    func next() -> Int? {
        if let only {
            return nextRound == 0
                ? {
                    nextRound = 1
                    return only
                }() : nil
        }
        guard killCount < wanted else { return nil }
        defer { nextRound += 1 }
        return nextRound
    }

    func add(_ result: Round.Result) {
        roundCount += 1
        for kill in result.kills { kills[kill.phase, default: [:]][kill.verb, default: 0] += 1 }
        let before = killCount
        killCount += result.kills.count
        if !result.differences.isEmpty { failures += 1 }
        if killCount / 100 > before / 100 {
            Output.standard.line("\(killCount) kills in \(roundCount) rounds, \(failures) differences")
        }
    }

    var emptyPhases: [String] { Kill.phases.filter { kills[$0] == nil } }

    var table: String {
        let verbs = Command.Verb.allCases
        let widths = verbs.map { max($0.rawValue.count, 5) }
        func line(_ name: String, _ cells: [String]) -> String {
            name.padding(toLength: 18, withPad: " ", startingAt: 0)
                + zip(cells, widths).map { cell, width in
                    String(repeating: " ", count: width + 2 - cell.count) + cell
                }.joined()
        }
        let rows = Kill.phases.map { phase in
            line(phase, verbs.map { verb in kills[phase]?[verb].map(String.init) ?? "." })
        }
        return ([line("killed in", verbs.map(\.rawValue))] + rows).joined(separator: "\n")
    }

    var summary: String {
        let seconds = Double((ContinuousClock.now - clock).components.seconds)
        let rate = seconds > 0 ? String(format: "%.1f", Double(killCount) / seconds) : "-"
        return
            "\(killCount) kills in \(roundCount) rounds and \(Int(seconds)) s (\(rate) a second), \(failures) differences"
    }
}
