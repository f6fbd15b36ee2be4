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
            Reads each file whole and prints YAML for 'sources:' of pulih.yml. It is a proposal: look at it, choose the
            delivery, paste it, run 'pulih apply'.
            """,
        arguments: [Argument("FILE", "CSV files", .repeated)],
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
                let (text, document) = try await propose(path, engine)
                texts.append(text)
                documents.append(document)
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

    private static func propose(_ path: String, _ engine: any Engine) async throws -> (String, JSONValue) {
        let absolute = WorkingFolder.absolute(path)
        guard try await BlockingWork.run({ try FileIdentity.ifPresent(absolute) }) != nil else {
            throw PulihError(.usage, "there is no file \(path)", object: path, hint: "check the path")
        }
        let proposal = try await engine.propose(path: absolute)
        let text = ProposalWriter.yaml(proposal, fileName: PathText.name(of: path))
        let document: JSONValue = [
            "file": .string(path), "records": .number(proposal.records), "keys": .strings(proposal.keys),
            "remarks": .strings(proposal.remarks), "yaml": .string(text),
        ]
        return (text, document)
    }

    static let apply = Verb(
        "apply",
        summary: "check pulih.yml and sql/, show the difference to the catalog and bring the catalog to it",
        options: [
            Option("--yes", short: "-y", "do not ask"),
            Option("--check", "only check and show; exit 0 when nothing differs, else 3"),
        ],
        examples: ["pulih apply", "pulih apply --yes"]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let engine = try await workspace.makeEngine()
        _ = try await ModelAnalysis(workspace.configuration, engine: engine)
        try await engine.close()
        let catalog = try await workspace.openCatalog(readOnly: false, create: true)
        let changes = ConfigurationDifference.between(
            applied: try await catalog.configurationRows(), wanted: workspace.configuration.rows())
        let outcome = try await apply(changes, to: catalog, workspace, invocation)
        try await catalog.close()
        if invocation.isJSON {
            let json: JSONValue = [
                "changes": .strings(changes.map { $0.describe() }),
                "applied": .bool(outcome == .done && !invocation.has("--check")),
            ]
            Output.standard.line(json.pretty)
        }
        return outcome
    }

    private static func apply(
        _ changes: [ConfigurationChange], to catalog: any Catalog, _ workspace: Workspace,
        _ invocation: Invocation
    ) async throws -> ExitCode {
        if !invocation.isJSON {
            for change in changes { Output.standard.line(change.describe()) }
            if changes.isEmpty {
                Output.standard.line("nothing to apply: the catalog has what the files say")
            }
        }
        if invocation.has("--check") { return changes.isEmpty ? .done : .configuration }
        if !changes.isEmpty, !invocation.has("--yes"), !confirmed(changes.count) {
            Output.error.line("nothing was applied; 'pulih apply --yes' does not ask")
            return .usage
        }
        try await Configuring(workspace.layout, catalog, SystemClock()).apply(
            changes, clients: workspace.configuration.clients)
        if !changes.isEmpty, !invocation.isJSON {
            Output.standard.line("applied \(Columns.plural(changes.count, "change"))")
        }
        return .done
    }

    private static func confirmed(_ count: Int) -> Bool {
        guard Terminal.isTerminal(.output) else { return false }
        Output.error.write("apply \(Columns.plural(count, "change"))? [y/N] ")
        return readLine()?.lowercased().hasPrefix("y") ?? false
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
