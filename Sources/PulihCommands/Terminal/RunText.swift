internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

/// How a run ended, for people or as JSON.
struct RunText {
    private let result: RunResult

    init(_ result: RunResult) {
        self.result = result
    }

    func print(asJSON: Bool) {
        guard !asJSON else {
            Output.standard.line(json.pretty)
            return
        }
        for finding in result.findings { Output.standard.line("! \(finding)") }
        for step in result.steps where step.status == .failed {
            Output.standard.line("FAILED \(step.step)")
            guard let error = step.error else { continue }
            Output.standard.line("  \(error.summary.replacing("\n", with: "\n  "))")
            if !error.leftBehind.isEmpty { Output.standard.line("  left behind: \(error.leftBehind)") }
            if !error.hint.isEmpty { Output.standard.line("  HINT: \(error.hint)") }
        }
        let title =
            result.batch.map { "\($0) of \(result.client): \(result.status.rawValue)" } ?? result.client
        let time = result.seconds > 0 ? " [\(Columns.seconds(result.seconds))]" : ""
        Output.standard.line("\(title), \(result.message.split(separator: "\n").first ?? "")\(time)")
        if let next = result.next { Output.standard.line("next: \(next)") }
    }

    var json: JSONValue {
        [
            "client": .string(result.client), "batch_id": .optional(result.batch?.description),
            "batches": .strings(result.batches.map(\.description)), "status": .string(result.status.rawValue),
            "exit": .number(Int(result.exitCode.rawValue)), "message": .string(result.message),
            "seconds": .double(result.seconds), "findings": .strings(result.findings),
            "steps": .array(result.steps.map(\.json)), "next": .optional(result.next),
        ]
    }
}

/// What a run would do.
struct ExplanationText {
    private let explanation: Explanation
    private let client: String

    init(_ explanation: Explanation, client: String) {
        self.explanation = explanation
        self.client = client
    }

    func print(asJSON: Bool) {
        guard !asJSON else {
            Output.standard.line(json.pretty)
            return
        }
        for finding in explanation.findings { Output.standard.line("! \(finding)") }
        if let plan = explanation.plan {
            Output.standard.line("\(plan.mode.rawValue) of \(plan.batch) would do:")
            let rows = plan.steps.map { step in
                ["  " + word(step.decision), step.id.stage.rawValue, step.id.thing, step.decision.reason]
            }
            for line in Columns.aligned(rows) { Output.standard.line(line) }
        } else if explanation.files.isEmpty {
            Output.standard.line("nothing to do: no new file of \(client)")
        } else {
            Output.standard.line("start would make a batch of:")
            let rows = explanation.files.map {
                ["  " + $0.key.description, $0.name, Columns.plural($0.records, "record")]
            }
            for line in Columns.aligned(rows) { Output.standard.line(line) }
        }
    }

    private func word(_ decision: Decision) -> String {
        switch decision {
        case .run: "RUN"
        case .keep: "KEEP"
        case .leave: "LEAVE"
        }
    }

    private var json: JSONValue {
        [
            "client": .string(client), "batch_id": .optional(explanation.plan?.batch.description),
            "steps": .array(
                (explanation.plan?.steps ?? []).map { step in
                    [
                        "stage": .string(step.id.stage.rawValue), "thing": .string(step.id.thing),
                        "decision": .string(word(step.decision).lowercased()),
                        "reason": .string(step.decision.reason),
                        "fingerprint": .string(step.fingerprint),
                    ]
                }),
            "files": .array(
                explanation.files.map { file in
                    [
                        "name": .string(file.name), "file": .string(file.key.description),
                        "records": .number(file.records),
                    ]
                }),
            "findings": .strings(explanation.findings),
        ]
    }
}
