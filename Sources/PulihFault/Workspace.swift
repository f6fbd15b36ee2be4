internal import Foundation
internal import PulihModel
internal import PulihSystem
internal import PulihTesting

/// A workspace in a folder, with its database where the place has one.
struct Workspace: Sendable {
    let root: String
    let place: Place
    /// URL; nil for an embedded warehouse.
    let database: String?

    func path(_ relative: String) -> String { "\(root)/\(relative)" }

    func write(_ relative: String, _ text: String) throws { try write(relative, Array(text.utf8)) }

    func write(_ relative: String, _ bytes: [UInt8]) throws {
        let url = URL(fileURLWithPath: path(relative))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func read(_ relative: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(relative))), as: UTF8.self)
    }

    func drop(_ delivery: Store.Delivery) throws {
        for file in delivery.files { try write("\(incoming)/\(file.name)", file.bytes) }
    }

    func drop(_ name: String, _ text: String) throws {
        try write("\(incoming)/\(name)", text)
    }

    private var incoming: String { "raw/client1/store/incoming" }

    /// Nothing waits to be claimed.
    var isCollected: Bool {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: path(incoming)).isEmpty
        }
    }

    /// All files, as paths below the workspace, sorted.
    func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root).filter { relative in
            var isFolder: ObjCBool = false
            // A link that leads nowhere is still a file that lies there.
            return !FileManager.default.fileExists(atPath: path(relative), isDirectory: &isFolder)
                || !isFolder.boolValue
        }.sorted()
    }
}

/// Makes workspaces and copies of them, and takes them away.
actor Workspaces {
    private let parent: String
    private var server: Task<PostgresServer, any Error>?
    private var count = 0

    init(parent: String) throws {
        self.parent = parent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    }

    func make(_ place: Place) async throws -> Workspace {
        let database = place == .embedded ? nil : try await runningServer().makeDatabase()
        let workspace = Workspace(root: newFolder(), place: place, database: database)
        let catalog = place == .postgresql ? "catalog: \(database ?? "")\n" : ""
        let warehouse = database.map { "warehouse: \($0)\n" } ?? ""
        let hasProcedures = place != .embedded
        try workspace.write(
            "pulih.yml", Store.configuration(withProcedures: hasProcedures) + catalog + warehouse)
        for (path, sql) in Store.models { try workspace.write("sql/\(path)", sql) }
        if hasProcedures {
            for (path, sql) in Store.procedures { try workspace.write("sql/\(path)", sql) }
        }
        return workspace
    }

    func copy(_ workspace: Workspace) async throws -> Workspace {
        let target = newFolder()
        try await Self.copyFolder(workspace.root, target)
        guard let database = workspace.database else {
            return Workspace(root: target, place: workspace.place, database: nil)
        }
        let other = try await runningServer().copyDatabase(database)
        let copy = Workspace(root: target, place: workspace.place, database: other)
        try copy.write("pulih.yml", try copy.read("pulih.yml").replacing(database, with: other))
        return copy
    }

    func remove(_ workspace: Workspace) async throws {
        try FileManager.default.removeItem(atPath: workspace.root)
        if let database = workspace.database {
            try await runningServer().sql(
                "DROP DATABASE \"\(PostgresServer.database(database))\" WITH (FORCE)")
        }
    }

    /// The workspace as it stands, for whoever wants to know why.
    func keep(_ workspace: Workspace, in folder: String) async throws {
        try await Self.copyFolder(workspace.root, "\(folder)/workspace")
        guard let database = workspace.database else { return }
        let dump = ["--file", "\(folder)/database.sql", "--dbname", database]
        try await Self.must("pg_dump", dump)
    }

    private func runningServer() async throws -> PostgresServer {
        if let server { return try await server.value }
        // Commands die here, the server does not: it need not sync.
        let task = Task {
            try await PostgresServer(settings: [
                "max_connections": "100", "fsync": "off", "full_page_writes": "off", "autovacuum": "off",
            ])
        }
        server = task
        return try await task.value
    }

    private func newFolder() -> String {
        count += 1
        return "\(parent)/\(count)"
    }

    private static func copyFolder(_ from: String, _ to: String) async throws {
        try await must("cp", ["-a", "--reflink=auto", from, to])
    }

    private static func must(_ program: String, _ arguments: [String]) async throws {
        let outcome = try await ChildProcess.run(program, arguments)
        guard outcome.isSuccess else { throw TestFailure("\(program): \(outcome.errorText)") }
    }
}
