internal import Glibc
internal import Synchronization

/// Failpoints as armed by `PULIH_FAILPOINTS`, for example
/// `claim.before_intent=kill;load_bronze.before_commit=fail:3`.
///
/// `kill` ends the process as a power cut would (SIGKILL), `fail` throws; `:N` means at the Nth hit only, 1
/// if absent. Unset, a hit costs one comparison.
public enum Failpoints {
    /// Tells of an unknown failpoint or action in the variable. Call at start: later hits ignore a bad
    /// variable.
    public static func validate() throws(SystemFailure) {
        _ = try armed.get()
    }

    /// Passes, dies or throws, as armed.
    @inline(__always)
    public static func hit(_ point: Failpoint) throws(SystemFailure) {
        if let plan { try plan.hit(point) }
    }

    /// Whether the variable names the point, whatever its action. For points that bend data; counts no hit.
    public static func isArmed(_ point: Failpoint) -> Bool {
        plan?.isArmed(point) ?? false
    }

    private static let armed: Result<FailpointPlan?, SystemFailure> = {
        guard let text = unsafe getenv("PULIH_FAILPOINTS").map({ unsafe String(cString: $0) }), !text.isEmpty
        else {
            return .success(nil)
        }
        return Result { () throws(SystemFailure) in
            try FailpointPlan(text) { _ = Glibc.kill(getpid(), SIGKILL) }
        }
    }()

    @usableFromInline static let plan: FailpointPlan? = {
        if case .success(let plan) = armed { plan } else { nil }
    }()
}

/// Which points are armed, and how often each was hit. Safe to use from any thread.
@usableFromInline final class FailpointPlan: Sendable {
    private enum Action: String {
        case kill, fail
    }

    private struct Charge {
        let action: Action
        let atHit: Int
        var hits = 0
    }

    private let charges: Mutex<[Failpoint: Charge]>
    private let kill: @Sendable () -> Void

    /// - Parameter kill: ends the process.
    init(_ text: String, kill: @escaping @Sendable () -> Void) throws(SystemFailure) {
        var charges: [Failpoint: Charge] = [:]
        for entry in text.split(separator: ";") {
            let (point, charge) = try FailpointPlan.parse(entry)
            guard charges.updateValue(charge, forKey: point) == nil else {
                throw refusal("\(point.rawValue) stands there twice")
            }
        }
        self.charges = Mutex(charges)
        self.kill = kill
    }

    @usableFromInline func hit(_ point: Failpoint) throws(SystemFailure) {
        let due = charges.withLock { charges -> (action: Action, hit: Int)? in
            guard var charge = charges[point] else { return nil }
            charge.hits += 1
            charges[point] = charge
            return charge.hits == charge.atHit ? (charge.action, charge.hits) : nil
        }
        switch due?.action {
        case nil: return
        case .kill: kill()
        case .fail:
            throw SystemFailure(
                "pass failpoint", path: point.rawValue, errno: EIO, text: "armed to fail at hit \(due!.hit)")
        }
    }

    func isArmed(_ point: Failpoint) -> Bool {
        charges.withLock { $0[point] != nil }
    }

    private static func parse(_ entry: Substring) throws(SystemFailure) -> (Failpoint, Charge) {
        let sides = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let point = Failpoint(rawValue: String(sides[0])) else {
            let known = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal("there is no failpoint \(sides[0]); there are \(known)")
        }
        guard sides.count == 2 else { throw refusal("\(point.rawValue) has no action; write =kill or =fail") }
        let parts = sides[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let action = Action(rawValue: String(parts[0])) else {
            throw refusal("\(point.rawValue) has the unknown action \(parts[0]); write kill or fail")
        }
        guard parts.count == 2 else { return (point, Charge(action: action, atHit: 1)) }
        guard let atHit = Int(parts[1]), atHit > 0 else {
            throw refusal("\(point.rawValue) counts from 1: \(parts[1]) is no number of a hit")
        }
        return (point, Charge(action: action, atHit: atHit))
    }
}

private func refusal(_ text: String) -> SystemFailure {
    SystemFailure("arm failpoints", path: "PULIH_FAILPOINTS", errno: EINVAL, text: text)
}
