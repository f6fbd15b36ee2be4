internal import PulihModel
internal import PulihSystem

/// The last step of a run: puts files where their fate says and the manifest into the folder of the farthest stage.
/// Safe to repeat: what has moved is left where it is.
struct Finalizer: Sendable {
    let context: BatchContext

    func run(_ ended: [StepRecord]) async throws -> StepOutcome {
        let good = ended.allSatisfy(\.status.isGood)
        let failedThings = Set(
            ended.filter { $0.step.stage.isFileStage && $0.status == .failed }.map(\.step.thing))
        let (files, manifest) = (context.files, context.manifest)
        let place = good ? farthest : .failed
        let manifests = ManifestStore(layout: context.environment.layout, client: context.client.name)
        try Failpoints.hit(.finalizeBeforeMove)
        try await BlockingWork.run {
            if good {
                try files.archiveData(manifest.files)
            } else {
                try files.putAside(manifest.files.filter { failedThings.contains($0.thing) })
            }
            try manifests.move(manifest.batch, to: place)
        }
        try Failpoints.hit(.finalizeAfterMove)
        return StepOutcome(details: ["manifest": .string(place.rawValue)])
    }

    private var farthest: WorkspaceLayout.ManifestPlace {
        let stages = Set(context.plan.steps.map(\.id.stage))
        if stages.contains(.refreshMV) { return .refreshed }
        return stages.contains(.integrate) ? .archive : .success
    }
}
