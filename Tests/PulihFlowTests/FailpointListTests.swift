import PulihModel
import PulihSystem
import PulihTesting
import Testing

/// How failpoints are named, armed and counted, seen from outside.
@Suite struct FailpointListTests {
    @Test func everyPointIsListedWithItsActions() async throws {
        let lines = try await pulih("failpoints").stdout.split(separator: "\n")
        #expect(lines.count == Failpoint.allCases.count + 1)
        #expect(
            lines.contains {
                $0.hasPrefix("fsync.before ") && $0.contains("before a file or folder is synced")
                    && $0.hasSuffix("kill cut fail hang enospc eio eintr")
            })
        let json = try #require(try await pulih("failpoints", "--json").json().array)
        #expect(json.map { $0["name"]?.string } == Failpoint.allCases.map(\.rawValue))
        #expect(json.first { $0["name"] == "load_bronze.lose_record" }?["actions"]?.array == ["fail"])
    }

    @Test func passagesAreCountedAndTheSameNumberIsTheSamePlace() async throws {
        let counts = try await counted()
        #expect(try await counted() == counts)
        let total = try #require(counts["any"])
        #expect(counts.filter { $0.key != "any" }.values.reduce(0, +) == total)
        #expect(counts["publish.before_commit"] == 1)

        var places: Set<String> = []
        for _ in 0..<2 {
            let killed = try await shop().run("start", "client1", failpoints: "any=kill:\(total / 2)")
            #expect(killed.signal == 9)
            #expect(killed.stderr.contains("(passage \(total / 2))"), "\(killed.everything)")
            places.insert(
                String(killed.stderr.split(separator: "\n").last { $0.hasPrefix("failpoint ") } ?? ""))
        }
        #expect(places.count == 1, "\(places)")
    }

    @Test func withoutThePowerCutLayerThereIsNoPowerToCut() async throws {
        let output = try await pulih("failpoints", failpoints: "fsync.before=cut")
        #expect(output.exit != 0)
        #expect(output.stderr.contains("cut needs the power-cut layer of the tests"))
    }

    private func counted() async throws -> [String: Int] {
        let shop = try await shop()
        let file = shop.path("counts")
        _ = try await shop.run("start", "client1", environment: ["PULIH_FAILPOINTS_COUNT": file])
        return try FailpointCounts.read(file)
    }

    private func shop() async throws -> TestWorkspace {
        let shop = try await Shop.make(
            configuration: Shop.configuration.replacing("parallel_steps: 2", with: "parallel_steps: 1"))
        try shop.dropFirst()
        return shop
    }

    private func pulih(_ words: String..., failpoints: String = "") async throws -> PulihProgram.Output {
        try await PulihProgram.run(words, environment: ["PULIH_FAILPOINTS": failpoints])
    }
}
