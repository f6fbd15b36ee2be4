internal import Foundation
internal import PulihModel

// What a disk that breaks, or somebody who cleans up, does to a workspace.
extension TestWorkspace {
    /// The tables of a client are gone, those of Pulih too.
    public func loseWarehouse(of client: String = "client1") async throws {
        guard let database else {
            try FileManager.default.removeItem(atPath: path("warehouse/\(client).duckdb"))
            return
        }
        for schema in Layer.allCases.flatMap({ [$0.schema(of: client), $0.buildSchema(of: client)] }) {
            try await sql("DROP SCHEMA \"\(schema)\" CASCADE", in: database)
        }
        try await sql("DROP SCHEMA \"pulih_\(client)\" CASCADE", in: database)
    }

    public func loseCatalog() async throws {
        if place == .postgresql, let database {
            try await sql("DROP SCHEMA tools CASCADE", in: database)
            return
        }
        for name in try names(in: "data") where name.hasPrefix("catalog.sqlite") {
            try FileManager.default.removeItem(atPath: path("data/\(name)"))
        }
    }

    /// The warehouse of another workspace in place of its own, which is what restoring an older copy does.
    public func takeWarehouse(of other: TestWorkspace, client: String = "client1") throws {
        guard let database, let older = other.database else {
            let file = "warehouse/\(client).duckdb"
            try FileManager.default.removeItem(atPath: path(file))
            try FileManager.default.copyItem(atPath: other.path(file), toPath: path(file))
            return
        }
        try edit("pulih.yml", "warehouse: \(database)", "warehouse: \(older)")
    }

    /// Gives up its database before the server does, for tests that make hundreds.
    public func discard() async throws {
        guard let name = database?.split(separator: "/").last else { return }
        try await PostgresServer.shared.get().sql("DROP DATABASE \"\(name)\" WITH (FORCE)")
    }

    private func sql(_ statement: String, in url: String) async throws {
        let name = String(url.split(separator: "/").last ?? "")
        try await PostgresServer.shared.get().sql(statement, database: name)
    }
}
