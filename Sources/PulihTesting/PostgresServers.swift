internal import Foundation
internal import Glibc

/// Servers of this process, ended when it ends.
enum PostgresServers {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var folders: [String] = []

    static func remember(_ folder: String) {
        lock.withLock {
            if folders.isEmpty { atexit { PostgresServers.endAll() } }
            folders.append(folder)
        }
    }

    /// Ends the server also when this process is killed: a shell waits for the end of a pipe that only we hold.
    static func watch(_ folder: String) throws {
        let script = """
            trap '' INT TERM HUP; cat > /dev/null
            read -r pid < "$1/data/postmaster.pid" && kill -QUIT "$pid"
            while kill -0 "$pid"; do sleep 0.1; done
            for disk in "$1"/*; do mountpoint -q "$disk" && umount --lazy "$disk"; done; rm -rf "$1"
            """
        let (watcher, life) = (Process(), Pipe())
        watcher.executableURL = URL(fileURLWithPath: "/bin/sh")
        watcher.arguments = ["-c", script, "sh", folder]
        watcher.standardInput = life.fileHandleForReading
        watcher.standardOutput = FileHandle.nullDevice
        watcher.standardError = FileHandle.nullDevice
        // Programs under test must not hold it open.
        _ = fcntl(life.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try watcher.run()
        lock.withLock { lives.append(life) }
    }

    nonisolated(unsafe) private static var lives: [Pipe] = []

    private static func endAll() {
        for folder in folders {
            if let text = try? String(contentsOfFile: folder + "/data/postmaster.pid", encoding: .utf8),
                let pid = text.split(separator: "\n").first.flatMap({ Int32($0) })
            {
                _ = Glibc.kill(pid, SIGQUIT)
                for _ in 0..<200 where Glibc.kill(pid, 0) == 0 { usleep(20_000) }
            }
            do { try FileManager.default.removeItem(atPath: folder) } catch {
                print("left behind: \(folder): \(error)")
            }
        }
    }
}
