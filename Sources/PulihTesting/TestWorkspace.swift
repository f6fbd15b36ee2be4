internal import Foundation
public import PulihModel

/// A workspace in a temporary folder, which goes with the last reference to it.
public final class TestWorkspace: Sendable {
    public typealias Output = PulihProgram.Output

    public let root: String
    /// The test's, when the workspace was made.
    public let place: Place
    /// URL of its database; nil for an embedded one.
    public let database: String?

    /// - Parameters:
    ///   - configuration: the whole `pulih.yml` but for the place of catalog and warehouse.
    ///   - models: SQL by path below `sql/`, as `gold/revenue.sql`.
    ///   - database: URL of one that is there; nil: one of its own on the server that tests share.
    public convenience init(
        _ configuration: String, models: [String: String] = [:], database: String? = nil
    ) async throws {
        let place = Place.current
        let (lines, database) = try await place.make(in: database)
        self.init(root: try TemporaryFolders.make(), place: place, database: database)
        try write("pulih.yml", configuration + lines)
        for (path, sql) in models { try write("sql/\(path)", sql) }
    }

    private init(root: String, place: Place, database: String?) {
        self.root = root
        self.place = place
        self.database = database
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: root)
        } catch {
            print("left behind: \(root): \(error)")
        }
    }

    /// The same workspace somewhere else, for a test that changes what others share.
    public func copy() async throws -> TestWorkspace {
        let target = try TemporaryFolders.make()
        try FileManager.default.removeItem(atPath: target)
        try FileManager.default.copyItem(atPath: root, toPath: target)
        guard let database else { return TestWorkspace(root: target, place: place, database: nil) }
        let other = try await PostgresServer.shared.copyDatabase(database)
        let copy = TestWorkspace(root: target, place: place, database: other)
        try copy.write("pulih.yml", try copy.read("pulih.yml").replacing(database, with: other))
        return copy
    }

    // MARK: verbs

    /// Runs a verb inside the workspace.
    /// - Parameters:
    ///   - failpoints: as `PULIH_FAILPOINTS` takes them.
    ///   - environment: more variables.
    public func run(
        _ words: String..., failpoints: String? = nil, environment: [String: String] = [:]
    ) async throws -> Output {
        try await run(words, failpoints: failpoints, environment: environment)
    }

    /// Runs a verb that has to end with this exit code.
    /// - Throws: `TestFailure` with all it said when it ends otherwise.
    @discardableResult
    public func must(_ words: String..., exit: Int32 = 0) async throws -> Output {
        try await must(words, exit: exit)
    }

    /// Runs a verb with `--json`.
    public func json(_ words: String..., exit: Int32 = 0) async throws -> JSONValue {
        try await must(words + ["--json"], exit: exit).json()
    }

    public func run(
        _ words: [String], failpoints: String? = nil, environment: [String: String] = [:]
    ) async throws -> Output {
        var environment = environment
        if let failpoints { environment["PULIH_FAILPOINTS"] = failpoints }
        return try await PulihProgram.run(words, folder: root, environment: environment)
    }

    private func must(_ words: [String], exit: Int32) async throws -> Output {
        let output = try await run(words)
        guard output.exit == exit else {
            throw TestFailure(
                "pulih \(words.joined(separator: " ")) should end with \(exit): \(output.everything)")
        }
        return output
    }

    // MARK: files

    /// A path of the workspace, absolute.
    public func path(_ relative: String) -> String { "\(root)/\(relative)" }

    public func write(_ relative: String, _ text: String) throws {
        let url = URL(fileURLWithPath: path(relative))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    public func read(_ relative: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(relative))), as: UTF8.self)
    }

    /// Replaces a text that must stand exactly once in the file.
    public func edit(_ relative: String, _ old: String, _ new: String) throws {
        let text = try read(relative)
        guard text.components(separatedBy: old).count == 2 else {
            throw TestFailure("'\(old)' does not stand exactly once in \(relative)")
        }
        try write(relative, text.replacing(old, with: new))
    }

    public func exists(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }

    public func move(_ from: String, to: String) throws {
        try FileManager.default.moveItem(atPath: path(from), toPath: path(to))
    }

    public func remove(_ relative: String) throws {
        try FileManager.default.removeItem(atPath: path(relative))
    }

    /// Puts a file where Pulih collects it.
    public func drop(_ name: String, _ content: String, client: String = "client1", source: String = "shop")
        throws
    {
        try write("raw/\(client)/\(source)/incoming/\(name)", content)
    }

    public func drop(_ files: [OtherFormats.File], client: String = "client1", source: String = "shop") throws
    {
        for file in files {
            try drop(file.name, "", client: client, source: source)
            let path = path("raw/\(client)/\(source)/incoming/\(file.name)")
            try Data(file.bytes).write(to: URL(fileURLWithPath: path))
        }
    }

    /// Names in a folder, hidden ones left out, sorted; empty when there is no such folder.
    public func names(in folder: String) throws -> [String] {
        guard exists(folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path(folder)).filter { !$0.hasPrefix(".") }
            .sorted()
    }

    /// All files below a folder, as paths below the workspace, sorted.
    public func files(below folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path(folder)).map { "\(folder)/\($0)" }
            .filter { path in
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: self.path(path), isDirectory: &isFolder)
                    && !isFolder.boolValue
            }.sorted()
    }
}
