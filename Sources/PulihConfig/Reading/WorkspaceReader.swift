import PulihModel
import PulihYAML

/// What `pulih.yml` says; where problems were reported, what could be read of it.
struct WorkspaceFile {
    var catalog = CatalogLocation.sqlite(path: "data/catalog.sqlite")
    var warehouse = WarehouseLocation.duckdb(folder: "warehouse")
    var settings: Settings
    var clients: [Client] = []
    var sources: [SourceSystem] = []
    var hooks = RunHooks()
}

/// Reads `pulih.yml`.
struct WorkspaceReader {
    static let version = "1"

    let source: YAMLSource
    /// Default of threads and parallel steps.
    let cores: Int

    /// nil, reported, when there is nothing to read.
    func read(_ root: YAMLNode) -> WorkspaceFile? {
        let keys = ["pulih", "catalog", "warehouse", "settings", "clients", "hooks", "sources"]
        guard let section = Section(root, source.file, keys: keys, in: source) else { return nil }
        readVersion(section)
        var file = WorkspaceFile(settings: settings(section))
        if let path = embedded(section, "catalog", kind: "sqlite") { file.catalog = .sqlite(path: path) }
        if let folder = embedded(section, "warehouse", kind: "duckdb") {
            file.warehouse = .duckdb(folder: folder)
        }
        let sources = section["sources"]
        if let sources { file.sources = SourceReader(source: source).read(sources) }
        if file.sources.allSatisfy(\.files.isEmpty) {
            section.report("sources", "no source file is declared", hint: "'pulih infer FILE' proposes one")
        }
        if let clients = section["clients"] {
            file.clients = ClientReader(source: source, sources: sources?.pairs?.map(\.name) ?? []).read(
                clients)
        }
        if section["clients"]?.pairs?.isEmpty ?? true {
            section.report("clients", "no client is declared", hint: "write clients: {client1: {id: 1}}")
        }
        file.hooks = hooks(section)
        return file
    }

    private func readVersion(_ section: Section) {
        let version = section.requiredText("pulih", hint: "begin with 'pulih: \(Self.version)'")
        if let version, version != Self.version {
            section.report(
                "pulih", "format \(version) is not known; this version reads format \(Self.version)")
        }
    }

    /// The path of `catalog: {sqlite: PATH}`; nil for the default or when reported.
    private func embedded(_ section: Section, _ key: String, kind: String) -> String? {
        guard let node = section[key] else { return nil }
        let written = node.pairs?.map(\.name) ?? [node.text ?? node.kindName]
        guard written == [kind] else {
            let words = written.map { "'\($0)'" }.joined(separator: ", ")
            section.report(
                key, "unknown \(key) \(words)",
                hint: "there is \(kind), embedded: '\(key): \(kind)' or '\(key): {\(kind): PATH}'")
            return nil
        }
        guard let place = node.pairs?.first?.value else { return nil }
        guard !place.isNull, let path = place.text, !path.isEmpty else {
            source.report(place, "'\(kind)' must be a path, not \(place.shown)")
            return nil
        }
        return path
    }

    private func settings(_ root: Section) -> Settings {
        var settings = Settings.standard(cores: cores)
        let keys = ["memory_limit", "threads", "parallel_steps", "settle_seconds"]
        guard let node = root["settings"], let section = Section(node, "settings", keys: keys, in: source)
        else {
            return settings
        }
        if let text = section.text("memory_limit") {
            if let bytes = ByteSize.parse(text), bytes >= ByteSize.leastMemory {
                settings.memoryLimitBytes = bytes
            } else {
                section.report(
                    "memory_limit", "'memory_limit' must be a size of 32MB or more, not '\(text)'",
                    hint: "write a number and KB, MB or GB")
            }
        }
        settings.threads = section.int("threads", in: 1...1_024) ?? settings.threads
        settings.parallelSteps = section.int("parallel_steps", in: 1...1_024) ?? settings.parallelSteps
        settings.settleSeconds = section.number("settle_seconds", upTo: 86_400) ?? settings.settleSeconds
        return settings
    }

    private func hooks(_ root: Section) -> RunHooks {
        let keys = ["on_start", "on_success", "on_failure"]
        guard let node = root["hooks"], let section = Section(node, "hooks", keys: keys, in: source) else {
            return RunHooks()
        }
        func statements(_ key: String) -> [String] {
            let texts = section[key] == nil ? [] : section.texts(key) ?? []
            for text in texts {
                let template = ModelTemplate(text.text)
                source.report(template, at: text.node.line)
                if template.usesThis {
                    source.report(text.node, "'{{ this }}' is no table in a hook of the run")
                }
            }
            return texts.map(\.text)
        }
        return RunHooks(
            onStart: statements("on_start"), onSuccess: statements("on_success"),
            onFailure: statements("on_failure"))
    }
}

extension YAMLSource {
    /// Reports what cannot be expanded.
    /// - Parameter line: where the SQL begins.
    func report(_ template: ModelTemplate, at line: Int) {
        for problem in template.problems {
            problems.report(
                SourceLine(file: file, line: line + problem.linesBefore), problem.message, hint: problem.hint)
        }
    }
}
