import PulihModel
import PulihSystem
import PulihTesting

/// A story in which one thing breaks once, and what is left after somebody has finished it.
struct Trial: Sendable, CustomStringConvertible {
    let story: Story
    let point: Failpoint
    let action: FailpointAction
    let hit: Int
    /// Of a power cut.
    var loss = PowerCut.Loss.everything

    var description: String { "\(story) \(point.rawValue)=\(action):\(hit)" }

    /// A few at a time: each needs a workspace, and on a server a database.
    private static let slots = Slots(4)

    /// - Returns: what is otherwise than after an uninterrupted run, or how the run itself went wrong.
    func troubles() async throws -> [String] {
        let expected = try await Uninterrupted.of(story).rest
        return try await Self.slots.withSlot {
            let shop = try await story.prepared()
            var troubles = try await suffer(shop)
            if troubles.isEmpty {
                do {
                    // Over a batch that failed 'start' begins nothing.
                    let hasDied = [.kill, .cut, .hang].contains(action)
                    try await story.finish(shop, shortly: hasDied && hit.isMultiple(of: 2))
                    troubles = try await Rest(of: shop).differences(
                        from: expected, isBegunAnew: story != .reprocess)
                } catch {
                    troubles = ["cannot be finished: \(error)"]
                }
            }
            try await shop.discard()
            return troubles.map { "\(self): \($0)" }
        }
    }

    private var failpoints: String { "\(point.rawValue)=\(action.rawValue):\(hit)" }

    private func suffer(_ shop: TestWorkspace) async throws -> [String] {
        switch action {
        case .kill:
            let output = try await story.act(shop, failpoints: failpoints)
            return died(output)
        case .cut:
            let disk = try await PowerCut(shop.root)
            let output = try await story.act(shop, failpoints: failpoints, environment: disk.environment)
            try disk.restore(loss)
            return died(output)
        case .hang:
            let output = try await story.actUntilItHangs(shop, failpoints: failpoints) {
                // Nobody else takes what a run holds that does nothing.
                if !point.isGeneric { try await shop.must("start", "client1", exit: 5) }
            }
            return died(output)
        case .eintr, .short:
            let output = try await story.act(shop, failpoints: failpoints)
            return output.exit == 0 ? [] : ["must not be noticed: \(output.everything)"]
        case .fail, .eio, .enospc:
            let output = try await story.act(shop, failpoints: failpoints)
            // Whoever tries again by itself ends well.
            guard let exit = output.exit, exit != 70 else { return ["is no failure: \(output.everything)"] }
            let reasons = [point.rawValue, "Input/output error", "No space left"]
            let isTold = exit == 0 || reasons.contains { (output.stdout + output.stderr).contains($0) }
            return isTold ? [] : ["does not tell why: \(output.everything)"]
        }
    }

    private func died(_ output: TestWorkspace.Output) -> [String] {
        output.signal == 9 && output.stderr.contains("failpoint \(point.rawValue) ")
            ? [] : ["did not die there: \(output.everything)"]
    }
}
