internal import Foundation
internal import PulihModel

/// Where a command was when it was killed.
struct Kill: Sendable {
    let verb: Command.Verb
    /// A stage, or what goes on around the stages.
    let phase: String

    /// Before and after the steps: taking the client, taking the files, planning and ending a batch, what a verb notes.
    static let phases =
        ["lease", "claim"] + Stage.allCases.map(\.rawValue) + ["batch", "replace", "release"]

    /// Reads what the dead command left, and leaves it as it is.
    init(of verb: Command.Verb, _ ended: Program.Ended, in workspace: Workspace) async throws {
        self.verb = verb
        let tables = try await CatalogReading.rows(
            workspace,
            [
                "SELECT stage FROM {tools}step_log WHERE status = 'RUNNING' ORDER BY sequence DESC LIMIT 1",
                "SELECT pid FROM {tools}run_lease WHERE CAST(held AS integer) = 1",
                "SELECT batch_id FROM {tools}batch WHERE status = 'RUNNING'",
            ], leavingAsIs: true)
        let holder = tables[1].first?[0]
        let named = ended.failpoint?.split(separator: ".").first.map(String.init) ?? ""
        if holder != "\(ended.pid)" {
            phase = "lease"
        } else if let stage = tables[0].first?[0] {
            phase = Self.following(ended.text, stage) ?? stage
        } else if ["claim", "lease", "replace", "release"].contains(named) {
            phase = named
        } else if let batch = tables[2].first?[0] {
            let manifest = "batch_output_client1_\(batch).json"
            let isClaimed = try workspace.files().contains { $0.hasSuffix(manifest) }
            phase = isClaimed ? "batch" : "claim"
        } else {
            switch verb {
            case .replace: phase = "replace"
            case .release: phase = "release"
            case .start: phase = try workspace.isCollected ? "lease" : "claim"
            case .restart, .reprocess: phase = "lease"
            }
        }
    }

    /// The journal hears of the stages of a small file together; what was told of the last one says how far it was.
    private static func following(_ text: String, _ journaled: String) -> String? {
        let chain = Stage.allCases.filter(\.isFileStage).map(\.rawValue)
        guard chain.contains(journaled) else { return nil }
        for line in text.split(separator: "\n").reversed() {
            let words = line.split(separator: " ").map(String.init)
            // `12 of 24 OK convert store.orders [3 rows in 0.0 s]`
            guard words.count > 4, words[1] == "of", ["OK", "WARN", "KEPT"].contains(words[3]),
                let place = chain.firstIndex(of: words[4])
            else { continue }
            return place + 1 < chain.count ? chain[place + 1] : nil
        }
        return nil
    }
}
