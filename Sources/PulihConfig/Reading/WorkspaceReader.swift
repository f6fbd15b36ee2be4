import PulihModel
import PulihYAML

/// What `pulih.yml` says; where problems were reported, what could be read of it.
struct WorkspaceFile {
    var catalog = LocationReader.catalog
    /// nil: it is wrong, and what depends on it is not checked.
    var warehouse: WarehouseLocation?
    var places = StoragePlaces()
    var settings: Settings
    var clients: [Client] = []
    var sources: [SourceSystem] = []
    var hooks = RunHooks()
    var alerts = Alerts()
    /// In the order in which they run.
    var procedures: [Procedure] = []
    /// Tables that procedures write, where they say so.
    var written: [PlacedReference] = []
}

/// Reads `pulih.yml`.
struct WorkspaceReader {
    static let version = "1"

    let source: YAMLSource
    /// Default of threads and parallel steps.
    let cores: Int

    /// nil, reported, when there is nothing to read.
    func read(_ root: YAMLNode) -> WorkspaceFile? {
        let keys = [
            "pulih", "catalog", "warehouse", "places", "settings", "clients", "hooks", "alerts",
            "procedures", "sources",
        ]
        guard let section = Section(root, source.file, keys: keys, in: source) else { return nil }
        readVersion(section)
        var file = WorkspaceFile(settings: settings(section))
        let locations = LocationReader(source: source)
        file.catalog = locations.catalog(section) ?? file.catalog
        file.warehouse = locations.warehouse(section)
        if let places = section["places"] { file.places = PlacesReader(source: source).read(places) }
        let sources = section["sources"]
        if let sources { file.sources = SourceReader(source: source).read(sources) }
        if file.sources.allSatisfy(\.files.isEmpty) {
            section.report("sources", "no source file is declared", hint: "'pulih infer FILE' proposes one")
        }
        if let clients = section["clients"] {
            let names = sources?.pairs?.map(\.name) ?? []
            file.clients = ClientReader(
                source: source, sources: names, files: file.sources.flatMap(\.files).map(\.key),
                warehouse: file.warehouse
            ).read(clients)
        }
        if section["clients"]?.pairs?.isEmpty ?? true {
            section.report("clients", "no client is declared", hint: "write clients: {client1: {id: 1}}")
        }
        file.hooks = hooks(section)
        file.alerts = alerts(section)
        if let node = section["procedures"] { readProcedures(node, section, into: &file) }
        if case .postgresql = file.warehouse {
            let names = PostgresNames(problems: source.problems)
            for file in file.sources.flatMap(\.files) { names.check(file) }
        }
        return file
    }

    private func readProcedures(_ node: YAMLNode, _ section: Section, into file: inout WorkspaceFile) {
        let read = ProcedureReader(source: source).read(node)
        file.procedures = ProcedureOrder(procedures: read, problems: source.problems).sorted()
        file.written = read.flatMap(\.writes)
        guard let warehouse = file.warehouse, !warehouse.hasProcedures else { return }
        section.report(
            "procedures", "a \(warehouse.kind) warehouse has no procedures",
            hint: "name a server, 'warehouse: postgresql://USER@HOST:PORT/DATABASE', or write them as models")
    }

    private func readVersion(_ section: Section) {
        let version = section.requiredText("pulih", hint: "begin with 'pulih: \(Self.version)'")
        if let version, version != Self.version {
            section.report(
                "pulih", "format \(version) is not known; this version reads format \(Self.version)")
        }
    }

    private func settings(_ root: Section) -> Settings {
        var settings = Settings.standard(cores: cores)
        let keys = [
            "memory_limit", "threads", "parallel_steps", "settle_seconds", "lease_expiry", "disk_reserve",
            "process_memory", "retry", "auto_restart", "time_zone", "retention",
        ]
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
        settings.diskReserveBytes = size("disk_reserve", section) ?? settings.diskReserveBytes
        settings.processMemoryBytes = size("process_memory", section)
        settings.timeZone = section.timeZone("time_zone")
        if let node = section["retention"] { settings.retention = RetentionReader(source: source).read(node) }
        let retries = RetryReader(source: source)
        if let node = section["retry"] { settings.retry = retries.policies(node) }
        if let node = section["auto_restart"] {
            settings.autoRestart = retries.policy(node, "auto_restart", settings.autoRestart)
        }
        if let text = section.text("lease_expiry") {
            if let seconds = TimeSpan.parse(text), (5...3_600).contains(seconds) {
                settings.leaseExpirySeconds = seconds
            } else {
                section.report(
                    "lease_expiry", "'lease_expiry' must be a time from 5s to 1h, not '\(text)'",
                    hint: "write a number and s, min or h")
            }
        }
        return settings
    }

    /// A size, or 0 for no limit.
    private func size(_ key: String, _ section: Section) -> Int? {
        guard section[key] != nil, let text = section.text(key) else { return nil }
        if let bytes = text == "0" ? 0 : ByteSize.parse(text) { return bytes }
        section.report(
            key, "'\(key)' must be a size, or 0 for no limit, not '\(text)'",
            hint: "write a number and KB, MB or GB")
        return nil
    }

    private func alerts(_ root: Section) -> Alerts {
        guard let node = root["alerts"],
            let section = Section(node, "alerts", keys: ["on_failure"], in: source)
        else { return Alerts() }
        let words = section["on_failure"] == nil ? [] : section.texts("on_failure") ?? []
        if let first = words.first, first.text.isEmpty {
            section.report("on_failure", "'on_failure' begins with the path of a program")
        }
        return Alerts(onFailure: words.map(\.text))
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
