internal import Glibc
internal import Synchronization

/// Which points are armed, and how often each was passed. Safe to use from any thread.
@usableFromInline final class FailpointPlan: Sendable {
    private struct Charge {
        /// nil: `any`.
        let point: Failpoint?
        let action: FailpointAction
        let hits: ClosedRange<Int>
    }

    private struct State {
        var hits: [Failpoint: Int] = [:]
        var passages = 0
    }

    /// What a point that is due makes of the operation.
    private enum Fault {
        case error(Int32, hit: Int)
        case short
    }

    private let charges: [Charge]
    private let state = Mutex(State())
    private let end: @Sendable (FailpointEnd) -> Void

    /// - Parameter end: ends the process, or hangs.
    init(_ text: String, end: @escaping @Sendable (FailpointEnd) -> Void) throws(SystemFailure) {
        var charges: [Charge] = []
        for entry in text.split(separator: ";") {
            let charge = try FailpointPlan.parse(entry)
            guard !charges.contains(where: { $0.point == charge.point && $0.hits.overlaps(charge.hits) })
            else {
                throw FailpointPlan.refusal("\(charge.point?.rawValue ?? "any") stands there twice")
            }
            charges.append(charge)
        }
        self.charges = charges
        self.end = end
    }

    var needsPowerCut: Bool { charges.contains { $0.action == .cut } }

    /// One line for each point that was passed, and the sum.
    var counts: String {
        let state = state.withLock { $0 }
        let lines = Failpoint.allCases.compactMap { point in
            state.hits[point].map { "\(point.rawValue) \($0)" }
        }
        return (lines + ["any \(state.passages)"]).map { $0 + "\n" }.joined()
    }

    @usableFromInline func hit(_ point: Failpoint) throws(SystemFailure) {
        guard case .error(let code, let hit) = pass(point) else { return }
        throw SystemFailure(
            "pass failpoint", path: point.rawValue, errno: code,
            text: code == EIO
                ? "armed to fail at hit \(hit)"
                : "\(SystemFailure("", errno: code).text) (armed at hit \(hit))")
    }

    func call(_ before: Failpoint, _ after: Failpoint?, _ body: () -> Int) -> Int {
        if case .error(let code, _) = pass(before) { return failed(code) }
        let result = body()
        guard result >= 0, let after, case .error(let code, _) = pass(after) else { return result }
        return failed(code)
    }

    func write(_ count: Int, _ body: (Int) -> Int) -> Int {
        switch pass(.writeBefore) {
        case .error(let code, _): failed(code)
        case .short: body((count + 1) / 2)
        case nil: body(count)
        }
    }

    func isArmed(_ point: Failpoint) -> Bool {
        charges.contains { $0.point == point }
    }

    private func failed(_ code: Int32) -> Int {
        Glibc.errno = code
        return -1
    }

    private func pass(_ point: Failpoint) -> Fault? {
        guard !Failpoints.areOff else { return nil }
        let (hit, passage) = state.withLock { state in
            state.passages += 1
            state.hits[point, default: 0] += 1
            return (state.hits[point]!, state.passages)
        }
        let due = charges.first {
            ($0.point == point && $0.hits.contains(hit)) || ($0.point == nil && $0.hits.contains(passage))
        }
        switch due?.action {
        case nil: return nil
        case .kill, .cut, .hang:
            end(FailpointEnd(point: point, action: due!.action, hit: hit, passage: passage))
            return nil
        case .fail, .eio: return .error(EIO, hit: hit)
        case .enospc: return .error(ENOSPC, hit: hit)
        case .eintr: return .error(EINTR, hit: hit)
        case .short: return .short
        }
    }

    private static func parse(_ entry: Substring) throws(SystemFailure) -> Charge {
        let sides = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(sides[0])
        let point = Failpoint(rawValue: name)
        guard point != nil || name == "any" else {
            let known = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal("there is no failpoint \(name); there are \(known) and any")
        }
        let possible = point?.actions ?? FailpointAction.anywhere
        let choice = possible.map(\.rawValue).joined(separator: ", ")
        guard sides.count == 2 else { throw refusal("\(name) has no action; write = and one of \(choice)") }
        let parts = sides[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let words = parts[0].split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        guard let action = FailpointAction(rawValue: String(words[0])), possible.contains(action) else {
            throw refusal("\(name) does not know the action \(words[0]); write one of \(choice)")
        }
        let times = words.count == 2 ? try number(words[1], "\(name): so many times") : 1
        let first = parts.count == 2 ? try number(parts[1], "\(name) counts from 1") : 1
        return Charge(point: point, action: action, hits: first...(first + times - 1))
    }

    private static func number(_ text: Substring, _ what: String) throws(SystemFailure) -> Int {
        guard let number = Int(text), number > 0, number < 1 << 40 else {
            throw refusal("\(what): \(text) is no such number")
        }
        return number
    }

    static func refusal(_ text: String) -> SystemFailure {
        SystemFailure("arm failpoints", path: "PULIH_FAILPOINTS", errno: EINVAL, text: text)
    }
}
