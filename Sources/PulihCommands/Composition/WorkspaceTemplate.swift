internal import PulihConfig
internal import PulihModel
internal import PulihSystem

/// What `init` writes.
enum WorkspaceTemplate {
    /// - Parameters:
    ///   - example: folder whose `pulih.yml` and `sql/` are copied; nil: a commented beginning.
    ///   - locations: lines that take the place of those of the example or the beginning.
    /// - Returns: what was written, relative to the workspace.
    /// - Throws: `refused` when the folder holds something already.
    static func write(to root: String, example: String?, locations: [LocationLine]) throws -> [String] {
        if try FileIdentity.ifPresent(root) != nil, try !listFolder(root).isEmpty {
            throw PulihError(
                .refused, "\(root) is not empty", object: root, leftBehind: "nothing was made",
                hint: "name a folder that is empty or not there yet")
        }
        try DurableFile.createFolders(root)
        guard let example else {
            for folder in ["sql/silver", "sql/gold", "raw", "data", "batch_info", "backup", "audit"] {
                try DurableFile.createFolders("\(root)/\(folder)")
            }
            try DurableFile.write(replacing(locations, in: configuration), to: "\(root)/pulih.yml")
            return ["pulih.yml", "sql/silver/", "sql/gold/"]
        }
        var written: [String] = []
        for folder in ["raw", "data", "batch_info", "backup", "audit"] {
            try DurableFile.createFolders("\(root)/\(folder)")
        }
        try copy("sql", from: example, to: root, &written)
        // pulih.yml last: it is what makes the folder a workspace.
        if locations.isEmpty {
            try DurableFile.copy("\(example)/pulih.yml", to: "\(root)/pulih.yml")
        } else {
            let yaml = try FileReader.readText("\(example)/pulih.yml", limit: 1_000_000)
            try DurableFile.write(replacing(locations, in: yaml), to: "\(root)/pulih.yml")
        }
        return ["pulih.yml"] + written
    }

    private static func replacing(_ locations: [LocationLine], in yaml: String) -> String {
        locations.reduce(yaml) { $1.replacing(in: $0) }
    }

    private static func copy(_ name: String, from: String, to: String, _ written: inout [String]) throws {
        try DurableFile.createFolders("\(to)/\(name)")
        for entry in try listFolder("\(from)/\(name)") {
            let inner = "\(name)/\(entry.name)"
            if entry.kind == .folder {
                try copy(inner, from: from, to: to, &written)
            } else {
                try DurableFile.copy("\(from)/\(inner)", to: "\(to)/\(inner)")
                written.append(inner)
            }
        }
    }

    private static let configuration = """
        # What Pulih carries, from dropped files to gold tables. docs/configuration.md explains every key.
        pulih: 1
        catalog: sqlite             # or postgresql://USER@HOST:PORT/DATABASE
        warehouse: duckdb           # or postgresql://USER@HOST:PORT/DATABASE
        clients:
          client1:
            id: 1
        sources:
          # 'pulih infer FILE --source crm' proposes what stands here from a file's content.
          source1:
            files:
              example:
                pattern: "example*.csv"
                type: csv
                delivery: full        # full replaces, delta adds, {upsert: [key]} adds and the newest of a key is in force
                columns:
                  id: bigint
                  name: text
                rules:
                  - unique: id

        """
}
