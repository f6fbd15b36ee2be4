import PulihSQLite
import Testing

@Suite struct TransactionTests {
    private struct Refusal: Error {}
    let folder: TemporaryFolder
    let database: SQLiteDatabase

    init() async throws {
        folder = try TemporaryFolder()
        database = try await SQLiteDatabase(path: folder.path("a.db"), create: true)
        try await database.run { try $0.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)") }
    }

    private func count() async throws -> Int64? {
        try await database.run { try $0.first("SELECT count(*) AS n FROM t")?.int("n") }
    }

    @Test func keepsAllOrNothing() async throws {
        let result = try await database.transaction { session in
            try session.execute("INSERT INTO t VALUES (1)")
            return "done"
        }
        #expect(result == "done")
        await #expect(throws: Refusal.self) {
            try await database.transaction { session in
                try session.execute("INSERT INTO t VALUES (2)")
                throw Refusal()
            }
        }
        #expect(try await count() == 1)
    }

    /// A deferred foreign key fails at COMMIT, which leaves the transaction open.
    @Test func aFailedCommitLeavesNothing() async throws {
        try await database.run { session in
            try session.execute(
                "CREATE TABLE c (a REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)")
        }
        await #expect {
            try await database.transaction { try $0.execute("INSERT INTO c VALUES (99)") }
        } throws: {
            ($0 as? SQLiteFailure)?.code == .foreignKeyViolation
        }
        let left = try await database.run { try $0.first("SELECT count(*) AS n FROM c")?.int("n") }
        #expect(left == 0)
    }

    @Test func doNotNest() async throws {
        await #expect {
            try await database.transaction { session in
                try session.execute("INSERT INTO t VALUES (1)")
                try session.transaction {}
            }
        } throws: {
            "\($0)" == "SQLite: a transaction is open already; they do not nest"
        }
        #expect(try await count() == 0)
    }

    @Test func oneLeftOpenIsRolledBackAndTold() async throws {
        await #expect {
            try await database.run { session in
                try session.execute("BEGIN")
                try session.execute("INSERT INTO t VALUES (1)")
            }
        } throws: {
            ($0 as? SQLiteFailure)?.code == .misuse
        }
        #expect(try await count() == 0)
    }

    @Test func concurrentCallersTakeTurns() async throws {
        let database = database
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    _ = try await database.transaction { session in
                        try session.execute("INSERT INTO t VALUES (?)", [.int(Int64(number))])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count() == 50)
    }

    @Test func aFullDiskIsToldApartAndLeavesNothing() async throws {
        await #expect {
            try await database.run { session in
                try session.execute("CREATE TABLE big (b BLOB)")
                try session.execute("PRAGMA max_page_count = 20")
                try session.transaction {
                    for _ in 0..<100 { try session.execute("INSERT INTO big VALUES (zeroblob(4000))") }
                }
            }
        } throws: {
            ($0 as? SQLiteFailure)?.code == .diskFull
        }
        let left = try await database.run { session in
            #expect(try !session.isInTransaction)
            return try session.first("SELECT count(*) AS n FROM big")?.int("n")
        }
        #expect(left == 0)
    }

    @Test(.timeLimit(.minutes(10))) func cancellingInterruptsTheStatementThatRuns() async throws {
        let database = database
        let (started, signal) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await database.transaction { session in
                try session.execute("INSERT INTO t VALUES (1)")
                signal.yield()
                _ = try session.query(
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
            }
        }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await count() == 0)
    }

    /// The one who waits gives up; the one who works is not disturbed.
    @Test(.timeLimit(.minutes(10))) func cancellingAQueuedCallerDisturbsNobody() async throws {
        let database = database
        let (started, signal) = AsyncStream<Void>.makeStream()
        let worker = Task {
            try await database.run { session in
                signal.yield()
                let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) "
                return try session.first(sql + "SELECT max(i) AS m FROM n")?.int("m")
            }
        }
        for await _ in started { break }
        let queued = Task { try await database.run { try $0.execute("INSERT INTO t VALUES (1)") } }
        queued.cancel()
        await #expect(throws: CancellationError.self) { try await queued.value }
        #expect(try await worker.value == 2_000_000)
        #expect(try await count() == 0)
    }
}
