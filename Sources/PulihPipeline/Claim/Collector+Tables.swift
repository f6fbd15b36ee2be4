internal import PulihModel
internal import PulihSystem

/// Workbooks of several tables: each table is an incoming file, and all of a workbook are taken or left together.
extension Collector {
    enum Broken { case found, told }

    /// Paths of workbooks of which a table cannot be read: nothing of such a file is loaded.
    func brokenWorkbooks(
        _ matched: [(Candidate, FileSpec)], _ outcomes: [Result<FileSurvey, PulihError>]
    ) -> [String: Broken] {
        var tables: [String: Int] = [:]
        var broken: [String: Broken] = [:]
        for ((candidate, _), outcome) in zip(matched, outcomes) {
            tables[candidate.path, default: 0] += 1
            if case .failure = outcome { broken[candidate.path] = .found }
        }
        return broken.filter { tables[$0.key]! > 1 }
    }

    /// Duplicates among the tables of shared workbooks. A workbook is put aside when all of its tables were loaded before.
    /// - Returns: the files that are alone.
    func sortOutTables(_ files: [IncomingFile], _ collection: inout Collection) async throws -> [IncomingFile]
    {
        let groups = Dictionary(grouping: files, by: \.path)
        var alone: [IncomingFile] = []
        var done: Set<String> = []
        var seen: [String: String] = [:]
        for file in files {
            guard let tables = groups[file.path], tables.count > 1 else {
                alone.append(file)
                continue
            }
            guard done.insert(file.path).inserted else { continue }
            var repeated: [(table: IncomingFile, finding: String)] = []
            for table in tables where table.survey.records > 0 {
                let identity = "\(table.spec.key) \(table.survey.sha256)"
                var earlier = seen[identity].map { "the same batch as \($0)" }
                if earlier == nil { earlier = try await loadedBefore(table) }
                seen[identity] = seen[identity] ?? table.name
                if let earlier {
                    repeated.append(
                        (
                            table,
                            "the content of \(table.name), table \(table.spec.key), was already loaded in \(earlier)"
                        ))
                }
            }
            try await settle(tables, repeated, &collection)
        }
        return alone
    }

    private func settle(
        _ tables: [IncomingFile], _ repeated: [(table: IncomingFile, finding: String)],
        _ collection: inout Collection
    ) async throws {
        let file = tables[0]
        if let refused = repeated.first(where: { $0.table.spec.duplicates == .refuse }) {
            let candidate = Candidate(
                source: file.spec.key.source, name: file.name, path: file.path, identity: file.identity)
            return try await refuse(candidate, refused.finding, &collection)
        }
        let skipped = repeated.filter { $0.table.spec.duplicates == .skip }
        var place = "it"
        if skipped.count == tables.count {
            let target = try await put(
                aside: file.path, name: file.name, source: file.spec.key.source, side: nil, .archive)
            place = "moved to \(environment.layout.shown(target)), it"
        }
        for (table, finding) in repeated {
            let isSkipped = table.spec.duplicates == .skip
            let message =
                "\(finding); "
                + (isSkipped ? "\(place) is not loaded again" : "it is loaded again, as configured")
            if !isDry {
                try await auditor.record("collect", isSkipped ? .skipped : .warning, batch: nil, message)
            }
            collection.findings.append(message)
        }
        let fresh = tables.filter { table in !repeated.contains { $0.table.spec.key == table.spec.key } }
        for table in fresh where try await isRefusedByName(table, &collection) { return }
        collection.files += tables.filter { table in
            !skipped.contains { $0.table.spec.key == table.spec.key }
        }
    }

    /// A workbook of which one table waits for its turn waits as a whole: its file cannot be in two places.
    func keepingTogether(_ chosen: [IncomingFile], _ collection: inout Collection) -> [IncomingFile] {
        let all = Dictionary(grouping: collection.files, by: \.path).mapValues(\.count)
        let taken = Dictionary(grouping: chosen, by: \.path).mapValues(\.count)
        let kept = chosen.filter { taken[$0.path] == all[$0.path] }
        for file in chosen where taken[file.path] != all[file.path] && !collection.waiting.contains(file.name)
        {
            collection.waiting.append(file.name)
        }
        return kept
    }
}

extension FileRecord {
    /// Both came in one physical file.
    func isOfSameFile(as other: FileRecord) -> Bool {
        key.source == other.key.source && originalName == other.originalName
    }
}
