internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

extension Verb {
    static let catalog = Verb(
        "catalog", summary: "make a lost catalog again: pulih catalog rebuild",
        discussion: """
            pulih catalog rebuild     from manifests, the ledger in the warehouse, the audit, quarantine and raw files

            For a catalog that is gone or damaged. What there is of the old one is put aside, nothing of it is removed. It
            says what it restored and what is lost. Killed, the same command begins anew.
            """,
        arguments: [Argument("WORD", "rebuild")],
        options: [Option("--replace", "also when the catalog is there and can be read")],
        examples: ["pulih catalog rebuild", "pulih catalog rebuild --replace --json"]
    ) { invocation in
        guard invocation.positional[0] == "rebuild" else {
            throw Invocation.problem(
                invocation.verb, "'\(invocation.positional[0])' is nothing to do with a catalog; 'rebuild' is"
            )
        }
        let workspace = try await Workspace.open(invocation)
        // Looked at before anything is put aside: a run that holds a warehouse must end first.
        try await workspace.requireNobodyWrites()
        let aside = try await workspace.renewCatalog(replace: invocation.has("--replace"))
        try await workspace.openCatalog(readOnly: false, create: true).close()
        let reports = try await workspace.withEnvironment(Progress(isQuiet: invocation.isQuiet)) {
            try await CatalogRebuild($0).run()
        }
        if invocation.isJSON {
            let json: JSONValue = [
                "old_catalog": .optional(aside), "clients": .array(reports.map(\.json)),
                "not_restored": .strings(notRestored),
            ]
            Output.standard.line(json.pretty)
            return .done
        }
        if let aside { Output.standard.line("the old catalog is \(aside) now") }
        for report in reports {
            Output.standard.line(
                "\(report.client): \(report.batches.count) batch\(report.batches.count == 1 ? "" : "es"),"
                    + " \(Columns.plural(report.files, "file")), \(Columns.plural(report.steps, "step")),"
                    + " \(Columns.plural(report.auditLines, "line")) of the audit")
            for batch in report.batches {
                Output.standard.line(
                    "  \(batch.batch) \(batch.status.rawValue) \(batch.message.split(separator: "\n").first ?? "")"
                )
            }
            for lost in report.lost { Output.standard.line("  lost: \(lost)") }
        }
        for lost in notRestored { Output.standard.line("not restored: \(lost)") }
        Output.standard.line("next: pulih status")
        return .done
    }

    /// What only the catalog knew.
    private static let notRestored = [
        "attempts of steps that did not end, and those that were kept or skipped",
        "the record of earlier recoveries beyond their lines in the audit",
        "requests to stop or pause; versions of columns before those of pulih.yml",
    ]
}

extension CatalogRebuild.Report {
    fileprivate var json: JSONValue {
        [
            "client": .string(client),
            "batches": .array(
                batches.map {
                    ["batch_id": .string($0.batch.description), "status": .string($0.status.rawValue)]
                }),
            "files": .number(files), "steps": .number(steps), "audit_lines": .number(auditLines),
            "epoch": .number(epoch), "lost": .strings(lost),
        ]
    }
}

extension Workspace {
    /// - Throws: `busy` when another process holds a client's warehouse.
    fileprivate func requireNobodyWrites() async throws {
        let warehouse = try await makeWarehouse()
        for client in configuration.clients {
            do {
                _ = try await warehouse.lastEpoch(client: client.name)
            } catch let error as PulihError {
                // What cannot be opened otherwise is told by the rebuild.
                guard [.damaged, .unreachable].contains(error.code) else { throw error }
            }
        }
    }
}
