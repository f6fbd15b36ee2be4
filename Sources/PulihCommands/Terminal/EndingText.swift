internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

/// How an unattended run of one client ended, for people or as JSON.
struct EndingText {
    private let ending: Unattended.Ending

    init(_ ending: Unattended.Ending) {
        self.ending = ending
    }

    func print() {
        switch ending.outcome {
        case .success(let result): RunText(result).print(asJSON: false)
        case .failure(let error): Output.error.line("pulih: \(ending.client): \(error.description)")
        }
    }

    /// A run's own value, or the client with the error that kept it from running.
    var json: JSONValue {
        switch ending.outcome {
        case .success(let result): RunText(result).json
        case .failure(let error):
            ["client": .string(ending.client), "exit": exit, "error": StepError(error).json]
        }
    }

    /// What the alert hook gets.
    func alert(_ workspace: String, at: Int64) -> JSONValue {
        let common: [JSONMember] = [
            JSONMember("client", .string(ending.client)), JSONMember("workspace", .string(workspace)),
            JSONMember("at", .string(Timestamp.format(at))), JSONMember("exit", exit),
            JSONMember("restarts", .number(ending.restarts)),
        ]
        switch ending.outcome {
        case .success(let result):
            return .object(
                common + [
                    JSONMember("batch_id", .optional(result.batch?.description)),
                    JSONMember("status", .string(result.status.rawValue)),
                    JSONMember("message", .string(result.message)),
                    JSONMember("next", .optional(result.next)),
                ])
        case .failure(let error):
            let batch = BatchID(error.object)
            return .object(
                common + [
                    JSONMember("batch_id", .optional(batch?.description)),
                    JSONMember("status", .string(batch == nil ? error.code.description : "FAILED")),
                    JSONMember("message", .string(error.summary)),
                    JSONMember("next", .string("pulih status \(ending.client)")),
                ])
        }
    }

    private var exit: JSONValue { .number(Int(ending.exitCode.rawValue)) }
}
