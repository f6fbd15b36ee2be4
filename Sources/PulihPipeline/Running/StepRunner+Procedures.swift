internal import PulihModel
internal import PulihSystem

extension StepRunner {
    /// A publication with the procedures that are called in it: one transaction, a record for each.
    func runPublication(_ steps: [PlannedStep]) async -> [StepRecord] {
        guard let publish = steps.last, publish.decision.runs else { return await settle(steps) }
        let kept = steps.filter { !$0.decision.runs }.map(settled)
        for record in kept { tell(record) }
        let called = steps.dropLast().filter(\.decision.runs)
        var begun: [StepRecord] = []
        for step in called + [publish] {
            begun.append(context.begun(step, reason: "ran: \(step.decision.reason)"))
        }
        if let broken = await journalFailure(kept + begun) { return kept + [broken] }
        context.environment.report(.stepBegan(publish.id))

        let starts = Gathered<[ProcedureName: Int64]>([:])
        let result = Gathered<PublishOutcome?>(nil)
        let (models, procedures, environment) = (models, ProcedureSteps(context), context.environment)
        let retried = RetriedStep(
            begun: begun[begun.count - 1], companions: begun.dropLast(),
            committed: { _ in
                let outcome = try await models.published(
                    procedures: try called.map { try procedures.call($0) })
                result.update { $0 = outcome }
                return ModelSteps.published(outcome)
            })
        var published = await outcome(of: retried) {
            starts.update { $0 = [:] }
            result.update { $0 = nil }
            let calls = try called.map { try procedures.call($0) }
            let outcome = try await models.publish(publish, procedures: calls) { name in
                starts.update { $0[name] = environment.clock.now() }
                for call in calls.prefix(while: { $0.procedure.name != name }) {
                    environment.report(.stepWaits(call.procedure.step))
                }
                if let step = environment.configuration.procedure(name)?.step {
                    environment.report(.stepBegan(step))
                }
            }
            result.update { $0 = outcome }
            return ModelSteps.published(outcome)
        }
        let outcomes = result.value?.procedures ?? []
        if let failed = outcomes.first(where: \.hasFailed) {
            published.status = .skipped
            published.reason = "rolled back: \(failed.name.name) failed"
            published.details = .null
        }
        var records: [StepRecord] = []
        for (step, var record) in zip(called, begun) {
            guard case .procedure(let name) = step.subject,
                let procedure = environment.configuration.procedure(name)
            else { continue }
            record.attempt = context.attempts[step.id]
            record.startedAt = starts.value[name] ?? record.startedAt
            procedures.end(
                &record, outcomes.first { $0.name == name }, procedure,
                or: "rolled back: \(publish.id) \(published.status.rawValue.lowercased())")
            records.append(record)
        }
        records.append(published)
        for record in records { tell(record) }
        return kept + (await journaled(records, audit: records))
    }

    /// Procedures of `publish: step`, one after the other; what needs a failed one is skipped.
    func runProcedures(_ steps: [PlannedStep]) async -> [StepRecord] {
        let procedures = ProcedureSteps(context)
        var records: [StepRecord] = []
        var failures: [ProcedureName: String] = [:]
        for step in steps {
            guard step.decision.runs else {
                records += await settle([step])
                continue
            }
            var reason: String?
            if let stopped = context.stopped {
                reason = stopped
            } else if context.failFast, let failed = records.first(where: { $0.status == .failed }) {
                reason = "\(failed.step) failed, and --fail-fast stops there"
            } else if case .procedure(let name) = step.subject,
                let procedure = context.environment.configuration.procedure(name)
            {
                reason = procedure.needs.compactMap { failures[$0] }.first
            }
            let ended: [StepRecord]
            if let reason {
                let record = skipped(step, reason: reason)
                tell(record)
                ended = await journaled([record])
            } else {
                let details: JSONValue = ["publish": "step"]
                let committed: CommittedOutcome = { _ in StepOutcome(details: details) }
                ended = await runSingly(step, details: details, committed: committed) {
                    try await procedures.run(step)
                }
            }
            records += ended
            if case .procedure(let name) = step.subject, !ended.allSatisfy(\.status.isGood) {
                failures[name] = reason ?? "\(name.name) failed"
            }
        }
        return records
    }
}

extension ProcedureOutcome {
    fileprivate var hasFailed: Bool {
        if case .failed = status { true } else { false }
    }
}
