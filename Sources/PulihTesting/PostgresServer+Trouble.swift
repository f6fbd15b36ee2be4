internal import Foundation
internal import Glibc
internal import PulihSystem

/// What happens to servers.
extension PostgresServer {
    /// A hot standby that follows this server.
    public func makeStandby() async throws -> PostgresServer {
        let standby = try await PostgresServer(
            folder: try Self.newFolder(), binaries: binaries, administrator: administrator)
        try await asOwner(
            "\(binaries)/pg_basebackup",
            ["-d", url(), "-D", standby.data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
        try standby.configure([:])
        try await standby.start()
        return standby
    }

    /// Makes a standby a server that can be written.
    public func promote() async throws {
        try await asOwner("\(binaries)/pg_ctl", ["promote", "-w", "-D", data])
    }

    /// A tablespace on a file system of its own. - Returns: that file system.
    public func makeTablespace(_ name: String, megabytes: Int) async throws -> SmallDisk {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let disk = try await SmallDisk(at: path, megabytes: megabytes)
        try await mustRun("chown", ["postgres", path])
        try await sql("CREATE TABLESPACE \(name) LOCATION '\(path)'")
        return disk
    }

    /// Waits until an SQL condition holds, as seen by the server's administrator.
    public func waitUntil(_ condition: String, database: String = "postgres") async throws {
        try await sql(
            """
            DO $wait$
            DECLARE deadline timestamptz := clock_timestamp() + interval '60 seconds';
            BEGIN
                LOOP
                    EXIT WHEN (\(condition));
                    IF clock_timestamp() > deadline THEN RAISE EXCEPTION 'it never came true'; END IF;
                    PERFORM pg_sleep(0.01);
                    -- What others do in the meantime is seen by a new transaction.
                    COMMIT;
                END LOOP;
            END $wait$
            """, database: database)
    }

    /// The name in one of this server's URLs.
    public static func database(_ url: String) -> String { String(url.split(separator: "/").last ?? "") }
}

/// A file system in memory of a few megabytes, so that a disk can be full without harm. Only root may mount one.
public final class SmallDisk: Sendable {
    public let path: String

    /// - Parameter path: of a folder that is there.
    public init(at path: String, megabytes: Int) async throws {
        self.path = path
        guard getuid() == 0 else {
            throw TestFailure("the test of a full disk mounts a tmpfs, which only root may: run it as root")
        }
        try await Self.mount(["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
    }

    deinit {
        do {
            // A server may still have it open.
            let outcome = try ChildProcess.runBlocking("umount", ["--lazy", path])
            if !outcome.isSuccess { print("left mounted: \(path): \(outcome.errorText)") }
        } catch {
            print("left mounted: \(path): \(error)")
        }
    }

    public func grow(megabytes: Int) async throws {
        try await Self.mount(["-o", "remount,size=\(megabytes)m", path])
    }

    /// Takes all room but this.
    public func fill(leavingMegabytes room: Int) throws {
        let free = try FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? NSNumber
        let bytes = (free?.intValue ?? 0) - room << 20
        guard bytes > 0 else { throw TestFailure("\(path) is fuller than \(room) MB already") }
        try Data(count: bytes).write(to: URL(fileURLWithPath: path + "/ballast"))
    }

    /// Gives back what `fill` took.
    public func clear() throws { try FileManager.default.removeItem(atPath: path + "/ballast") }

    private static func mount(_ arguments: [String]) async throws {
        let outcome = try await ChildProcess.run("mount", arguments)
        guard outcome.isSuccess else {
            throw TestFailure("mount \(arguments.joined(separator: " ")): \(outcome.errorText)")
        }
    }
}
