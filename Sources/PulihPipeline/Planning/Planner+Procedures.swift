internal import PulihModel

/// Procedures in the plan. What they read is not known, so each counts as reading everything that the batch loads and
/// builds, and what procedures before it leave.
extension Planner {
    /// Those of one way of publishing, in the order in which they are called.
    func procedureSteps(
        _ mode: Procedure.PublishMode, after inputs: ProcedureInputs, prints: inout [ProcedureName: String],
        running: inout [Procedure]
    ) -> [PlannedStep] {
        input.configuration.procedures.filter { $0.publish == mode }.map { procedure in
            let before = input.configuration.procedures.filter { procedure.comesAfter($0) }
            let fingerprint = Fingerprint.of(
                [
                    "procedure 1", procedure.fingerprintText, input.definitions[procedure.name] ?? "",
                    inputs.fingerprint,
                ] + before.compactMap { prints[$0.name] })
            prints[procedure.name] = fingerprint
            let decision = decide(procedure, fingerprint, after: inputs, running: running)
            if decision.runs { running.append(procedure) }
            return PlannedStep(
                id: procedure.step, decision: decision, fingerprint: fingerprint,
                dependsOn: inputs.steps.map(\.id)
                    + procedure.needs.compactMap { input.configuration.procedure($0)?.step },
                subject: .procedure(procedure.name))
        }
    }

    private func decide(
        _ procedure: Procedure, _ fingerprint: String, after inputs: ProcedureInputs, running: [Procedure]
    ) -> Decision {
        if input.mode == .start { return .run("new batch") }
        if forces(procedure.stage) { return .run(forcedReason) }
        if let step = inputs.steps.first(where: { $0.decision.runs }) { return .run("\(step.id) runs") }
        if let model = inputs.steps.first(where: { $0.isModel && !isLive($0) }) {
            return .run("\(model.id.thing) is published")
        }
        if let before = running.first(where: { procedure.comesAfter($0) }) {
            return .run("\(before.name) runs")
        }
        guard let last = newest(procedure.step) else { return .run("did not end well in this warehouse yet") }
        guard last.batch == input.manifest.batch else { return .run("what stands comes from \(last.batch)") }
        return last.fingerprint == fingerprint
            ? .keep("the ledger holds this call, and nothing that it may read changed")
            : .run("it or what it may read changed")
    }
}

/// What procedures may read: steps, and the state that these leave.
struct ProcedureInputs {
    let steps: [PlannedStep]
    let fingerprint: String
}

extension PlannedStep {
    var isModel: Bool {
        if case .model = subject { true } else { false }
    }
}

extension Procedure {
    /// Whether the other one may have written what this one reads: it is needed, of an earlier stage, or a dimension
    /// of a fact.
    fileprivate func comesAfter(_ other: Procedure) -> Bool {
        needs.contains(other.name) || other.stage < stage
            || (other.stage == stage && kind == .fact && other.kind == .dimension)
    }
}
