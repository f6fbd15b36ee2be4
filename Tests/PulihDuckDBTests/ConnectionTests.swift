import PulihDuckDB
import Testing

@Suite struct ConnectionTests {
    struct Refusal: Error {}

    @Test func transactionsCountAsAWhole() async throws {
        let connection = try DuckDBDatabase(path: nil).connect()
        try await connection.run { _ = try $0.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)") }
        try await connection.transaction { _ = try $0.execute("INSERT INTO t VALUES (1)") }
        await #expect(throws: Refusal.self) {
            try await connection.transaction { session throws in
                try session.execute("INSERT INTO t VALUES (2)")
                throw Refusal()
            }
        }
        let failure = await #expect(throws: DuckDBFailure.self) {
            try await connection.transaction { session throws in
                try session.execute("INSERT INTO t VALUES (3)")
                try session.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(failure?.kind == .constraint)
        let rows = try await connection.run { try $0.query("SELECT a FROM t").rows }
        #expect(rows == [[1]])
    }

    @Test func aBodyThatEndsItsTransactionItselfKeepsItsOwnError() async throws {
        try await withMemory { session throws in
            #expect(throws: Refusal.self) {
                try session.transaction {
                    try session.execute("ROLLBACK")
                    throw Refusal()
                }
            }
            #expect(try session.scalar("SELECT 1") == 1)
        }
    }

    @Test func aConflictAtCommitIsReportedAndRolledBack() async throws {
        let database = try DuckDBDatabase(path: nil)
        let first = try database.connect()
        let second = try database.connect()
        try await first.run { session throws in
            try session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
            try session.execute("BEGIN; UPDATE t SET a = 2")
        }
        let failure = await #expect(throws: DuckDBFailure.self) {
            try await second.transaction { _ = try $0.execute("UPDATE t SET a = 3") }
        }
        #expect(failure?.kind == .transaction)
        try await first.run { _ = try $0.execute("COMMIT") }
        #expect(try await second.run { try $0.scalar("SELECT a FROM t") } == 2)
    }

    @Test func cancellingInterruptsTheStatement() async throws {
        let connection = try DuckDBDatabase(path: nil).connect()
        try await connection.run { _ = try $0.execute("CREATE TABLE t (a INTEGER)") }
        let (inside, signal) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await connection.transaction { session throws in
                try session.execute("INSERT INTO t VALUES (1)")
                signal.yield()
                _ = try session.scalar(
                    "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b")
            }
        }
        for await _ in inside { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // The connection serves others, and the interrupted transaction is gone.
        #expect(try await connection.run { try $0.scalar("SELECT count(*) FROM t") } == 0)
    }

    @Test func anInterruptBetweenStatementsIsNotLost() async throws {
        let connection = try DuckDBDatabase(path: nil).connect()
        let task = Task {
            try await connection.run { session throws in
                try session.execute("SELECT 1")
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                _ = try session.execute("CREATE TABLE t (a INTEGER)")
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        await #expect(throws: DuckDBFailure.self) { try await connection.run { try $0.query("FROM t") } }
    }

    @Test func cancellingStopsAStream() async throws {
        let connection = try DuckDBDatabase(path: nil).connect()
        let task = Task {
            try await connection.run { session throws in
                try session.forEachRow("SELECT * FROM range(1000000000)") { row in
                    if row[0] == 5 { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
                }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func cancellingAQueuedCallerDisturbsNobody() async throws {
        let connection = try DuckDBDatabase(path: nil).connect()
        let (inside, signal) = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            try await connection.run { session throws in
                signal.yield()
                return try session.scalar("SELECT count(*) FROM range(30000000) r(a) WHERE hash(a) % 3 = 0")
            }
        }
        for await _ in inside { break }
        let queued = Task { try await connection.run { try $0.scalar("SELECT 1") } }
        queued.cancel()
        #expect(try await running.value.int ?? 0 > 0)
        await #expect(throws: CancellationError.self) { try await queued.value }
    }

    @Test func closedMeansClosed() async throws {
        let database = try DuckDBDatabase(path: nil)
        let connection = try database.connect()
        database.close()
        #expect(try await connection.run { try $0.scalar("SELECT 1") } == 1)
        await connection.close()
        await connection.close()
        let failure = await #expect(throws: DuckDBFailure.self) {
            try await connection.run { try $0.query("SELECT 1") }
        }
        #expect(failure?.message == "Connection Error: the connection is closed")
        #expect(throws: DuckDBFailure.self) { try database.connect() }
    }
}
