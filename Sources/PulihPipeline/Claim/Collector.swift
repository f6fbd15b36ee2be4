internal import PulihModel
internal import PulihSystem

/// A file in `incoming` that will become part of a batch.
struct IncomingFile: Sendable {
    let spec: FileSpec
    let name: String
    let path: String
    let identity: FileIdentity
    let survey: FileSurvey
    /// What its sender says of it; nil: nothing.
    var side: Candidate?
}

/// What lies in `incoming`, sorted out.
struct Collection: Sendable {
    var files: [IncomingFile] = []
    /// What a person must know about files that did not become part of the batch.
    var findings: [String] = []
    /// True when a file was refused (unknown, ambiguous, damaged, duplicate under policy refuse).
    var refused = false
    /// Files left for a later batch.
    var waiting: [String] = []
    /// Expected files that have not come.
    var missing: [ExpectedFile] = []
    /// By the path of the data file.
    var sides: [String: Candidate] = [:]
}

/// Looks through the `incoming` folders of a client: which files are complete, what they are, whether they are new.
/// What it refuses or skips is moved with an audit row; nothing is deleted.
struct Collector: Sendable {
    let environment: RunEnvironment
    let client: Client
    let auditor: Auditor
    /// Look only: nothing is moved, nothing is audited.
    var isDry = false
    /// Paths of files that are whole however young they are.
    var whole: Set<String> = []

    func collect() async throws -> Collection {
        var collection = Collection()
        var matched: [(Candidate, FileSpec)] = []
        let configured = environment.configuration.files(of: client)
        let sides = SideFiles(try await completeFiles(&collection), configured)
        for candidate in sides.data {
            let specs = configured.filter { $0.key.source == candidate.source }
            switch FileMatcher(specs: specs).match(candidate.name) {
            case .one(let spec):
                if let name = spec.sideName(of: candidate.name) {
                    guard let side = sides.file(name, of: candidate.source) else {
                        collection.waiting.append(candidate.name)
                        collection.findings.append(
                            "\(candidate.name) waits for \(name), which says what it holds")
                        continue
                    }
                    collection.sides[candidate.path] = side
                }
                matched.append((candidate, spec))
            case .tables(let specs): matched += specs.map { (candidate, $0) }
            case .none(let nearest): try await refuse(candidate, unknown(candidate, nearest), &collection)
            case .several(let specs):
                let names = specs.map { "\($0.key) (\($0.pattern))" }.joined(separator: " and ")
                try await refuse(
                    candidate, "it matches \(names) alike; make one pattern more specific", &collection)
            }
        }
        let surveyed = try await survey(matched, &collection)
        try await sortOutDuplicates(surveyed, &collection)
        collection.findings += sides.waiting(collection)
        try await compareWithExpected(&collection)
        choose(&collection)
        return collection
    }

    // MARK: completeness

    /// Files of all sources whose inode has not changed for the settle time, or that carry a `.done` mark. Waits for
    /// files that are about to settle; one that goes on changing is left for the next run.
    private func completeFiles(_ collection: inout Collection) async throws -> [Candidate] {
        let settle = Int64(environment.configuration.settings.settleSeconds * 1_000_000)
        let giveUp = environment.clock.now() + max(3 * settle, 5_000_000)
        var announced = false
        var isToldOfOdd = false
        while true {
            let seen = try await look(settle: settle)
            let (complete, growing, nextLook) = (seen.complete, seen.growing, seen.wait)
            if !isToldOfOdd {
                collection.findings += seen.odd.map { "\($0) is no regular file; it is left alone" }
                isToldOfOdd = true
            }
            if growing.isEmpty { return complete }
            if environment.clock.now() + nextLook > giveUp {
                for candidate in growing {
                    collection.waiting.append(candidate.name)
                    collection.findings.append(
                        "\(candidate.name) is still being written; it is taken by the next run")
                }
                return complete
            }
            if !announced {
                environment.report(
                    .note("waiting for \(growing.map(\.name).joined(separator: ", ")) to be complete"))
                announced = true
            }
            try await Task.sleep(for: .microseconds(max(nextLook, 10_000)))
        }
    }

    private func look(settle: Int64) async throws -> IncomingLook {
        let (layout, client, now, whole) = (environment.layout, client, environment.clock.now(), whole)
        return try await BlockingWork.run {
            try IncomingLook.take(layout, client, settle: settle, now: now, whole: whole)
        }
    }

    // MARK: choice

    /// After duplicates are out: one that is skipped must not take the place of a new file.
    private func choose(_ collection: inout Collection) {
        var chosen: [IncomingFile] = []
        for spec in environment.configuration.files(of: client) {
            let own = collection.files.filter { $0.spec.key == spec.key }
                .sorted { NaturalOrder.precedes($0.name, $1.name) }
            guard spec.perBatch == .one, own.count > 1 else {
                chosen += own
                continue
            }
            chosen.append(own[0])
            collection.waiting += own.dropFirst().map(\.name)
            collection.findings.append(
                "\(spec.key) is \(spec.delivery.name): one file a batch, \(own[0].name) first; "
                    + own.dropFirst().map(\.name).joined(separator: ", ") + " waits for the next run")
        }
        collection.files = keepingTogether(chosen, &collection)
    }

    // MARK: content

    private func survey(
        _ matched: [(Candidate, FileSpec)], _ collection: inout Collection
    ) async throws -> [IncomingFile] {
        let engine = environment.engine
        let outcomes = try await Bounded.map(matched, limit: environment.configuration.settings.parallelSteps)
        {
            pair -> Result<FileSurvey, PulihError> in
            do {
                return .success(try await engine.survey(path: pair.0.path, format: pair.1.format))
            } catch let error as PulihError where error.code == .data {
                return .failure(error)
            }
        }
        var files: [IncomingFile] = []
        var broken = brokenWorkbooks(matched, outcomes)
        for ((candidate, spec), outcome) in zip(matched, outcomes) {
            if broken[candidate.path] == .told { continue }
            switch outcome {
            case .success(let survey):
                if broken[candidate.path] != nil { continue }
                files.append(
                    IncomingFile(
                        spec: spec, name: candidate.name, path: candidate.path, identity: candidate.identity,
                        survey: survey, side: collection.sides[candidate.path]))
            case .failure(let error):
                if broken[candidate.path] != nil { broken[candidate.path] = .told }
                try await refuse(candidate, error.summary, &collection)
            }
        }
        return files
    }

    /// A `full` delivery counts as a duplicate only of the newest one: an older content that comes back is a change.
    private func sortOutDuplicates(_ files: [IncomingFile], _ collection: inout Collection) async throws {
        var seen: [String: String] = [:]
        for file in try await sortOutTables(files, &collection) {
            let identity = "\(file.spec.key) \(file.survey.sha256)"
            var earlier = seen[identity].map { "the same batch as \($0)" }
            if earlier == nil { earlier = try await loadedBefore(file) }
            guard let earlier, file.survey.records > 0 else {
                if try await isRefusedByName(file, &collection) { continue }
                seen[identity] = file.name
                collection.files.append(file)
                continue
            }
            let finding = "the content of \(file.name) was already loaded in \(earlier)"
            switch file.spec.duplicates {
            case .warn:
                let message = "\(finding); it is loaded again, as configured"
                if !isDry { try await auditor.record("collect", .warning, batch: nil, message) }
                collection.findings.append(message)
                collection.files.append(file)
            case .skip:
                let target = try await put(
                    aside: file.path, name: file.name, source: file.spec.key.source,
                    side: file.side, .archive)
                let message = "\(finding); moved to \(environment.layout.shown(target)), not loaded again"
                if !isDry { try await auditor.record("collect", .skipped, batch: nil, message) }
                collection.findings.append(message)
            case .refuse:
                try await refuse(
                    Candidate(
                        source: file.spec.key.source, name: file.name, path: file.path,
                        identity: file.identity),
                    finding, &collection)
            }
        }
    }

    func loadedBefore(_ file: IncomingFile) async throws -> String? {
        let loaded = try await environment.catalog.loadedFiles(
            client: client.name, sha256: file.survey.sha256
        ).filter { $0.key == file.spec.key }
        guard let newest = loaded.max(by: { $0.batch < $1.batch }) else { return nil }
        guard file.spec.delivery == .full else { return newest.batch.description }
        let last = try await environment.catalog.lastLoaded(client: client.name, key: file.spec.key)
        return last?.batch == newest.batch ? newest.batch.description : nil
    }

    // MARK: refusal

    private func unknown(_ candidate: Candidate, _ nearest: FileSpec?) -> String {
        let advice =
            nearest.map { "the nearest is \($0.key) with pattern \($0.pattern) (\($0.at))" }
            ?? "the source \(candidate.source) has no files configured"
        return "no configured file matches it; \(advice)"
    }

    func refuse(_ candidate: Candidate, _ why: String, _ collection: inout Collection) async throws {
        let target = try await put(
            aside: candidate.path, name: candidate.name, source: candidate.source,
            side: collection.sides[candidate.path], .failed)
        let message =
            "\(candidate.name) was refused: \(why); moved to \(environment.layout.shown(target)), nothing of it was loaded"
        if !isDry { try await auditor.record("collect", .failed, batch: nil, message) }
        collection.findings.append(message)
        collection.refused = true
    }

    func put(
        aside path: String, name: String, source: String, side: Candidate?, _ place: WorkspaceLayout.RawPlace
    ) async throws -> String {
        let folder = environment.layout.raw(client.name, source, place)
        if isDry { return folder + "/" + name }
        return try await BlockingWork.run {
            // The mark first: one that outlives its file would vouch for the next of that name.
            try DurableFile.remove(path + ".done")
            if let side, try FileIdentity.ifPresent(side.path) != nil {
                try DurableFile.remove(side.path + ".done")
                _ = try BatchFiles.move(side.path, intoFolder: folder, name: side.name)
            }
            return try BatchFiles.move(path, intoFolder: folder, name: name)
        }
    }
}

/// Runs a body over many elements, a few at a time, results in order.
enum Bounded {
    static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], limit: Int, _ body: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: elements.count)
            var next = 0
            while next < min(limit, elements.count) {
                let index = next
                group.addTask { (index, try await body(elements[index])) }
                next += 1
            }
            while let (index, result) = try await group.next() {
                results[index] = result
                if next < elements.count {
                    let index = next
                    group.addTask { (index, try await body(elements[index])) }
                    next += 1
                }
            }
            return results.map { $0! }
        }
    }
}
