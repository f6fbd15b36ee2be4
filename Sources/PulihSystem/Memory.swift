internal import CSystem
internal import Glibc

/// Memory of this process and of its machine, in bytes.
public enum Memory {
    /// The most that this process had resident so far.
    public static func peakResident() throws(SystemFailure) -> Int64 {
        let kibibytes = pulih_peak_kib()
        guard kibibytes >= 0 else { throw SystemFailure("read peak memory", errno: Glibc.errno) }
        return Int64(kibibytes) * 1_024
    }

    /// What this process has resident now.
    public static func resident() throws(SystemFailure) -> Int64 {
        let path = "/proc/self/statm"
        let fields = try FileReader.readText(path, limit: 1 << 12).split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else {
            throw SystemFailure("read resident memory", path: path, errno: 0, text: "it holds no such number")
        }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// What the machine has, or less if a control group (a container's limit) grants less.
    public static func total() throws(SystemFailure) -> Int64 {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        guard pages > 0, pageSize > 0 else { throw SystemFailure("read total memory", errno: Glibc.errno) }
        let physical = Int64(pages) * Int64(pageSize)
        return min(physical, try groupLimit() ?? physical)
    }

    /// The lowest limit on the way from this process's group (version 2) up to the root.
    private static func groupLimit() throws(SystemFailure) -> Int64? {
        guard let groups = try textIfPresent("/proc/self/cgroup"),
            let entry = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
        else { return nil }
        var folder = "/sys/fs/cgroup" + entry.dropFirst(3)
        var lowest: Int64?
        while folder.hasPrefix("/sys/fs/cgroup") {
            let text = try textIfPresent(PathParts.join(folder, "memory.max"))
            // Without a limit the file says "max".
            if let limit = text.flatMap({ Int64($0.prefix { $0 != "\n" }) }) {
                lowest = min(limit, lowest ?? limit)
            }
            folder = PathParts.folder(of: folder)
        }
        return lowest
    }

    private static func textIfPresent(_ path: String) throws(SystemFailure) -> String? {
        do {
            return try FileReader.readText(path, limit: 1 << 20)
        } catch  where error.isMissing || error.isRefused {
            return nil
        }
    }
}
