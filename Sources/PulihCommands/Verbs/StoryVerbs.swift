internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

extension Verb {
    static let status = Verb(
        "status", summary: "who runs, how the newest batches ended, what waits",
        arguments: [Argument("CLIENT", "only this client", .optional)],
        examples: ["pulih status", "pulih status client1 --json"]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let clients =
            try invocation.argument(0).map { [try workspace.client($0)] } ?? workspace.configuration.clients
        let catalog = try await workspace.openCatalog(readOnly: true)
        let (places, objects) = await workspace.waitingObjects(clients)
        let waiting = try await workspace.waitingFiles(clients).merging(objects) { $0 + $1 }
        let absence = try workspace.absence(catalog)
        let status = try await WorkspaceStatus.read(
            catalog, clients: clients, waiting: waiting,
            late: try await workspace.lateFiles(clients, catalog, places),
            absence: absence)
        try await catalog.close()
        guard !invocation.isJSON else {
            Output.standard.line(status.json.pretty)
            return .done
        }
        for client in status.clients { print(client) }
        return .done
    }

    private static func print(_ client: WorkspaceStatus.ClientStatus) {
        var line = "\(client.name): "
        if let batch = client.newest {
            line += "\(batch.batch) \(client.newestStatus.rawValue)"
            if !batch.message.isEmpty { line += ", \(batch.message.split(separator: "\n").first ?? "")" }
        } else {
            line += "no batch yet"
        }
        Output.standard.line(line)
        if let running = client.running {
            Output.standard.line(
                "  running: \(running.doing) by \(running.lease.owner.user), pid \(running.lease.owner.pid) on "
                    + "\(running.lease.owner.hostName), since \(Timestamp.format(running.since))")
        }
        if let paused = client.paused {
            Output.standard.line(
                "  paused by \(paused.by) on \(paused.hostName) since \(Timestamp.format(paused.at))"
                    + (paused.reason.isEmpty ? "" : ": \(paused.reason)"))
        }
        let others = client.open.filter { $0.batch != client.newest?.batch }
        if !others.isEmpty {
            Output.standard.line(
                "  also not done: " + others.map(\.batch.description).joined(separator: ", "))
        }
        if client.quarantined > 0 {
            Output.standard.line(
                "  \(Columns.plural(client.quarantined, "record")) in quarantine: pulih quarantine \(client.name)"
            )
        }
        if client.waiting > 0 {
            Output.standard.line("  \(Columns.plural(client.waiting, "file")) in incoming")
        }
        for file in client.late { Output.standard.line("  late: \(file.text)") }
        for block in client.blocks { Output.standard.line("  blocked (\(block.id)): \(block.finding)") }
        recoveries(client.recoveries)
        if let next = client.next { Output.standard.line("  next: \(next)") }
    }

    private static func recoveries(_ figures: RecoveryFigures) {
        guard let success = figures.successRate else { return }
        var parts = ["\(percent(success)) succeeded"]
        if let seconds = figures.meanSeconds { parts.append("\(Columns.seconds(seconds)) on average") }
        if let rate = figures.consistencyRate { parts.append("\(percent(rate)) consistent") }
        let count = figures.count == 1 ? "1 recovery" : "\(Columns.grouped(figures.count)) recoveries"
        Output.standard.line("  \(count): \(parts.joined(separator: ", "))")
    }

    /// Nothing is rounded up to all of it.
    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded(.down))) %" }

    static let batches = Verb(
        "batches", summary: "list batches, newest first",
        options: [
            Option("--client", value: "CLIENT", "only this client"),
            Option("--limit", value: "N", "how many; default 20"),
        ], examples: ["pulih batches --client client1 --limit 5"]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let client = try invocation.value("--client").map { try workspace.client($0).name }
        let limit = try invocation.wholeNumber("--limit") ?? 20
        let catalog = try await workspace.openCatalog(readOnly: true)
        let batches = try await catalog.batches(client: client, limit: limit)
        let leases = try await workspace.leases(catalog)
        try await catalog.close()
        let status = { (batch: BatchRecord) in
            BatchStory.effectiveStatus(batch, isAlive: leases.alive.contains(batch.client)).rawValue
        }
        let message = { (batch: BatchRecord) in
            BatchStory.effectiveMessage(
                batch, isAlive: leases.alive.contains(batch.client), cause: leases.causes[batch.client])
        }
        guard !invocation.isJSON else {
            let json = JSONValue.array(
                batches.map { batch in
                    [
                        "client": .string(batch.client), "batch_id": .string(batch.batch.description),
                        "status": .string(status(batch)), "mode": .string(batch.mode.rawValue),
                        "attempt": .number(batch.attempt),
                        "started_at": .string(Timestamp.format(batch.startedAt)),
                        "ended_at": .optional(batch.endedAt.map { Timestamp.format($0) }),
                        "message": .string(message(batch)),
                    ]
                })
            Output.standard.line(json.pretty)
            return .done
        }
        if batches.isEmpty { Output.standard.line("no batch yet") }
        let rows = batches.map { batch in
            [
                batch.client, batch.batch.description, status(batch), batch.mode.rawValue,
                Timestamp.format(batch.startedAt), String(message(batch).split(separator: "\n").first ?? ""),
            ]
        }
        for line in Columns.aligned(rows) { Output.standard.line(line) }
        return .done
    }

    static let show = Verb(
        "show", summary: "the story of a batch: files, counts, steps, errors, the next command",
        arguments: [Argument("BATCH", "BATCH000014 or 14; default: the newest", .optional)],
        options: [
            Option("--client", value: "CLIENT", "whose batch; needed when there are several clients"),
            Option("--attempts", "every attempt of every step, not only the newest"),
        ], examples: ["pulih show BATCH000014", "pulih show 14 --client client1 --json"]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let client = try workspace.client(invocation.value("--client"))
        let catalog = try await workspace.openCatalog(readOnly: true)
        var id = try invocation.batch(0)
        if id == nil { id = try await catalog.batches(client: client.name, limit: 1).first?.batch }
        let leases = try await workspace.leases(catalog)
        guard let id,
            let story = try await BatchStory.read(
                catalog, client: client.name, batch: id, isAlive: leases.alive.contains(client.name),
                cause: leases.causes[client.name])
        else {
            throw PulihError(
                .usage, id.map { "\(client.name) has no \($0)" } ?? "\(client.name) has no batch yet",
                object: client.name, hint: "'pulih batches' lists what there is")
        }
        try await catalog.close()
        if invocation.isJSON {
            Output.standard.line(story.json(allAttempts: invocation.has("--attempts")).pretty)
        } else {
            StoryText(story, allAttempts: invocation.has("--attempts")).print()
        }
        return .done
    }

    static let trace = Verb(
        "trace", summary: "walk from rows of a table back to the raw records behind them",
        discussion: "Works for models with trace: keys, and for bronze tables.",
        arguments: [
            Argument("CLIENT", "a client of pulih.yml"),
            Argument("TABLE", "gold_client1.dim_customers or gold.dim_customers"),
            Argument("CONDITION", "SQL over the table's columns"),
        ],
        options: [waitOption],
        examples: ["pulih trace client1 gold_client1.dim_customers \"customer_id = 29466\""]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let client = try workspace.client(invocation.positional[0])
        let table = try workspace.layerTable(invocation.positional[1], client: client, verb: invocation.verb)
        let catalog = try await workspace.openCatalog(readOnly: true)
        let engine = try await workspace.makeEngine()
        let reader = try await workspace.openReader(client: client.name, wait: try invocation.wait())
        let traced = try await workspace.withRestingCopies { copies in
            try await Tracer(
                configuration: workspace.configuration, client: client.name, catalog: catalog, reader: reader,
                engine: engine,
                locate: { file in
                    if let path = try workspace.locateRaw(file) { return path }
                    return try await copies.copy(of: file)
                },
                corrections: { try ReleasedCorrections.read(workspace.layout.corrections($0)) },
                absence: { try PurgedFiles.note($0, workspace.layout) }
            ).trace(table, where: invocation.positional[2])
        }
        try await reader.close()
        try await engine.close()
        try await catalog.close()
        if invocation.isJSON {
            let json: JSONValue = ["rows": .array(traced.rows.map(\.json)), "cut": .bool(traced.isCut)]
            Output.standard.line(json.pretty)
        } else {
            TraceText(client: client.name).print(traced.rows, isCut: traced.isCut)
        }
        return .done
    }

    static let waitOption = Option(
        "--wait", value: "SECONDS", "wait so long for a run that holds the warehouse; default 0")
}

extension Invocation {
    func wholeNumber(_ option: String) throws -> Int? {
        guard let text = value(option) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw Invocation.problem(verb, "\(option) takes a whole number, not '\(text)'")
        }
        return number
    }

    func wait() throws -> Int { try wholeNumber("--wait") ?? 0 }
}

extension Workspace {
    /// Clients whose lease is held by somebody alive.
    func aliveClients(_ catalog: any Catalog) async throws -> Set<String> {
        try await leases(catalog).alive
    }

    /// Clients whose lease is held by somebody alive, and, of the others that somebody held, what became of it.
    func leases(_ catalog: any Catalog) async throws -> (alive: Set<String>, causes: [String: String]) {
        let absence = try absence(catalog)
        var alive: Set<String> = []
        var causes: [String: String] = [:]
        for client in configuration.clients {
            guard let lease = try await catalog.lease(client: client.name) else { continue }
            if let cause = try await absence(lease) {
                causes[client.name] = cause
            } else {
                alive.insert(client.name)
            }
        }
        return (alive, causes)
    }

    /// Says why the owner of a lease counts as gone; nil: it runs.
    func absence(_ catalog: any Catalog) throws -> @Sendable (LeaseRecord) async throws -> String? {
        let (host, expiry) = (try HostIdentity.current(), configuration.settings.leaseExpirySeconds)
        return { record in
            LeaseCheck.absence(
                of: record, host: host, now: try await catalog.leaseTime(SystemClock().now()), expiry: expiry)
        }
    }

    func waitingFiles(_ clients: [Client]) async throws -> [String: Int] {
        let layout = layout
        return try await BlockingWork.run {
            var waiting: [String: Int] = [:]
            for client in clients {
                for source in client.sources {
                    let folder = layout.raw(client.name, source, .incoming)
                    guard try FileIdentity.ifPresent(folder) != nil else { continue }
                    waiting[client.name, default: 0] += try listFolder(folder)
                        .filter { $0.kind == .file && !$0.name.hasPrefix(".") && !$0.name.hasSuffix(".done") }
                        .count
                }
            }
            return waiting
        }
    }

    /// `gold_client1.dim_customers` or `gold.dim_customers`.
    func layerTable(_ text: String, client: Client, verb: Verb) throws -> LayerTable {
        let known = configuration.models.map(\.table) + configuration.files(of: client).map(\.bronze)
        for table in known where [table.description, table.live(client.name).description].contains(text) {
            return table
        }
        let names = known.flatMap { [$0.description, $0.live(client.name).description] }
        let guess = Suggestion.hint(for: text, among: names)
        throw Invocation.problem(
            verb,
            "'\(text)' is no table of \(client.name)"
                + (guess.isEmpty ? "; write layer.table, as gold.dim_customers" : " (\(guess))"))
    }

    /// Opens the warehouse to read; while a run holds it, tries again until the time is over.
    func openReader(client: String, wait seconds: Int) async throws -> any WarehouseReader {
        let warehouse = try await makeWarehouse()
        let watch = Stopwatch()
        while true {
            do {
                return try await warehouse.openToRead(client: client)
            } catch let error as PulihError
                where error.code == .busy && watch.elapsedSeconds < Double(seconds)
            {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
