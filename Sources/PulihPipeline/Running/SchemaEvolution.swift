internal import PulihModel
internal import PulihSystem

/// What the files of a batch are read with: the configuration, and the columns that deliveries up to this batch brought
/// under `drift: evolve`. `pulih.yml` stays the truth of what is configured; the registry in the catalog remembers what
/// came beside it.
///
/// An older batch does not see what a later one brought, so that it runs again as it ran.
struct SchemaEvolution: Sendable {
    let held: HeldClient

    struct Reading: Sendable {
        var configuration: Configuration
        /// Source names of columns that this batch brought.
        var brought: [FileKey: [String]] = [:]
        /// Files whose bronze table may lack a column.
        var evolved: Set<FileKey> = []
    }

    private var environment: RunEnvironment { held.environment }
    private var client: String { held.client.name }

    /// Registers what the files of the batch bring; safe to repeat.
    /// - Parameter isDry: nothing is registered.
    func reading(_ manifest: Manifest, isDry: Bool) async throws -> Reading {
        let configuration = environment.configuration
        let evolving = Set(
            manifest.files.compactMap { configuration.file($0.key) }.filter { $0.drift == .evolve }.map(\.key)
        )
        guard !evolving.isEmpty else { return Reading(configuration: configuration) }
        var accepted = try await environment.catalog.acceptedColumns(client: client)
            .filter { evolving.contains($0.key) }
            .mapValues { $0.filter { $0.acceptedBy.map { $0 <= manifest.batch } ?? false } }
        for file in manifest.files where evolving.contains(file.key) {
            let reading = configuration.accepting(accepted)
            guard let spec = reading.file(file.key) else { continue }
            let new = try await newColumns(file, spec).map {
                SchemaColumn(
                    name: $0.name, type: ColumnType.text.description, isRequired: false, source: $0.source,
                    acceptedBy: manifest.batch)
            }
            guard !new.isEmpty else { continue }
            if !isDry { try await register(new, file, manifest.batch) }
            accepted[file.key, default: []] += new
        }
        var result = Reading(configuration: configuration.accepting(accepted))
        result.evolved = Set(accepted.filter { !$0.value.isEmpty }.keys)
        result.brought = accepted.mapValues { columns in
            columns.filter { $0.acceptedBy == manifest.batch }.map { $0.source ?? $0.name }
        }
        return result
    }

    private func register(_ new: [SchemaColumn], _ file: ManifestFile, _ batch: BatchID) async throws {
        try await environment.catalog.accept(
            new, client: client, key: file.key, at: environment.clock.now())
        let names = new.map { $0.source ?? $0.name }.joined(separator: ", ")
        try await held.auditor.record(
            "schema", .success, batch: batch,
            "\(file.physicalName) brought \(names) of \(file.key), registered as text; 'pulih schema \(client) \(file.key)' shows it"
        )
    }

    /// Extra columns of a file that may go on with them. One that is probably the new name of a column that is missing is
    /// none.
    private func newColumns(_ file: ManifestFile, _ spec: FileSpec) async throws -> [ColumnSpec] {
        guard let header = try await header(of: file, spec.format) else { return [] }
        let check = MappingCheck(spec: spec, received: header)
        guard check.problem == nil else { return [] }
        var taken = Set(spec.columns.map { $0.name.lowercased() })
        return check.extra.compactMap { source in
            guard !check.renamed.contains(where: { $0.extra == source }) else { return nil }
            let name = source.lowercased()
            guard Self.isNameable(name), taken.insert(name).inserted else { return nil }
            return ColumnSpec(source: source, name: name, type: .text, isRequired: false)
        }
    }

    /// What every warehouse takes and no column of Pulih's has. Others are left out, with a warning.
    private static func isNameable(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 63 && !name.hasPrefix("dwh_")
            && !name.unicodeScalars.contains { $0.value < 0x20 }
    }

    /// nil: it cannot be told, and the stages that follow say why.
    private func header(of file: ManifestFile, _ format: RecordFormat) async throws -> [String]? {
        let files = held.files
        guard let raw = try await BlockingWork.run({ try files.locateRaw(file) }) else { return nil }
        do {
            return try await environment.engine.header(path: raw, format: format)
        } catch {
            guard let error = error as? PulihError, error.code == .data else { throw error }
            return nil
        }
    }
}

extension RunEnvironment {
    /// With what the files of one batch are read with.
    func reading(by configuration: Configuration) -> RunEnvironment {
        RunEnvironment(
            layout: layout, configuration: configuration, catalog: catalog, engine: engine,
            warehouse: warehouse, places: places, clock: clock, pace: pace, host: host, user: user,
            stop: stop,
            report: report)
    }
}
