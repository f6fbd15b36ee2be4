import PulihModel

/// Checks procedures against each other and puts them in the order in which they run.
struct ProcedureOrder {
    /// As written, stage by stage.
    let procedures: [ReadProcedure]
    let problems: ProblemList

    /// Stage by stage, each after what it needs; dimensions before facts among equals, then as written.
    func sorted() -> [Procedure] {
        checkNames()
        for read in procedures { check(read) }
        var waiting = procedures.map(\.procedure)
        var order: [Procedure] = []
        while !waiting.isEmpty {
            let ready = waiting.filter { procedure in
                !needed(by: procedure).contains { need in waiting.contains { $0.name == need.name } }
            }
            let next = ready.min { rank($0) < rank($1) } ?? reportCircle(waiting)
            order.append(next)
            waiting.removeAll { $0.name == next.name }
        }
        return order
    }

    /// Ties are left as they stand: `min` gives the first.
    private func rank(_ procedure: Procedure) -> (Int, Int) {
        let stages: [Stage] = [.transform, .integrate, .refreshMV]
        let kinds: [ProcedureKind] = [.dimension, .other, .fact]
        return (
            stages.firstIndex(of: procedure.stage) ?? stages.count,
            kinds.firstIndex(of: procedure.kind) ?? kinds.count
        )
    }

    private func named(_ name: ProcedureName) -> Procedure? {
        procedures.first { $0.procedure.name == name }?.procedure
    }

    /// What it needs and can have.
    private func needed(by procedure: Procedure) -> [Procedure] {
        procedure.needs.compactMap(named).filter { $0.name != procedure.name && $0.stage <= procedure.stage }
    }

    private func checkNames() {
        var lines: [ProcedureName: Int] = [:]
        for procedure in procedures.map(\.procedure) {
            if let earlier = lines[procedure.name] {
                problems.report(
                    procedure.at, "procedure \(procedure.name) stands in line \(earlier) already",
                    hint: "a batch calls it once")
            }
            lines[procedure.name] = lines[procedure.name] ?? procedure.at.line
        }
    }

    private func check(_ read: ReadProcedure) {
        let procedure = read.procedure
        for (position, need) in read.needs.enumerated() {
            guard let other = named(need.name) else {
                let names = procedures.map(\.procedure.name.description)
                problems.report(
                    need.at, "\(procedure.name) needs an unknown procedure \(need.name)",
                    hint: Suggestion.hint(for: need.name.description, among: names))
                continue
            }
            if read.needs[..<position].contains(where: { $0.name == need.name }) {
                problems.report(need.at, "procedure \(need.name) stands twice in the list")
            }
            if other.name == procedure.name {
                problems.report(need.at, "\(procedure.name) needs itself")
            } else if other.stage > procedure.stage {
                problems.report(
                    need.at, "\(procedure.name) needs \(other.name) of a later stage",
                    hint: "move one of them; transform runs first, then integrate, then refresh")
            } else if other.publish == .step, procedure.publish == .batch {
                problems.report(
                    need.at, "\(procedure.name) needs \(other.name), which runs after the batch is published",
                    hint: "both must be of 'publish: step', or both not")
            }
        }
    }

    /// Each that waits needs another one that waits, so walking back must come round.
    /// - Returns: one of the circle.
    private func reportCircle(_ waiting: [Procedure]) -> Procedure {
        var path = [waiting[0]]
        while true {
            let next = needed(by: path[path.count - 1]).first { need in
                waiting.contains { $0.name == need.name }
            }!
            if let start = path.firstIndex(where: { $0.name == next.name }) {
                let round = (path[start...] + [next]).map(\.name.description).joined(separator: " -> ")
                problems.report(next.at, "procedures need each other in a circle: \(round)")
                return next
            }
            path.append(next)
        }
    }
}
