import PulihDuckDB
import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

@Suite struct LoadRelationTests {
    private static let spec = Bench.spec(
        [.of(.integer, "n"), .of(.text, "t"), .of(.integer, "v")],
        rules: [
            RowRule(
                name: "v", check: .range(column: "v", min: nil, max: "8"), severity: .quarantine,
                at: SourceLine(file: "pulih.yml", line: 1))
        ])

    /// Each record has a number of its own; some are quarantined by either stage, some cannot be split.
    private static func text(records: Int) -> [UInt8] {
        var text = "n,t,v\n"
        for n in 1...records {
            let value = n % 1000 == 0 ? "x" : String(n % 10)
            text += "\(n),text of record \(n * 7919 % records),\(value)\(n % 7777 == 0 ? ",more" : "")\n"
        }
        return Array(text.utf8)
    }

    private func rows(_ relation: String, _ session: DuckDBSession) throws -> [[DuckDBValue]] {
        try session.query("SELECT n, dwh_source_row FROM (\(relation)) ORDER BY n").rows
    }

    @Test func aLargeFileComesInPartsThatAreTheWhole() async throws {
        let bench = try Bench()
        let path = try bench.write(Self.text(records: 400_000))
        let spec = Self.spec
        _ = try await bench.convert(path, spec)
        let checked = try await bench.check(path, spec, records: 400_000)
        #expect(checked.quarantined > 0)
        let relation = try await bench.engine.loadRelation(bench.file(path, spec))
        #expect(relation.parts.count == 2)
        try await DuckDBDatabase(path: nil).connect().run { session in
            let parts = try relation.parts.map { try rows($0, session) }
            let whole = try rows(relation.whole, session)
            #expect(whole.count == checked.remaining)
            #expect(parts.flatMap { $0 } == whole)
            #expect(whole.allSatisfy { $0[0] == $0[1] })
            #expect(parts.allSatisfy { $0.count > whole.count / 3 })
        }
    }

    /// Damage in row groups of the second part does not keep the first from being read.
    @Test func aPartReadsItsRowGroupsOnly() async throws {
        let bench = try Bench()
        let path = try bench.write(Self.text(records: 400_000))
        let spec = Bench.spec([.of(.integer, "n"), .of(.text, "t"), .of(.text, "v")])
        _ = try await bench.convert(path, spec)
        let file = bench.file(path, spec)
        let relation = try await bench.engine.loadRelation(file)
        var bytes = try FileReader.readAll(file.parquetPath, limit: 64 << 20)
        for index in bytes.count / 4 * 3..<bytes.count / 5 * 4 { bytes[index] = 0xFF }
        try DurableFile.write(bytes, to: file.parquetPath)
        try await DuckDBDatabase(path: nil).connect().run { session in
            let read = "SELECT max(n), max(t), max(v), count(dwh_source_row) FROM "
            let first = try session.query("\(read)(\(relation.parts[0]))").rows[0]
            #expect(try #require(first[3].int) > 100_000)
            #expect(throws: DuckDBFailure.self) { try session.query("\(read)(\(relation.parts[1]))") }
        }
    }

    @Test func aSmallFileComesWhole() async throws {
        let bench = try Bench()
        let path = try bench.write(Self.text(records: 1000))
        _ = try await bench.convert(path, Self.spec)
        let relation = try await bench.engine.loadRelation(bench.file(path, Self.spec))
        #expect(relation.parts == [relation.whole])
    }
}
