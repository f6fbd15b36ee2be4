internal import Glibc

/// Which machine this is and since which boot: the ground on which a process identity means anything.
public struct HostIdentity: Equatable, Sendable, Codable {
    /// The same as long as the machine is; processes of two hosts cannot see each other. In a container of
    /// its own process namespace it names that too, for the same reason.
    public let hostID: String
    /// Another one after every boot.
    public let bootID: String
    /// For people to read.
    public let hostName: String

    public init(hostID: String, bootID: String, hostName: String) {
        self.hostID = hostID
        self.bootID = bootID
        self.hostName = hostName
    }

    /// From /etc/machine-id and /proc; the environment's `PULIH_HOST_ID` outranks the machine's id, and the
    /// host's name stands in where a machine has none. `PULIH_BOOT_ID` stands for another boot, for tests.
    public static func current() throws(SystemFailure) -> HostIdentity {
        try current(
            override: unsafe getenv("PULIH_HOST_ID").map { unsafe String(cString: $0) } ?? "",
            boot: unsafe getenv("PULIH_BOOT_ID").map { unsafe String(cString: $0) } ?? "")
    }

    static func current(override: String, boot: String = "") throws(SystemFailure) -> HostIdentity {
        let name = try readHostName()
        return HostIdentity(
            hostID: override.isEmpty ? try machineID(orName: name) : override,
            bootID: boot.isEmpty
                ? trimmed(try FileReader.readText("/proc/sys/kernel/random/boot_id", limit: 4_096)) : boot,
            hostName: name)
    }

    private static func machineID(orName hostName: String) throws(SystemFailure) -> String {
        var id = "name:\(hostName)"
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            do {
                let text = trimmed(try FileReader.readText(path, limit: 4_096))
                if !text.isEmpty {
                    id = text
                    break
                }
            } catch  where error.isMissing {
                continue
            }
        }
        guard let namespace = try FileIdentity.ifPresent("/proc/self/ns/pid")?.inode,
            namespace != initialProcessNamespace
        else { return id }
        return "\(id)/pid:\(namespace)"
    }

    /// The inode that Linux gives the namespace of the machine itself (PROC_PID_INIT_INO).
    private static let initialProcessNamespace: UInt64 = 0xEFFF_FFFC

    private static func readHostName() throws(SystemFailure) -> String {
        // POSIX allows 255 bytes and leaves the end unmarked if it had to cut.
        var bytes = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&bytes, 255) == 0 else {
            throw SystemFailure("read the host's name", errno: Glibc.errno)
        }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func trimmed(_ text: String) -> String {
        String(text.prefix { !$0.isWhitespace })
    }
}
