internal import PulihCatalog
internal import PulihConfig
internal import PulihEngine
internal import PulihModel
internal import PulihPipeline
internal import PulihSystem
internal import PulihWarehouses

/// A workspace with its configuration, and the one place that names the adapters.
struct Workspace: Sendable {
    let layout: WorkspaceLayout
    let configuration: Configuration

    /// The workspace that was named, or the nearest folder with a `pulih.yml` from here upward.
    /// - Throws: `usage` when there is none, `configuration` with every problem of its files.
    static func open(_ invocation: Invocation) async throws -> Workspace {
        let root = try await root(invocation)
        let configuration = try await BlockingWork.run {
            do {
                return try ConfigurationLoader.load(workspace: root)
            } catch let errors as ConfigurationErrors {
                throw errors.pulihError
            }
        }
        return Workspace(layout: WorkspaceLayout(root: root), configuration: configuration)
    }

    static func root(_ invocation: Invocation) async throws -> String {
        let here = WorkingFolder.path
        let named = invocation.value("--workspace") ?? WorkingFolder.environment("PULIH_WORKSPACE")
        return try await BlockingWork.run {
            if let named {
                let path = WorkingFolder.absolute(named, from: here)
                guard try FileIdentity.ifPresent(path + "/pulih.yml") != nil else {
                    throw PulihError(
                        .usage, "\(named) is no workspace: it has no pulih.yml", object: named,
                        hint: "'pulih init \(named)' makes one")
                }
                return path
            }
            var folder = here
            while true {
                if try FileIdentity.ifPresent(folder + "/pulih.yml") != nil { return folder }
                guard let slash = folder.lastIndex(of: "/"), folder != "/" else { break }
                folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
            }
            throw PulihError(
                .usage, "there is no pulih.yml here or in a folder above", object: here,
                hint: "go to a workspace, name it with --workspace DIR, or make one with 'pulih init DIR'")
        }
    }

    /// For messages: `data/catalog.sqlite`, `postgresql://pulih@localhost:5432/dwh`.
    var catalogShown: String {
        switch configuration.catalog {
        case .sqlite(let path): layout.shown(layout.resolve(path))
        case .postgresql(let location): location.url
        }
    }

    func openCatalog(readOnly: Bool, create: Bool = false) async throws -> any Catalog {
        switch configuration.catalog {
        case .sqlite(let path):
            try await openSQLiteCatalog(layout.resolve(path), readOnly: readOnly, create: create)
        case .postgresql(let location):
            try await PostgresCatalog.open(
                location, password: try await password(of: location, "catalog"), readOnly: readOnly,
                create: create, patience: CatalogPatience(configuration.settings.retry.standard))
        }
    }

    private func openSQLiteCatalog(_ path: String, readOnly: Bool, create: Bool) async throws -> any Catalog {
        try await BlockingWork.run {
            if create {
                try DurableFile.createFolders(PathText.folder(of: path))
            } else if try FileIdentity.ifPresent(path) == nil {
                throw PulihError(
                    .unreachable, "the catalog \(path) is not there", object: path,
                    leftBehind: "nothing was done",
                    hint: "run 'pulih apply', which makes it")
            }
        }
        return try await SQLiteCatalog.open(
            path: path, readOnly: readOnly,
            patience: CatalogPatience(configuration.settings.retry.standard))
    }

    func makeEngine() async throws -> any Engine & BinaryCopySource {
        let folder = layout.workFolder
        let settings = configuration.settings
        return try await BlockingWork.run {
            try DurableFile.createFolders(folder)
            return try DuckDBEngine(settings: settings, workFolder: folder)
        }
    }

    /// - Parameter source: makes the rows to load; nil: only to read.
    func makeWarehouse(_ source: (any BinaryCopySource)? = nil) async throws -> any Warehouse {
        switch configuration.warehouse {
        case .duckdb(let folder):
            DuckDBWarehouse(
                folder: layout.resolve(folder), workFolder: layout.workFolder,
                settings: configuration.settings)
        case .postgresql(let location):
            PostgresWarehouse(
                location, password: try await password(of: location, "warehouse"),
                roles: configuration.clients.reduce(into: [:]) { $0[$1.name] = $1.role }, source: source,
                settings: configuration.settings)
        }
    }

    /// Opens what a run needs, runs the body and closes it again.
    func withEnvironment<Value: Sendable>(
        _ progress: Progress, _ body: (RunEnvironment) async throws -> Value
    ) async throws -> Value {
        let catalog = try await openCatalog(readOnly: false)
        let engine = try await makeEngine()
        let environment = RunEnvironment(
            layout: layout, configuration: configuration, catalog: catalog, engine: engine,
            warehouse: try await makeWarehouse(engine), places: try await makePlaces(), clock: SystemClock(),
            host: try HostIdentity.current(),
            user: WorkingFolder.user
        ) { progress.show($0) }
        let value: Value
        do {
            value = try await body(environment)
        } catch {
            // The first error is the one that matters; the process may go on to another client.
            do {
                try await engine.close()
                try await catalog.close()
            } catch let later {
                progress.show(.note("while closing: \(later)"))
            }
            throw error
        }
        try await engine.close()
        try await catalog.close()
        return value
    }

    /// The client that was named, or the only one.
    func client(_ name: String?) throws -> Client {
        if let name {
            if let client = configuration.client(name) { return client }
            let names = configuration.clients.map(\.name)
            let guess = Suggestion.hint(for: name, among: names)
            throw PulihError(
                .usage, "there is no client '\(name)'" + (guess.isEmpty ? "" : " (\(guess))"), object: name,
                hint: "clients of this workspace: \(names.joined(separator: ", "))")
        }
        guard configuration.clients.count == 1 else {
            throw PulihError(
                .usage, "this workspace has several clients; name one", object: "",
                hint: "clients: \(configuration.clients.map(\.name).joined(separator: ", "))")
        }
        return configuration.clients[0]
    }

    /// Where a batch's raw file lies; nil when it is gone.
    func locateRaw(_ file: FileRecord) throws -> String? {
        for place in [WorkspaceLayout.RawPlace.success, .failed, .archive] {
            let path = layout.raw(file.client, file.key.source, place) + "/" + file.physicalName
            if try FileIdentity.ifPresent(path) != nil { return path }
        }
        return nil
    }
}
