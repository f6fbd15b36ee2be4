internal import PulihConfig
internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Verb {
    static let initialize = Verb(
        "init", summary: "make a workspace",
        discussion:
            "An empty one explains itself in its pulih.yml; --example retail brings files, models and rules to look at.",
        arguments: [Argument("DIR", "the folder; it must be empty or not there yet")],
        options: [
            Option("--example", value: "NAME", "start from an example: retail"),
            Option("--catalog", value: "URL", "where the catalog is; default: sqlite"),
            Option("--warehouse", value: "URL", "where the warehouse is; default: duckdb"),
        ],
        examples: [
            "pulih init warehouse1", "pulih init demo --example retail",
            "pulih init dwh --catalog postgresql://pulih@db1/dwh --warehouse postgresql://pulih@db1/dwh",
        ]
    ) { invocation in
        let shown = invocation.positional[0]
        let root = WorkingFolder.absolute(shown)
        let locations = try [location(.catalog, invocation), location(.warehouse, invocation)].compactMap(
            \.self)
        let example = try invocation.value("--example").map { try ExampleFolder.find($0) }
        let written = try await BlockingWork.run {
            try WorkspaceTemplate.write(to: root, example: example, locations: locations)
        }
        if invocation.isJSON {
            Output.standard.line(
                JSONValue.object([
                    JSONMember("workspace", .string(root)), JSONMember("files", .strings(written)),
                ]).pretty)
        } else {
            for file in written { Output.standard.line("made \(shown)/\(file)") }
            Output.standard.line(
                "next: cd \(shown), \(example == nil ? "edit pulih.yml, " : "")then 'pulih apply'")
        }
        return .done
    }

    private static func location(_ key: LocationLine.Key, _ invocation: Invocation) throws -> LocationLine? {
        guard let place = invocation.value("--\(key.rawValue)") else { return nil }
        do {
            return try LocationLine(key, place)
        } catch {
            throw PulihError(
                .usage, "pulih init: \(error.description)", object: "--\(key.rawValue)",
                leftBehind: "nothing was made",
                hint:
                    "write postgresql://USER@HOST:PORT/DATABASE; passwords are found by libpq, or under 'password:'"
            )
        }
    }

    static let infer = Verb(
        "infer", summary: "propose the configuration of files from their content",
        discussion: """
            Reads each file whole and prints YAML for 'sources:' of pulih.yml. What a file is, is told by its content. It is
            a proposal: look at it, choose the delivery, paste it, run 'pulih apply'.
            """,
        arguments: [Argument("FILE", "files of CSV, XLSX, XLS, JSON, NDJSON or Parquet", .repeated)],
        options: [
            Option("--source", value: "NAME", "the source system the files come from; default: source1")
        ],
        examples: ["pulih infer exports/cust_info.csv --source crm"]
    ) { invocation in
        let source = invocation.value("--source") ?? "source1"
        let (texts, documents) = try await ScratchEngine.with { engine in
            var texts: [String] = []
            var documents: [JSONValue] = []
            for path in invocation.positional {
                for (text, document) in try await propose(path, engine) {
                    texts.append(text)
                    documents.append(document)
                }
            }
            return (texts, documents)
        }
        if invocation.isJSON {
            Output.standard.line(JSONValue.array(documents).pretty)
        } else {
            Output.standard.line("sources:\n  \(source):\n    files:")
            for text in texts { Output.standard.write(text) }
        }
        return .done
    }

    private static func propose(
        _ path: String, _ engine: any Engine
    ) async throws -> [(text: String, document: JSONValue)] {
        let absolute = WorkingFolder.absolute(path)
        guard try await BlockingWork.run({ try FileIdentity.ifPresent(absolute) }) != nil else {
            throw PulihError(.usage, "there is no file \(path)", object: path, hint: "check the path")
        }
        let proposals = try await engine.propose(path: absolute)
        let texts = ProposalWriter.yaml(proposals, fileName: PathText.name(of: path))
        return zip(proposals, texts).map { proposal, text in
            (
                text,
                [
                    "file": .string(path), "table": .optional(proposal.table),
                    "type": .string(proposal.format.type.rawValue), "records": .number(proposal.records),
                    "keys": .strings(proposal.keys), "remarks": .strings(proposal.remarks),
                    "yaml": .string(text),
                ]
            )
        }
    }
}

/// The examples that come with Pulih: beside an installed program, or in the checkout it was built in.
enum ExampleFolder {
    static func find(_ name: String) throws -> String {
        var folders = [
            PathText.folder(of: PathText.folder(of: WorkingFolder.executable)) + "/share/pulih/examples"
        ]
        var parent = PathText.folder(of: WorkingFolder.executable)
        while parent != "/" {
            folders.append(parent + "/examples")
            parent = PathText.folder(of: parent)
        }
        for folder in folders {
            guard try FileIdentity.ifPresent(folder) != nil else { continue }
            if try FileIdentity.ifPresent("\(folder)/\(name)/pulih.yml") != nil { return "\(folder)/\(name)" }
            let names = try listFolder(folder).filter { $0.kind == .folder }.map(\.name)
            if names.isEmpty { continue }
            throw PulihError(
                .usage, "there is no example '\(name)'", object: name, leftBehind: "nothing was made",
                hint: "examples: \(names.joined(separator: ", "))")
        }
        throw PulihError(
            .usage, "the examples are not there", object: name, leftBehind: "nothing was made",
            hint: "'make install' puts them beside the program")
    }
}
