import Foundation
import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// Whatever breaks wherever, once somebody has finished the run everything is as if nothing had happened.
///
/// Every failpoint x what happens there x where catalog and warehouse are. `make fault` runs this.
@Suite struct FaultMatrixTests {
    struct Cell: Sendable, CustomTestStringConvertible {
        let place: Place
        let story: Story
        let point: Failpoint
        let action: FailpointAction
        /// At how many of the passages.
        let hits: Int
        var testDescription: String { "\(place) \(story) \(point.rawValue) \(action)" }
    }

    private static func cells(
        _ points: [Failpoint], _ actions: [FailpointAction], hits: (Failpoint) -> Int, story: Story? = nil
    ) -> [Cell] {
        points.flatMap { point in
            actions.filter { point.actions.contains($0) }.flatMap { action in
                guard let story = story ?? Story(point) else { return [Cell]() }
                return story.places.map { place in
                    Cell(place: place, story: story, point: point, action: action, hits: hits(point))
                }
            }
        }
    }

    private static let named = Failpoint.allCases.filter { $0.kind == .step }
    private static let generic = Failpoint.allCases.filter(\.isGeneric)
    private static let calls = Failpoint.allCases.filter { $0.kind == .call }

    @Test(arguments: cells(named, [.kill, .fail, .cut]) { $0 == .journalBeforeOutcome ? 4 : 2 })
    func atEveryStep(_ cell: Cell) async throws { try await go(cell) }

    @Test(arguments: cells(generic, [.kill, .fail, .cut]) { _ in 4 })
    func aroundEveryOperation(_ cell: Cell) async throws { try await go(cell) }

    @Test(
        arguments: cells([.writeBefore, .fsyncBefore, .renameBefore], [.enospc, .eintr, .short]) { _ in 3 })
    func whenTheSystemRefuses(_ cell: Cell) async throws { try await go(cell) }

    @Test(arguments: cells([.catalogBeforeCommit, .warehouseBeforeCommit], [.enospc]) { _ in 3 })
    func whenTheDiskOfADatabaseIsFull(_ cell: Cell) async throws { try await go(cell) }

    @Test(
        arguments: cells(
            [.loadBeforeCommit, .publishBeforeCommit, .finalizeBeforeMove, .fsyncAfter], [.hang]
        ) { _ in 1 })
    func aRunThatHangsIsKilled(_ cell: Cell) async throws { try await go(cell) }

    /// Contents that were not synced under names that the disk kept all the same.
    @Test(arguments: cells(calls + [.warehouseAfterCommit, .catalogAfterCommit], [.cut]) { _ in 3 })
    func namesSurviveThePowerCutAndContentsDoNot(_ cell: Cell) async throws {
        try await go(cell, loss: .contents)
    }

    @Test(
        arguments: cells(
            [.fsyncAfter, .writeBefore, .catalogAfterCommit, .warehouseBeforeCommit, .warehouseAfterCommit],
            [.kill, .cut], hits: { _ in 3 }, story: .reprocess))
    func whileABatchIsReprocessed(_ cell: Cell) async throws { try await go(cell) }

    /// When a run has said how it ended, nobody has to finish anything any more.
    @Test(arguments: Place.allCases, PowerCut.Loss.allCases)
    func whatWasReportedSurvivesThePowerCut(_ place: Place, _ loss: PowerCut.Loss) async throws {
        try await Place.$current.withValue(place) {
            for story in Story.allCases where story.places.contains(place) && story != .replace {
                let shop = try await story.prepared()
                let disk = try await PowerCut(shop.root)
                let output = try await story.act(shop, environment: disk.environment)
                #expect(output.exit == 0, "\(output.everything)")
                try disk.restore(loss)
                let expected = try await Uninterrupted.of(story).rest
                for trouble in try await Rest(of: shop).differences(from: expected) {
                    Issue.record("\(place) \(story): \(trouble)")
                }
                try await shop.discard()
            }
        }
    }

    private func go(_ cell: Cell, loss: PowerCut.Loss = .everything) async throws {
        try await Place.$current.withValue(cell.place) {
            for hit in try await hits(cell) {
                let trial = Trial(
                    story: cell.story, point: cell.point, action: cell.action, hit: hit, loss: loss)
                for trouble in try await trial.troubles() { Issue.record("\(cell.place) \(trouble)") }
            }
        }
    }

    /// `PULIH_FAULT_HITS=1` looks at one passage each, in a hurry.
    private static let mostHits =
        ProcessInfo.processInfo.environment["PULIH_FAULT_HITS"].flatMap { Int($0) } ?? .max

    /// The first and the last passage, and some between, other ones in every cell.
    private func hits(_ cell: Cell) async throws -> [Int] {
        // Beats come by time, and often when one is armed.
        if cell.point == .heartbeatBefore || cell.point == .heartbeatAfter { return [1, 3] }
        let count = try #require(
            try await Uninterrupted.of(cell.story).counts[cell.point.rawValue], "nobody passes")
        let most = min(cell.hits, Self.mostHits)
        guard most > 1, count > 1 else { return [1] }
        let shift = cell.testDescription.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_009 }
        let span = max(1, (count - 2) / max(1, most - 2))
        let between = (0..<max(0, most - 2)).map { 2 + $0 * span + shift % span }
        return Set([1, count] + between.filter { $0 < count }).sorted()
    }
}
