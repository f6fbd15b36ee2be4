internal import PulihModel
internal import PulihSystem

/// Files of batches that are done, between the workspace and its storage places: all work is done on files that lie in
/// the workspace, and what is done rests in the store.
struct Resting: Sendable {
    let environment: RunEnvironment
    let client: Client
    let auditor: Auditor

    var layout: WorkspaceLayout { environment.layout }
    var files: BatchFiles { BatchFiles(layout: layout, client: client.name) }
    var manifests: ManifestStore { ManifestStore(layout: layout, client: client.name) }
}

extension HeldClient {
    var resting: Resting { Resting(environment: environment, client: client, auditor: auditor) }

    /// Puts to rest what is done, and says in the result what could not be.
    func rested(_ result: RunResult) async -> RunResult {
        guard !environment.places.isEmpty, !isDry else { return result }
        var result = result
        let findings = await resting.rest(heartbeat)
        result.findings += findings
        if !findings.isEmpty, result.status == .success { result.status = .warning }
        return result
    }
}

extension BatchContext {
    var resting: Resting { Resting(environment: environment, client: client, auditor: auditor) }
}
