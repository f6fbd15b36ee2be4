import PulihPostgres
import PulihTesting
import Testing

private func connection(role: String? = nil) async throws -> PostgresConnection {
    let url = try await PostgresServer.shared.makeDatabase()
    return try await PostgresConnection.open(
        PostgresSettings(conninfo: url, applicationName: "pulih test", role: role))
}

/// The failure that the body throws; anything else fails the test.
private func failure(
    _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> PostgresFailure {
    do {
        try await body()
    } catch let failure as PostgresFailure {
        return failure
    }
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    throw CancellationError()
}

@Suite struct SessionTests {
    @Test func valuesComeBackAsTheyWent() async throws {
        let connection = try await connection()
        let values: [PostgresValue] = [
            .bool(true), .int(-9_007_199_254_740_993), .double(0.1), .text("it's \"quoted\" \\ ü"),
            .bytes([0, 255, 7]), .timestamp(microseconds: 1_780_000_000_123_456),
            .timestamp(microseconds: -62_135_596_800_000_000), .null,
        ]
        let row = try await connection.run { session in
            try session.query("SELECT $1, $2, $3, $4, $5, $6, $7, $8::text", values).rows[0]
        }
        #expect((0..<values.count).map { row[$0] } == values)
        await connection.close()
    }

    @Test func aFailureTellsStateAndPlaceAndTheSessionGoesOn() async throws {
        let connection = try await connection()
        let found = try await failure {
            _ = try await connection.run { try $0.execute("SELECT 1,\n       missing_column") }
        }
        #expect(found.sqlState == "42703")
        #expect(found.line == 2)
        #expect(!found.isTransient)
        #expect(try await connection.run { try $0.scalar("SELECT 7") } == 7)
        await connection.close()
    }

    @Test func aTransactionIsWholeOrNot() async throws {
        let connection = try await connection()
        try await connection.run { try $0.execute("CREATE TABLE t (id int PRIMARY KEY)") }
        let found = try await failure {
            try await connection.transaction { session in
                try session.execute("INSERT INTO t VALUES ($1)", [1])
                _ = try session.execute("INSERT INTO t VALUES ($1)", [1])
            }
        }
        #expect(found.sqlState == "23505")
        #expect(found.constraint == "t_pkey")
        #expect(try await connection.run { try $0.scalar("SELECT count(*) FROM t") } == 0)
        try await connection.transaction { session in
            try session.execute("INSERT INTO t VALUES (1)")
            do {
                try session.savepoint { _ = try session.execute("INSERT INTO t VALUES (1)") }
            } catch let failure as PostgresFailure {
                #expect(failure.sqlState == "23505")
            }
            try session.execute("INSERT INTO t VALUES (2)")
        }
        #expect(try await connection.run { try $0.scalar("SELECT count(*) FROM t") } == 2)
        await connection.close()
    }

    @Test func aTransactionLeftOpenIsRolledBackAndTold() async throws {
        let connection = try await connection()
        let found = try await failure {
            try await connection.run { session in
                try session.execute("BEGIN")
                try session.execute("CREATE TABLE t (id int)")
            }
        }
        #expect(found.sqlState == "25001")
        #expect(try await connection.run { try $0.scalar("SELECT to_regclass('t')") } == .null)
        await connection.close()
    }

    @Test func cancellingTheTaskEndsTheStatementOnTheServer() async throws {
        let connection = try await connection()
        let pid = try await connection.run { try $0.backendPID }
        let url = try await PostgresServer.shared.get().url()
        let observer = try await PostgresConnection.open(
            PostgresSettings(conninfo: url, applicationName: "observer"))
        let task = Task {
            try await connection.run { _ = try $0.execute("SELECT pg_sleep(600)") }
        }
        func activity() async throws -> PostgresValue {
            try await observer.run {
                try $0.scalar(
                    "SELECT coalesce(wait_event, state) FROM pg_stat_activity WHERE pid = $1",
                    [.int(Int64(pid))])
            }
        }
        while try await activity() != "PgSleep" { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await activity() != "PgSleep")
        #expect(try await connection.run { try $0.scalar("SELECT 1") } == 1)
        await connection.close()
        await observer.close()
    }

    @Test func rowsAreStreamedAndCanBeLeft() async throws {
        let connection = try await connection()
        struct Enough: Error {}
        try await connection.run { session in
            var seen = 0
            try session.forEachRow("SELECT g FROM generate_series(1, 100000) g") { _ in seen += 1 }
            #expect(seen == 100_000)
            seen = 0
            #expect(throws: Enough.self) {
                try session.forEachRow("SELECT g FROM generate_series(1, 50000000) g") { _ in
                    seen += 1
                    if seen == 10 { throw Enough() }
                }
            }
            #expect(seen == 10)
            #expect(try session.scalar("SELECT 5") == 5)
            let columns = try session.forEachRow("SELECT 1 AS one WHERE false") { _ in }
            #expect(columns.map(\.name) == ["one"])
        }
        await connection.close()
    }

    @Test func noticesAreKept() async throws {
        let connection = try await connection()
        let notices = try await connection.run { session in
            try session.execute("DO $$ BEGIN RAISE NOTICE 'two of %', 3; END $$")
            return session.takeNotices()
        }
        #expect(notices.map(\.message) == ["two of 3"])
        #expect(notices.first?.severity == "NOTICE")
        await connection.close()
    }

    @Test func bothReleasesAreWhatTheySay() async throws {
        let usual = PostgresServer.Release.usual == .eighteen ? 18 : 15
        for (server, major) in [(PostgresServer.shared, usual), (PostgresServer.shared18, 18)] {
            let connection = try await PostgresConnection.open(
                PostgresSettings(conninfo: try await server.makeDatabase(), applicationName: "pulih test"))
            #expect(try await connection.run { try $0.serverVersion } / 10_000 == major)
            await connection.close()
        }
    }

    @Test func aServerThatIsNotThereIsToldAsLost() async throws {
        let found = try await failure {
            _ = try await PostgresConnection.open(
                PostgresSettings(
                    conninfo: "postgresql://nobody@127.0.0.1:1/none", password: "geheim",
                    applicationName: "pulih test"))
        }
        #expect(found.isConnectionLost && found.isTransient)
        #expect(!found.description.contains("geheim"))
    }

    @Test func aConnectionThatIsCutIsToldAsLost() async throws {
        let connection = try await connection()
        let found = try await failure {
            try await connection.run { _ = try $0.execute("SELECT pg_terminate_backend(pg_backend_pid())") }
        }
        #expect(found.isConnectionLost)
        #expect(await connection.isLost)
        await connection.close()
    }
}

@Suite struct CopyTests {
    @Test func rowsGoInAndOut() async throws {
        let connection = try await connection()
        let rows = try await connection.run { session in
            try session.execute("CREATE TABLE t (id int, name text)")
            return try session.copyIn("COPY t FROM STDIN (FORMAT csv)") { writer in
                try writer.write(Array("1,one\n2,\"t".utf8))
                try writer.write(Array("wo\"\n".utf8))
            }
        }
        #expect(rows == 2)
        let text = try await connection.run { session in
            var out: [UInt8] = []
            let rows = try session.copyOut("COPY (SELECT * FROM t ORDER BY id) TO STDOUT (FORMAT csv)") {
                out += Array($0)
            }
            #expect(rows == 2)
            return String(decoding: out, as: UTF8.self)
        }
        #expect(text == "1,one\n2,two\n")
        await connection.close()
    }

    @Test func aProducerThatFailsLoadsNothing() async throws {
        struct Broken: Error {}
        let connection = try await connection()
        try await connection.run { session in
            try session.execute("CREATE TABLE t (id int)")
            #expect(throws: Broken.self) {
                try session.copyIn("COPY t FROM STDIN") { writer in
                    try writer.write(Array("1\n2\n".utf8))
                    throw Broken()
                }
            }
            #expect(try session.scalar("SELECT count(*) FROM t") == 0)
        }
        await connection.close()
    }

    @Test func aLineThatTheServerRefusesIsNamed() async throws {
        let connection = try await connection()
        let found = try await failure {
            try await connection.run { session in
                try session.execute("CREATE TABLE t (id int)")
                try session.copyIn("COPY t FROM STDIN") { try $0.write(Array("1\nx\n".utf8)) }
            }
        }
        #expect(found.sqlState == "22P02")
        #expect(found.context?.contains("line 2") == true)
        await connection.close()
    }
}
