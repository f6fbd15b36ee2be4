internal import Foundation

/// Somebody else at work in a database: a reader, an administrator. Keeps its transaction open from one call to the
/// next, and rolls it back when it is ended.
public actor OtherSession {
    private let server: PostgresServer
    /// As `pg_stat_activity` shows it.
    private let name = "other \(UUID().uuidString)"
    private let psql = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var heard = ""
    private var count = 0

    /// - Parameter url: of a database of the server.
    public init(_ server: PostgresServer, _ url: String) throws {
        self.server = server
        psql.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        psql.arguments = ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
        psql.environment = ProcessInfo.processInfo.environment.merging(["PGAPPNAME": name]) { $1 }
        psql.standardInput = input
        psql.standardOutput = output
        psql.standardError = output
        try psql.run()
    }

    /// Runs statements and waits for their end.
    /// - Returns: what they printed, one row a line.
    @discardableResult
    public func run(_ sql: String) async throws -> String {
        try send(sql)
        return try await finish()
    }

    /// Begins statements without waiting for them.
    public func send(_ sql: String) throws {
        count += 1
        try input.fileHandleForWriting.write(contentsOf: Data("\(sql);\n\\echo done \(count)\n".utf8))
    }

    /// Waits for what was sent.
    @discardableResult
    public func finish() async throws -> String {
        let end = "done \(count)\n"
        while !heard.contains(end) {
            let more = await read()
            guard !more.isEmpty else { throw TestFailure("the other session ended: \(heard)") }
            heard += more
        }
        let parts = heard.split(separator: end, maxSplits: 1, omittingEmptySubsequences: false)
        heard = String(parts[1])
        return String(parts[0]).trimmingCharacters(in: .newlines)
    }

    /// Waits until what was sent waits for a lock.
    public func waitUntilBlocked() async throws {
        try await server.waitUntil(
            "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = '\(name)' AND wait_event_type = 'Lock')"
        )
    }

    /// Gives back all locks, also in the middle of a statement. The server must run.
    public func end() async throws {
        try await server.sql(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = '\(name)'"
        )
        psql.terminate()
    }

    /// Ends the program alone, where the server has gone.
    public func leave() { psql.terminate() }

    private func read() async -> String {
        let handle = output.fileHandleForReading
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: String(decoding: handle.availableData, as: UTF8.self))
            }
        }
    }
}
