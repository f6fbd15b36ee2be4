import Foundation
import PulihTesting
import Testing

/// A catalog on a server that wants a password.
struct ServerCatalogTests {
    private static let secret = "correct horse 7"

    /// A server that lets `guarded` in by password only, and everybody else as they are.
    private static let server = Once {
        let server = try await PostgresServer()
        try await server.sql("CREATE ROLE guarded LOGIN PASSWORD '\(secret)'")
        try await server.sql("GRANT CREATE ON DATABASE postgres TO guarded")
        let file = server.folder + "/data/pg_hba.conf"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        // In place: the file stays the server's user's.
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.write(contentsOf: Data("host all guarded 127.0.0.1/32 scram-sha-256\n\(text)".utf8))
        try handle.close()
        try await server.sql("SELECT pg_reload_conf()")
        return server
    }

    private func workspace(_ password: String) async throws -> (TestWorkspace, url: String) {
        let shop = try await Shop.make()
        let url = try await Self.server.value.url(user: "guarded")
        try shop.write(
            "pulih.yml",
            try shop.read("pulih.yml") + "catalog: {postgresql: \"\(url)\", password: \(password)}\n")
        return (shop, url)
    }

    private func apply(_ shop: TestWorkspace, _ environment: [String: String] = [:]) async throws
        -> PulihProgram.Output
    {
        let output = try await PulihProgram.run(
            ["apply", "--yes"], folder: shop.root, environment: environment)
        #expect(!output.everything.contains(Self.secret))
        return output
    }

    @Test func aPasswordFromTheEnvironment() async throws {
        let (shop, url) = try await workspace("{env: DWH_PASSWORD}")
        for environment in [[:], ["DWH_PASSWORD": ""]] {
            let missing = try await apply(shop, environment)
            #expect(missing.exit == 3)
            #expect(
                missing.stderr.contains("the environment variable DWH_PASSWORD, which holds the password"))
        }
        let wrong = try await apply(shop, ["DWH_PASSWORD": "wr0ng"])
        #expect(wrong.exit == 6)
        #expect(wrong.stderr.contains("unable to open the catalog \(url)"))
        #expect(wrong.stderr.contains("password authentication failed"))
        #expect(!wrong.everything.contains("wr0ng"))
        #expect(try await apply(shop, ["DWH_PASSWORD": Self.secret]).exit == 0)
    }

    @Test func aPasswordFromAFile() async throws {
        let (shop, _) = try await workspace("{file: secrets/dwh}")
        let missing = try await apply(shop)
        #expect(missing.exit == 3)
        #expect(missing.stderr.contains("unable to read the password of the catalog from secrets/dwh"))
        try shop.write("secrets/dwh", "\n")
        #expect(try await apply(shop).stderr.contains("the file secrets/dwh, which holds the password"))
        try shop.write("secrets/dwh", "\(Self.secret)\n")
        #expect(try await apply(shop).exit == 0)
    }

    @Test func aServerThatIsNotThere() async throws {
        let shop = try await Shop.make()
        try shop.write(
            "pulih.yml", try shop.read("pulih.yml") + "catalog: postgresql://pulih@127.0.0.1:1/dwh\n")
        for verb in ["apply", "status", "start"] {
            let output = try await PulihProgram.run(
                verb == "start" ? [verb, "client1"] : [verb], folder: shop.root)
            #expect(output.exit == 6, "\(output.everything)")
            #expect(output.stderr.contains("unable to open the catalog postgresql://pulih@127.0.0.1:1/dwh"))
            #expect(output.stderr.contains("Connection refused"))
            #expect(output.stderr.contains("HINT: "))
        }
    }
}
