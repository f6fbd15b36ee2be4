internal import Glibc

/// One process of this host and boot; a later process with the same number is another.
public struct ProcessIdentity: Equatable, Hashable, Sendable, Codable {
    public let pid: Int32
    /// In clock ticks since boot.
    public let startTime: UInt64

    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// This process.
    public static func current() throws(SystemFailure) -> ProcessIdentity {
        guard let entry = try statistics(of: getpid()) else {
            throw SystemFailure("read", path: "/proc/self/stat", errno: ENOENT)
        }
        return ProcessIdentity(pid: getpid(), startTime: entry.startTime)
    }

    /// The process that has the number now; nil if none has.
    public static func of(pid: Int32) throws(SystemFailure) -> ProcessIdentity? {
        try statistics(of: pid).map { ProcessIdentity(pid: pid, startTime: $0.startTime) }
    }

    /// Whether that very process still runs. One that ended but was not collected by its parent counts as
    /// dead; one that the system hides from us (hidepid) as alive.
    public static func isAlive(_ identity: ProcessIdentity) throws(SystemFailure) -> Bool {
        guard let entry = try statistics(of: identity.pid) else {
            return identity.pid > 0 && Glibc.kill(identity.pid, 0) != 0 && Glibc.errno == EPERM
        }
        return entry.startTime == identity.startTime && !["Z", "X", "x"].contains(entry.state)
    }

    private static func statistics(
        of pid: Int32
    ) throws(SystemFailure) -> (state: String, startTime: UInt64)? {
        let path = "/proc/\(pid)/stat"
        let bytes: [UInt8]
        do {
            bytes = try FileReader.readAll(path, limit: 65_536)
        } catch  where error.isMissing || error.errno == ESRCH {
            return nil
        }
        guard let entry = parse(String(decoding: bytes, as: UTF8.self)) else {
            throw SystemFailure("read", path: path, errno: EINVAL, text: "its form is unknown")
        }
        return entry
    }

    /// The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    static func parse(_ text: String) -> (state: String, startTime: UInt64)? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // The state is field 3, the start time field 22.
        guard fields.count > 19, let startTime = UInt64(fields[19]) else { return nil }
        return (String(fields[0]), startTime)
    }
}
