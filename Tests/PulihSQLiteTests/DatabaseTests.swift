import Foundation
import PulihSQLite
import Testing

@Suite struct DatabaseTests {
    let folder: TemporaryFolder
    var path: String { folder.path("a.db") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func make(rows: Int = 1) async throws {
        let database = try await SQLiteDatabase(path: path, create: true)
        try await database.transaction { session in
            try session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
            for row in 0..<rows {
                try session.execute(
                    "INSERT INTO t VALUES (?, ?)", [.int(Int64(row)), .text("text of row \(row)")])
            }
        }
        try await database.close()
    }

    private func failure(_ body: () async throws -> Void) async -> SQLiteFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? SQLiteFailure
        }
    }

    private func count(_ database: SQLiteDatabase) async throws -> Int64? {
        try await database.run { try $0.first("SELECT count(*) AS n FROM t")?.int("n") }
    }

    @Test func aWriterIsSetUpForDurability() async throws {
        let database = try await SQLiteDatabase(path: path, create: true)
        let settings = try await database.run { session in
            try ["journal_mode", "synchronous", "foreign_keys"].map { name in
                try session.first("PRAGMA \(name)")?.value(name)
            }
        }
        #expect(settings == ["wal", 2, 1])
    }

    @Test func readersReadWhileOneWrites() async throws {
        let writer = try await SQLiteDatabase(path: path, create: true)
        try await writer.run { try $0.execute("CREATE TABLE t (a)") }
        let reader = try await SQLiteDatabase(path: path, readOnly: true)
        try await writer.run { session in
            try session.execute("BEGIN IMMEDIATE")
            try session.execute("INSERT INTO t VALUES (1)")
            try session.execute("COMMIT")
        }
        #expect(try await count(reader) == 1)
        let stillOpen = try await writer.run { session in
            try session.transaction {
                try session.execute("INSERT INTO t VALUES (2)")
                return try session.isInTransaction
            }
        }
        #expect(stillOpen)
        #expect(try await count(reader) == 2)
    }

    /// A reader's transaction sees one state, whatever is written meanwhile, and holds nobody up.
    @Test func aReaderKeepsItsView() async throws {
        try await make()
        let writer = try await SQLiteDatabase(path: path)
        let reader = try await SQLiteDatabase(path: path, readOnly: true)
        let (seen, signal) = AsyncStream<Void>.makeStream()
        let written = DispatchSemaphore(value: 0)
        async let counts = reader.transaction(.deferred) { session in
            let before = try session.first("SELECT count(*) AS n FROM t")?.int("n")
            signal.yield()
            written.wait()
            return [before, try session.first("SELECT count(*) AS n FROM t")?.int("n")]
        }
        for await _ in seen { break }
        try await writer.run { try $0.execute("INSERT INTO t VALUES (7, 'x')") }
        written.signal()
        #expect(try await counts == [1, 1])
        #expect(try await count(reader) == 2)
    }

    @Test func aReaderNeedsNoWriter() async throws {
        try await make()
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        let reader = try await SQLiteDatabase(path: path, readOnly: true)
        #expect(try await count(reader) == 1)
        try await reader.close()
    }

    @Test func aReaderCannotWrite() async throws {
        try await make()
        let reader = try await SQLiteDatabase(path: path, readOnly: true)
        let failure = await failure { try await reader.run { _ = try $0.execute("DELETE FROM t") } }
        #expect(failure?.code == .readOnly)
    }

    /// As in a folder where we may only read; permissions would not stop a test that runs as root.
    @Test func aReaderThatCannotMakeItsSideFilesSaysSo() async throws {
        try await make()
        try FileManager.default.createSymbolicLink(atPath: path + "-shm", withDestinationPath: "nowhere")
        let failure = await failure { _ = try await SQLiteDatabase(path: path, readOnly: true) }
        #expect(failure?.code == .cannotOpen)
        #expect(failure?.message.hasPrefix("cannot read \(path): ") == true)
        #expect(
            failure?.message.hasSuffix(
                "; a reader needs \(path)-wal and \(path)-shm, or the right to make them in that folder")
                == true)
    }

    @Test(arguments: [true, false]) func aMissingFileIsToldAndNotMade(readOnly: Bool) async throws {
        let failure = await failure { _ = try await SQLiteDatabase(path: path, readOnly: readOnly) }
        #expect(failure?.code == .cannotOpen)
        #expect(
            failure?.message
                == "cannot open \(path): unable to open database file (No such file or directory)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: [true, false]) func anotherKindOfFileIsTold(readOnly: Bool) async throws {
        try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: path))
        let failure = await failure { _ = try await SQLiteDatabase(path: path, readOnly: readOnly) }
        #expect(failure?.code == .notADatabase)
        #expect(failure?.message == "cannot open \(path): file is not a database")
    }

    @Test func damageIsTold() async throws {
        try await make(rows: 5_000)
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        let size = try handle.seekToEnd()
        for page in 2..<(size / 4_096) {
            try handle.seek(toOffset: page * 4_096)
            try handle.write(contentsOf: Data(repeating: 0xAB, count: 64))
        }
        try handle.close()
        let reader = try await SQLiteDatabase(path: path, readOnly: true)
        let failure = await failure { try await reader.run { _ = try $0.query("SELECT * FROM t") } }
        #expect(failure?.code == .corrupt)
    }

    @Test func aLockThatStaysIsTold() async throws {
        try await make()
        let holder = try await SQLiteDatabase(path: path)
        let other = try await SQLiteDatabase(path: path, busyTimeout: .milliseconds(50))
        let (held, signal) = AsyncStream<Void>.makeStream()
        let release = DispatchSemaphore(value: 0)
        async let holding: Void = holder.transaction { _ in
            signal.yield()
            release.wait()
        }
        for await _ in held { break }
        let failure = await failure { try await other.transaction { _ = try $0.execute("DELETE FROM t") } }
        release.signal()
        try await holding
        #expect(failure?.code == .busy)
        #expect(failure?.isTransient == true)
        #expect(try await count(other) == 1)
    }

    @Test func aLockThatGoesIsWaitedFor() async throws {
        try await make()
        let path = path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 {
                group.addTask {
                    let database = try await SQLiteDatabase(path: path)
                    for number in 0..<25 {
                        _ = try await database.transaction { session in
                            let key = SQLiteValue.int(Int64(writer * 1_000 + number))
                            try session.execute("INSERT INTO t VALUES (?, 'x')", [key])
                        }
                    }
                    try await database.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count(SQLiteDatabase(path: path)) == 101)
    }

    @Test func manyMayMakeItAtOnce() async throws {
        let path = path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let database = try await SQLiteDatabase(path: path, create: true)
                    _ = try await database.transaction { session in
                        try session.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY)")
                        try session.execute("INSERT INTO t DEFAULT VALUES")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count(SQLiteDatabase(path: path)) == 8)
    }

    @Test func aClosedDatabaseSaysSo() async throws {
        let database = try await SQLiteDatabase(path: path, create: true)
        try await database.close()
        try await database.close()
        let failure = await failure { try await database.run { _ = try $0.query("SELECT 1") } }
        #expect(failure?.code == .misuse)
        #expect(failure?.message == "the database \(path) was closed")
    }

    @Test func closingAWriterLeavesOneFile() async throws {
        try await make()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.db"])
    }

    @Test(arguments: ["", ":memory:"]) func wantsAFile(path: String) async throws {
        let failure = await failure { _ = try await SQLiteDatabase(path: path, create: true) }
        #expect(failure?.code == .misuse)
        #expect(failure?.message == "a database needs the path of a file, not '\(path)'")
    }
}
