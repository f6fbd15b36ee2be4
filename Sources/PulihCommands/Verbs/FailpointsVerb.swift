internal import PulihModel
internal import PulihSystem

extension Verb {
    static let failpoints = Verb(
        "failpoints", summary: "list the places where a run can be made to die or fail, for tests",
        discussion:
            """
            PULIH_FAILPOINTS=NAME=ACTION[*K][:N] arms one for the verb that follows: at the Nth time it is passed, 1 if
            absent; actions that fail do so K times. Several are separated by ';'. The name 'any' counts the passages
            of all points and takes kill, cut, fail and hang. PULIH_FAILPOINTS_COUNT=FILE writes at exit how often
            each was passed.
            """,
        examples: [
            "pulih failpoints", "PULIH_FAILPOINTS=publish.before_commit=kill pulih start client1",
            "PULIH_FAILPOINTS=any=kill:137 pulih start client1",
        ]
    ) { invocation in
        if invocation.isJSON {
            let list = Failpoint.allCases.map { point -> JSONValue in
                [
                    "name": .string(point.rawValue), "words": .string(point.words),
                    "passed": .string(point.passed),
                    "actions": .array(point.actions.map { .string($0.rawValue) }),
                ]
            }
            Output.standard.line(JSONValue.array(list).pretty)
            return .done
        }
        let rows = Failpoint.allCases.map { point in
            [point.rawValue, point.passed, point.words, point.actions.map(\.rawValue).joined(separator: " ")]
        }
        for line in Columns.aligned([["NAME", "PASSED", "WHAT", "ACTIONS"]] + rows) {
            Output.standard.line(line)
        }
        return .done
    }
}

extension Failpoint {
    /// Where a run passes it.
    fileprivate var passed: String {
        switch kind {
        case .call, .store: "everywhere"
        case .step, .data: String(rawValue.prefix { $0 != "." })
        }
    }
}
