internal import PulihConfig
internal import PulihModel
internal import PulihSystem

extension Verb {
    static let schema = Verb(
        "schema", summary: "the registered schemas of a file: since when, which batch brought what",
        discussion: """
            Versions come from 'pulih apply' and, where the file says 'drift: evolve', from deliveries with new columns. Of
            the latter it prints the lines that take them into pulih.yml.
            """,
        arguments: [
            Argument("CLIENT", "whose"), Argument("FILE", "crm.cust_info, or cust_info where it is alone"),
        ],
        examples: ["pulih schema client1 crm.cust_info", "pulih schema client1 cust_info --json"]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let client = try workspace.client(invocation.positional[0])
        let spec = try workspace.file(invocation.positional[1], client, invocation.verb)
        let catalog = try await workspace.openCatalog(readOnly: true)
        let story = try await SchemaStory.read(catalog, client: client.name, spec)
        try await catalog.close()
        if invocation.isJSON { Output.standard.line(story.json.pretty) } else { story.print() }
        return .done
    }
}

extension Workspace {
    fileprivate func file(_ name: String, _ client: Client, _ verb: Verb) throws -> FileSpec {
        let files = configuration.files(of: client)
        let found = files.filter { $0.key.description == name || $0.key.name == name }
        if found.count == 1 { return found[0] }
        if found.count > 1 {
            throw Invocation.problem(
                verb,
                "'\(name)' is \(found.map(\.key.description).joined(separator: " and ")); name one of them")
        }
        let guess = Suggestion.hint(for: name, among: files.flatMap { [$0.key.description, $0.key.name] })
        throw Invocation.problem(
            verb, "\(client.name) has no file '\(name)'" + (guess.isEmpty ? "" : " (\(guess))"))
    }
}

/// The versions of a file's schema, and how they came.
private struct SchemaStory {
    struct Step {
        let version: SchemaVersion
        let before: SchemaVersion?
        /// The first batch whose files were read with it; nil: none yet.
        let firstBatch: BatchID?

        var broughtBy: BatchID? { version.broughtBy(before: before) }
        var differences: [String] { before.map { version.differences(from: $0) } ?? [] }
    }

    let client: String
    let spec: FileSpec
    let steps: [Step]

    static func read(_ catalog: any Catalog, client: String, _ spec: FileSpec) async throws -> SchemaStory {
        let versions = try await catalog.schemaVersions(client: client, key: spec.key)
        let loaded = Set(
            try await catalog.loadedFiles(client: client, key: spec.key, named: nil).map(\.batch))
        let batches = try await catalog.batches(client: client, limit: .max)
            .filter { loaded.contains($0.batch) }.sorted { $0.batch < $1.batch }
        let steps = versions.enumerated().map { position, version in
            let next = position + 1 < versions.count ? versions[position + 1].registeredAt : .max
            let before = position > 0 ? versions[position - 1] : nil
            // A batch that brings columns is older than the version that it makes.
            let first =
                version.broughtBy(before: before)
                ?? batches.first { $0.batchTime >= version.registeredAt && $0.batchTime < next }?.batch
            return Step(version: version, before: before, firstBatch: first)
        }
        return SchemaStory(client: client, spec: spec, steps: steps)
    }

    /// Columns that no configuration names yet.
    private var open: [SchemaColumn] {
        (steps.last?.version.columns ?? []).filter { column in
            column.acceptedBy != nil
                && !spec.columns.contains {
                    $0.name.lowercased() == column.name.lowercased()
                        || $0.source.lowercased() == (column.source ?? column.name).lowercased()
                }
        }
    }

    func print() {
        Output.standard.line("\(spec.key) of \(client), in \(spec.bronze.live(client))")
        for step in steps {
            let by = step.broughtBy.map { "brought by \($0)" } ?? "applied"
            let first =
                step.broughtBy == nil
                ? step.firstBatch.map { ", first read by \($0)" } ?? ", no batch yet" : ""
            Output.standard.line(
                "version \(step.version.number) since \(Timestamp.format(step.version.registeredAt)), \(by)\(first)"
            )
            if step.before == nil {
                Output.standard.line("  " + (step.version.columns ?? []).map(\.told).joined(separator: ", "))
            } else if step.differences.isEmpty {
                Output.standard.line("  the same columns in another order")
            }
            for line in step.differences { Output.standard.line("  \(line)") }
        }
        if steps.isEmpty { Output.standard.line("nothing is registered; run 'pulih apply'") }
        guard !open.isEmpty else { return }
        Output.standard.line(
            "next: write under columns of \(spec.key) (\(spec.at)), with the type you want, then run 'pulih apply':"
        )
        for column in open { Output.standard.line("          \(ColumnLine.yaml(column.spec))") }
    }

    var json: JSONValue {
        [
            "client": .string(client), "file": .string(spec.key.description),
            "table": .string(spec.bronze.live(client).description), "drift": .string(spec.drift.rawValue),
            "versions": .array(
                steps.map { step in
                    [
                        "version": .number(step.version.number),
                        "registered_at": .string(Timestamp.format(step.version.registeredAt)),
                        "brought_by": .optional(step.broughtBy?.description),
                        "first_batch": .optional(step.firstBatch?.description),
                        "columns": step.version.columns.map { .array($0.map(\.json)) } ?? .null,
                        "differences": .strings(step.differences),
                    ]
                }),
            "to_configure": .strings(open.map { ColumnLine.yaml($0.spec) }),
        ]
    }
}
