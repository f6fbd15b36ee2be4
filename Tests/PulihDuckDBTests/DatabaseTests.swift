import Foundation
import Testing

@testable import PulihDuckDB

@Suite struct DatabaseTests {
    @Test func theLibraryIsThePinnedOne() {
        #expect(DuckDBDatabase.libraryVersion == "v1.5.5")
    }

    @Test func whatWasCommittedIsThereAgain() async throws {
        try await withFolder { folder in
            let path = folder + "/a.duckdb"
            let database = try DuckDBDatabase(path: path)
            let connection = try database.connect()
            try await connection.run { _ = try $0.execute("CREATE TABLE t AS SELECT 42 AS a") }
            await connection.close()
            database.close()
            let again = try DuckDBDatabase(path: path, options: ["access_mode": "READ_ONLY"])
            let reader = try again.connect()
            #expect(try await reader.run { try $0.scalar("SELECT a FROM t") } == 42)
            let failure = await #expect(throws: DuckDBFailure.self) {
                try await reader.run { try $0.execute("DROP TABLE t") }
            }
            #expect(failure?.kind == .invalidInput)
        }
    }

    @Test func oneProcessOpensAFileOnce() async throws {
        try await withFolder { folder in
            let path = folder + "/a.duckdb"
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link.duckdb", withDestinationPath: path)
            let first = try DuckDBDatabase(path: path)
            let connection = try first.connect()
            for other in [path, folder + "/./a.duckdb", folder + "/link.duckdb"] {
                let failure = #expect(throws: DuckDBFailure.self) { try DuckDBDatabase(path: other) }
                #expect(failure?.isLockConflict == true)
                #expect(failure?.lockHolder == ProcessInfo.processInfo.processIdentifier)
            }
            first.close()
            // The connection still holds the file.
            #expect(throws: DuckDBFailure.self) { try DuckDBDatabase(path: path) }
            await connection.close()
            _ = try DuckDBDatabase(path: path)
        }
    }

    @Test func openingTellsWhatIsWrong() async throws {
        try await withFolder { folder in
            try Data("not a database, only text".utf8).write(
                to: URL(fileURLWithPath: folder + "/text.duckdb"))
            let text = #expect(throws: DuckDBFailure.self) {
                try DuckDBDatabase(path: folder + "/text.duckdb")
            }
            #expect(text?.message.contains("not a valid DuckDB database file") == true)
            #expect(text?.kind == .io)
            #expect(text?.isLockConflict == false)
            let absent = #expect(throws: DuckDBFailure.self) {
                try DuckDBDatabase(path: folder + "/no/a.duckdb")
            }
            #expect(absent?.kind == .io)
            // A refused opening leaves no claim on the file.
            try FileManager.default.createDirectory(atPath: folder + "/no", withIntermediateDirectories: true)
            _ = try DuckDBDatabase(path: folder + "/no/a.duckdb")
            let option = #expect(throws: DuckDBFailure.self) {
                try DuckDBDatabase(path: nil, options: ["access_mode": "SOMETIMES"])
            }
            #expect(option?.kind == .invalidConfiguration)
            #expect(option?.message.contains("SOMETIMES for the option access_mode") == true)
            #expect(throws: DuckDBFailure.self) {
                try DuckDBDatabase(path: nil, options: ["no_such_option": "1"])
            }
        }
    }

    @Test func theHolderOfTheFileIsNamed() {
        let conflict = DuckDBFailure(
            message: """
                IO Error: Could not set lock on file "/w/a.duckdb": Conflicting lock is held in /usr/bin/pulih \
                (PID 4114) by user etl. See also https://duckdb.org/docs/stable/connect/concurrency
                """, sql: nil)
        #expect(conflict.isLockConflict)
        #expect(conflict.lockHolder == 4114)
        let nameless = DuckDBFailure(
            message: "IO Error: Could not set lock on file \"/w/a.duckdb\": Resource temporarily unavailable",
            sql: nil)
        #expect(nameless.isLockConflict)
        #expect(nameless.lockHolder == nil)
        let other = DuckDBFailure(message: "Catalog Error: Could not set lock on file (PID 7)", sql: nil)
        #expect(!other.isLockConflict)
        #expect(other.lockHolder == nil)
    }

    @Test func kindsComeFromTheMessageOrTheNumber() {
        #expect(DuckDBFailure(message: "INTERRUPT Error: Interrupted!", sql: nil).kind == .interrupted)
        #expect(DuckDBFailure(message: "Sequence Error: Conversion Error: x", sql: nil).kind == .other)
        #expect(DuckDBFailure(message: "no class at all", sql: nil).kind == .other)
        #expect(DuckDBFailure(code: 18, message: "dup", sql: nil).message == "Constraint Error: dup")
        #expect(DuckDBFailure(code: 18, message: "dup", sql: nil).kind == .constraint)
        #expect(DuckDBFailure(code: 99, message: "odd", sql: nil).message == "odd")
    }
}
