internal import Foundation
internal import Glibc
internal import PulihSystem
internal import Synchronization

/// An S3 server of the tests' own: rclone over a temporary folder, loopback only, a free port, gone with the process.
///
/// A bucket is a folder in its folder, an object a file. It ignores conditions (`If-Match`) and does not compare the
/// signed hash of a body with the body. `scripts/bootstrap --test` installs what this needs.
public final class S3Server: Sendable {
    /// The one that tests share: each makes a bucket of its own.
    public static let shared = Once { try await S3Server() }

    public let port: Int
    public let folder: String
    public let keyID = "PULIHTESTS"
    public let secret = "a/secret+of=the tests"
    private let life: Life
    /// Buckets that nobody has yet. The server looks for new folders now and then only, so they are there before it is.
    private let buckets: Mutex<[String]>

    /// Starts it, and waits until it listens.
    public init() async throws {
        let (port, folder) = (try PostgresServer.freePort(), try TemporaryFolders.make())
        (self.port, self.folder) = (port, folder)
        life = Life()
        let names = (0..<1_000).map { "b-\(port)-\($0)" }
        for name in names {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        }
        buckets = Mutex(names)
        try await start()
    }

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// An empty bucket. - Returns: its name.
    public func makeBucket() throws -> String {
        guard let name = buckets.withLock({ $0.popLast() }) else {
            throw TestFailure("more than 1,000 buckets of one server")
        }
        return name
    }

    /// Where an object lies, to look at it or to change it behind the store's back.
    public func path(_ bucket: String, _ key: String) -> String { "\(folder)/\(bucket)/\(key)" }

    /// Starts it again after `stop`; what it stored is there.
    public func start() async throws {
        let arguments = [
            try Self.program(), "serve", "s3", "--config", "/dev/null", "--addr", "127.0.0.1:\(port)",
            "--auth-key", "\(keyID),\(secret)", "--dir-cache-time", "20ms", folder,
        ]
        try life.begin(arguments, log: folder + ".log")
        let clock = Stopwatch()
        while !isListening {
            guard life.isRunning, clock.elapsedSeconds < 60 else {
                throw TestFailure(
                    "rclone does not start: \(try String(contentsOfFile: folder + ".log", encoding: .utf8))")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// As when the machine of the store goes down: connections are cut.
    public func stop() {
        life.end()
    }

    private var isListening: Bool {
        guard let number = Loopback.connect(port) else { return false }
        close(number)
        return true
    }

    /// `.deps/rclone` of the checkout that the running tests were built in.
    private static func program() throws -> String {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let unpacked = folder.appendingPathComponent(".deps/rclone").path
            guard FileManager.default.fileExists(atPath: unpacked) else { continue }
            for name in try FileManager.default.contentsOfDirectory(atPath: unpacked) {
                let program = "\(unpacked)/\(name)/scripts/rclone"
                if FileManager.default.fileExists(atPath: program) { return program }
            }
        }
        throw TestFailure("there is no .deps/rclone; scripts/bootstrap --test makes it")
    }
}

/// A program that ends when this process does, however it ends: a shell waits for the end of a pipe that only we hold.
private final class Life: @unchecked Sendable {
    private let lock = NSLock()
    private var shell: Process?
    private var pipe: Pipe?

    var isRunning: Bool { lock.withLock { shell?.isRunning ?? false } }

    func begin(_ words: [String], log: String) throws {
        let (shell, pipe) = (Process(), Pipe())
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        let script = """
            trap '' INT TERM HUP; log=$1; shift
            "$@" > "$log" 2>&1 & pid=$!
            (while kill -0 $pid; do sleep 0.2; done; kill -KILL $$) 2> /dev/null &
            cat > /dev/null; kill -KILL $pid; wait $pid
            """
        shell.arguments = ["-c", script, "sh", log] + words
        shell.standardInput = pipe.fileHandleForReading
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        // Programs under test must not hold it open.
        _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try shell.run()
        lock.withLock {
            self.shell = shell
            self.pipe = pipe
        }
    }

    func end() {
        let (shell, pipe) = lock.withLock { (self.shell, self.pipe) }
        try? pipe?.fileHandleForWriting.close()
        shell?.waitUntilExit()
    }
}
