internal import PulihModel

/// Steps that run one after the other: the stages of a file, a single model, the procedures of a publication and
/// last the publication itself, or the procedures after it.
struct Unit: Sendable {
    let steps: [PlannedStep]
    /// Steps of other units that must have ended well before.
    let dependsOn: Set<StepID>
    /// Works on little, so that it waits for the disk most of the time.
    var isSmall = false

    /// Groups a plan's steps, in its order.
    /// - Parameter small: the files that are.
    static func units(of steps: [PlannedStep], small: Set<String> = []) -> [Unit] {
        let published = Set(steps.first { $0.id.stage == .publish }?.dependsOn ?? [])
        var units: [Unit] = []
        var places: [String: Int] = [:]
        for step in steps {
            let group: String? =
                switch step.subject {
                case .file: "file \(step.id.thing)"
                case .procedure: published.contains(step.id) ? "publish" : "procedures"
                case .batch: step.id.stage.rawValue
                case .model: nil
                }
            let position = group.flatMap { places[$0] } ?? units.count
            if let group { places[group] = position }
            if position == units.count { units.append(Unit(steps: [], dependsOn: [])) }
            let members = units[position].steps + [step]
            units[position] = Unit(
                steps: members,
                dependsOn: units[position].dependsOn.union(step.dependsOn).subtracting(members.map(\.id)),
                isSmall: step.id.stage.isFileStage && small.contains(step.id.thing))
        }
        return units
    }
}

/// Runs units side by side, each when what it depends on has ended well; a failure skips what depends on it.
struct Scheduler: Sendable {
    /// Units that run at once.
    let limit: Int
    /// As many small ones take the place of `limit` others.
    var smallLimit: Int?
    let failFast: Bool
    /// Runs a unit and returns how its steps ended. Never throws: a failure is an outcome.
    let run: @Sendable (Unit) async -> [StepRecord]
    /// Called for a unit that cannot run, with the reason.
    let skip: @Sendable (Unit, String) async -> [StepRecord]
    /// Why nothing more is to begin; nil: go on.
    var stopped: @Sendable () -> String? = { Task.isCancelled ? "cancelled" : nil }

    /// - Returns: how every step ended, in the order in which they ended.
    func execute(_ units: [Unit]) async -> [StepRecord] {
        var waiting: [Int: Set<StepID>] = [:]
        var dependents: [StepID: [Int]] = [:]
        let known = Set(units.flatMap { $0.steps.map(\.id) })
        var ready: [Int] = []
        for (index, unit) in units.enumerated() {
            let open = unit.dependsOn.intersection(known)
            if open.isEmpty { ready.append(index) } else { waiting[index] = open }
            for id in open { dependents[id, default: []].append(index) }
        }
        var ended: [StepRecord] = []
        var position = 0
        var failed = false

        await withTaskGroup(of: (Int, [StepRecord]).self) { group in
            var used = 0
            while true {
                while position < ready.count, used + cost(units[ready[position]]) <= capacity,
                    !(failed && failFast), stopped() == nil
                {
                    let index = ready[position]
                    position += 1
                    used += cost(units[index])
                    group.addTask { (index, await run(units[index])) }
                }
                guard used > 0, let (index, records) = await group.next() else { break }
                used -= cost(units[index])
                ended += records
                var newlyEnded = [(units[index], records)]
                while let (unit, records) = newlyEnded.popLast() {
                    let bad =
                        records.first { $0.status == .failed } ?? records.first { !$0.status.isGood }
                    if let bad, bad.status == .failed { failed = true }
                    for dependent in Set(unit.steps.flatMap { dependents[$0.id] ?? [] }).sorted() {
                        guard var open = waiting[dependent] else { continue }
                        if let bad {
                            waiting[dependent] = nil
                            let skipped = await skip(units[dependent], Scheduler.reason(bad))
                            ended += skipped
                            newlyEnded.append((units[dependent], skipped))
                            continue
                        }
                        open.subtract(unit.steps.map(\.id))
                        waiting[dependent] = open.isEmpty ? nil : open
                        if open.isEmpty { ready.append(dependent) }
                    }
                }
            }
        }
        let rest = ready[position...] + waiting.keys.sorted()
        for index in rest {
            ended += await skip(units[index], stopped() ?? "stopped at the first failure (--fail-fast)")
        }
        return ended
    }

    private var capacity: Int { limit * (smallLimit ?? limit) }

    /// Small units use a part of what the others do.
    private func cost(_ unit: Unit) -> Int { unit.isSmall ? limit : smallLimit ?? limit }

    private static func reason(_ record: StepRecord) -> String {
        // What was skipped names the failure at its root.
        record.status == .skipped ? record.reason : "\(record.step) \(record.status.rawValue.lowercased())"
    }
}
