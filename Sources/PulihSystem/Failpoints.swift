internal import Glibc

/// Failpoints as armed by `PULIH_FAILPOINTS`, for example
/// `claim.before_intent=kill;load_bronze.before_commit=fail*2:3`.
///
/// `NAME=ACTION[*K][:N]`: at the Nth time the point is passed, 1 if absent; failing actions K times from there. The
/// name `any` counts the passages of all points. `PULIH_FAILPOINTS_COUNT=FILE` writes at exit how often each was
/// passed. With neither set, a hit costs one comparison.
public enum Failpoints {
    /// Tells of an unknown failpoint or action in the variable. Call at start: later hits ignore a bad
    /// variable.
    public static func validate() throws(SystemFailure) {
        guard let plan = try armed.get() else { return }
        if plan.needsPowerCut, variable("PULIH_POWERCUT_ROOT") == nil {
            throw FailpointPlan.refusal("cut needs the power-cut layer of the tests; write kill")
        }
        if variable("PULIH_FAILPOINTS_COUNT") != nil { atexit { Failpoints.writeCounts() } }
    }

    /// Passes, dies or throws, as armed.
    @inline(__always)
    public static func hit(_ point: Failpoint) throws(SystemFailure) {
        if let plan { try plan.hit(point) }
    }

    /// As `hit`; nil is no point.
    @inline(__always)
    public static func hit(_ point: Failpoint?) throws(SystemFailure) {
        if let plan, let point { try plan.hit(point) }
    }

    /// Whether the variable names the point, whatever its action. For points that bend data; counts no hit.
    public static func isArmed(_ point: Failpoint) -> Bool {
        plan?.isArmed(point) ?? false
    }

    /// Set in a task that passes by the clock: nothing is counted there and nothing happens, lest the same number be
    /// another place every time.
    @TaskLocal public static var areOff = false

    /// Whether any is armed or counted.
    public static var isInUse: Bool { plan != nil }

    /// A system call between two points. What is armed there is what the call returns, with its error number.
    @inline(__always)
    static func call(_ before: Failpoint, after: Failpoint? = nil, _ body: () -> Int) -> Int {
        guard let plan else { return body() }
        return plan.call(before, after, body)
    }

    /// A call that writes up to so many bytes.
    @inline(__always)
    static func write(_ count: Int, _ body: (Int) -> Int) -> Int {
        guard let plan else { return body(count) }
        return plan.write(count, body)
    }

    private static let armed: Result<FailpointPlan?, SystemFailure> = {
        let text = variable("PULIH_FAILPOINTS") ?? ""
        guard !text.isEmpty || variable("PULIH_FAILPOINTS_COUNT") != nil else { return .success(nil) }
        return Result { () throws(SystemFailure) in try FailpointPlan(text) { $0.end() } }
    }()

    @usableFromInline static let plan: FailpointPlan? = {
        if case .success(let plan) = armed { plan } else { nil }
    }()

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    private static func writeCounts() {
        guard let plan, let path = variable("PULIH_FAILPOINTS_COUNT") else { return }
        do {
            let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o644)
            let code = writeFully(Array(plan.counts.utf8)[...], to: file.number)
            guard code == 0 else { throw SystemFailure("write", path: path, errno: code) }
        } catch {
            Output.error.line("\(error)")
        }
    }
}

/// How an armed point ends the process, or keeps it from ending.
struct FailpointEnd: Equatable, Sendable {
    let point: Failpoint
    let action: FailpointAction
    let hit: Int
    let passage: Int

    var line: String {
        let what =
            switch action {
            case .hang: "hangs"
            case .cut: "cut the power"
            default: "killed the process"
            }
        return "failpoint \(point.rawValue) \(what) at hit \(hit) (passage \(passage))"
    }

    func end() {
        _ = writeFully(Array("\(line)\n".utf8)[...], to: STDERR_FILENO)
        if action != .hang { _ = kill(getpid(), SIGKILL) }
        while true { _ = pause() }
    }
}
