internal import PulihConfig
internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

extension Verb {
    static let doctor = Verb(
        "doctor", summary: "check set-up, folders, catalog, warehouse and disk",
        discussion: """
            Looks only; changes nothing, unless --repair is given. Each finding says what to do. Exit 0 when nothing is
            broken.
            """,
        options: [
            Option("--repair", "first take away what dead runs left: temporary files, leases, builds, marks")
        ],
        examples: ["pulih doctor", "pulih doctor --repair", "pulih doctor --json"]
    ) { invocation in
        let root = try await Workspace.root(invocation)
        var examination = Examination()
        do {
            let configuration = try await BlockingWork.run { try ConfigurationLoader.load(workspace: root) }
            let workspace = Workspace(layout: WorkspaceLayout(root: root), configuration: configuration)
            examination.ok(
                "configuration",
                "\(configuration.clients.count) client(s), \(configuration.sources.flatMap(\.files).count) file(s), \(configuration.models.count) model(s)"
            )
            let doctor = Doctor(workspace: workspace)
            if invocation.has("--repair") { await doctor.repair(&examination) }
            await doctor.examine(&examination)
        } catch let errors as ConfigurationErrors {
            examination.add("configuration", errors.pulihError)
        }
        if invocation.isJSON {
            Output.standard.line(examination.json.pretty)
        } else {
            for line in examination.lines { Output.standard.line(line) }
        }
        return examination.exitCode
    }
}

/// What the doctor found.
struct Examination {
    struct Finding {
        let subject: String
        let verdict: Verdict
        let text: String
        let hint: String
    }
    enum Verdict: String {
        /// Something was repaired.
        case done
        case ok
        case warning = "warn"
        case broken = "fail"
    }

    private(set) var findings: [Finding] = []
    private(set) var exitCode = ExitCode.done

    mutating func ok(_ subject: String, _ text: String) {
        findings.append(Finding(subject: subject, verdict: .ok, text: text, hint: ""))
    }

    mutating func done(_ subject: String, _ text: String) {
        findings.append(Finding(subject: subject, verdict: .done, text: text, hint: ""))
    }

    mutating func warn(_ subject: String, _ text: String, hint: String) {
        findings.append(Finding(subject: subject, verdict: .warning, text: text, hint: hint))
    }

    mutating func add(_ subject: String, _ error: any Error) {
        let error = PulihError.wrapping(error)
        if exitCode == .done { exitCode = error.code.exitCode }
        findings.append(Finding(subject: subject, verdict: .broken, text: error.summary, hint: error.hint))
    }

    var lines: [String] {
        findings.flatMap { finding in
            let head = "\(finding.verdict.rawValue.uppercased())  \(finding.subject): \(finding.text)"
            return finding.hint.isEmpty ? [head] : [head, "      HINT: \(finding.hint)"]
        }
    }

    var json: JSONValue {
        .array(
            findings.map {
                [
                    "subject": .string($0.subject), "verdict": .string($0.verdict.rawValue),
                    "text": .string($0.text),
                    "hint": .string($0.hint),
                ]
            })
    }
}

/// Examines a workspace whose configuration is readable.
struct Doctor {
    let workspace: Workspace
    /// Microseconds since 1970 UTC.
    let begun = SystemClock().now()

    func examine(_ examination: inout Examination) async {
        await models(&examination)
        await folders(&examination)
        await catalog(&examination)
        await integrity(&examination)
        await leftovers(&examination)
        await places(&examination)
        await warehouses(&examination)
        await procedures(&examination)
        await disk(&examination)
    }

    private func models(_ examination: inout Examination) async {
        do {
            let engine = try await workspace.makeEngine()
            let analysis = try await ModelAnalysis(workspace.configuration, engine: engine)
            try await engine.close()
            examination.ok(
                "models",
                analysis.order.isEmpty
                    ? "none" : "read in order: " + analysis.order.map(\.description).joined(separator: ", "))
        } catch {
            examination.add("models", error)
        }
    }

    private func folders(_ examination: inout Examination) async {
        do {
            let missing = try await missingFolders()
            if missing.isEmpty {
                examination.ok("folders", "all there")
            } else {
                examination.warn(
                    "folders",
                    "missing: \(missing.prefix(3).joined(separator: ", "))\(missing.count > 3 ? ", …" : "")",
                    hint: "'pulih apply' makes them")
            }
        } catch {
            examination.add("folders", error)
        }
    }

    private func missingFolders() async throws -> [String] {
        let (layout, clients) = (workspace.layout, workspace.configuration.clients)
        return try await BlockingWork.run {
            var missing: [String] = []
            for client in clients {
                for source in client.sources {
                    for place in WorkspaceLayout.RawPlace.allCases {
                        let path = layout.raw(client.name, source, place)
                        if try FileIdentity.ifPresent(path) == nil { missing.append(layout.shown(path)) }
                    }
                }
            }
            return missing
        }
    }

    private func catalog(_ examination: inout Examination) async {
        do {
            let catalog = try await workspace.openCatalog(readOnly: true)
            let changes = ConfigurationDifference.between(
                applied: try await catalog.configurationRows(), wanted: workspace.configuration.rows())
            if changes.isEmpty {
                examination.ok("catalog", "\(workspace.catalogShown), configuration applied")
            } else {
                examination.warn(
                    "catalog", "\(Columns.plural(changes.count, "change")) of the configuration not applied",
                    hint: "run 'pulih apply'")
            }
            try await batches(catalog, &examination)
            try await catalog.close()
        } catch {
            examination.add("catalog", error)
        }
    }

    private func batches(_ catalog: any Catalog, _ examination: inout Examination) async throws {
        let (alive, causes) = try await workspace.leases(catalog)
        for client in workspace.configuration.clients {
            let open = try await catalog.batches(client: client.name, limit: 1000).filter { batch in
                let status = BatchStory.effectiveStatus(batch, isAlive: alive.contains(client.name))
                return !status.isGood && status != .running && status != .skipped
            }
            guard let oldest = open.last else {
                examination.ok(
                    "batches of \(client.name)",
                    alive.contains(client.name) ? "a run is under way" : "all ended well")
                continue
            }
            let status = BatchStory.effectiveStatus(oldest, isAlive: alive.contains(client.name))
            let cause = BatchStory.effectiveMessage(
                oldest, isAlive: alive.contains(client.name), cause: causes[client.name])
            examination.warn(
                "batches of \(client.name)",
                "\(oldest.batch) is \(status.rawValue)" + (status == .interrupted ? " (\(cause))" : ""),
                hint:
                    "'pulih show \(oldest.batch) --client \(client.name)' says why, 'pulih restart \(client.name)' finishes it"
            )
        }
    }

    private func warehouses(_ examination: inout Examination) async {
        for client in workspace.configuration.clients {
            let subject = "warehouse of \(client.name)"
            do {
                let warehouse = try await workspace.makeWarehouse()
                guard try await warehouse.lastEpoch(client: client.name) > 0 else {
                    examination.ok(subject, "nothing loaded yet")
                    continue
                }
                let reader = try await warehouse.openToRead(client: client.name)
                let tables = try await reader.tables()
                let ledger = try await reader.ledger()
                try await reader.close()
                examination.ok(subject, "\(tables.count) tables and views, \(ledger.rows.count) ledger rows")
                leftOver(tables, of: client.name, subject, &examination)
                try await lostBatches(ledger, client.name, subject, &examination)
            } catch let error as PulihError where error.code == .busy {
                examination.ok(subject, error.summary)
            } catch {
                examination.add(subject, error)
            }
        }
    }

    /// Tables of models that were taken out of `sql/` stay as they were last published. What procedures write is not
    /// left over, nor can it be told where one of them does not say what it writes.
    private func leftOver(
        _ tables: [TableInfo], of client: String, _ subject: String, _ examination: inout Examination
    ) {
        let procedures = workspace.configuration.procedures
        guard !procedures.contains(where: \.writes.isEmpty) else { return }
        let made = workspace.configuration.models.map(\.table) + procedures.flatMap(\.writes)
        let known = Set(made.map { $0.live(client) })
        let schemas = [Layer.silver, .gold].map { $0.schema(of: client) }
        let left = tables.map(\.name).filter {
            schemas.contains($0.schema) && !known.contains($0) && !$0.table.hasPrefix("__build__")
        }
        guard !left.isEmpty else { return }
        examination.warn(
            subject, "no model makes \(left.sorted().map(\.description).joined(separator: ", ")) any more",
            hint:
                "what stands there is as old as its last publication; drop it in an on_success hook if nobody reads it"
        )
    }

    private func lostBatches(
        _ ledger: LedgerSnapshot, _ client: String, _ subject: String, _ examination: inout Examination
    ) async throws {
        let catalog = try await workspace.openCatalog(readOnly: true)
        let known = Set(ledger.rows.map(\.batch))
        let lost = try await catalog.batches(client: client, limit: 100_000)
            .filter { $0.status.isGood && !known.contains($0.batch) }
        try await catalog.close()
        guard !lost.isEmpty else { return }
        examination.warn(
            subject, "it does not hold \(lost.reversed().map(\.batch.description).joined(separator: ", "))",
            hint:
                "was an older copy restored? 'pulih start \(client)' carries them again from their raw files")
    }

    private func procedures(_ examination: inout Examination) async {
        let configuration = workspace.configuration
        guard !configuration.procedures.isEmpty || !configuration.scripts.isEmpty else { return }
        do {
            let warehouse = try await workspace.makeWarehouse()
            let changes = try await warehouse.scriptChanges(configuration.scripts)
            if !changes.isEmpty {
                examination.warn(
                    "procedures", "not deployed: \(changes.map { $0.describe() }.joined(separator: ", "))",
                    hint: "run 'pulih apply'")
            }
            try await ProcedureReadiness.check(configuration, warehouse)
            examination.ok("procedures", "\(configuration.procedures.count) can be called")
        } catch {
            examination.add("procedures", error)
        }
    }

    private func disk(_ examination: inout Examination) async {
        let root = workspace.layout.root
        do {
            let free = try await BlockingWork.run { try DiskSpace.free(root) }
            if free < 1_000_000_000 {
                examination.warn(
                    "disk", "\(Columns.bytes(free)) free", hint: "free some space before the next run")
            } else {
                examination.ok("disk", "\(Columns.bytes(free)) free")
            }
        } catch {
            examination.add("disk", error)
        }
    }
}
