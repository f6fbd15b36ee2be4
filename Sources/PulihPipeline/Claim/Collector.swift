internal import PulihModel
internal import PulihSystem

/// A file in `incoming` that will become part of a batch.
struct IncomingFile: Sendable {
    let spec: FileSpec
    let name: String
    let path: String
    let identity: FileIdentity
    let survey: FileSurvey
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
}

/// Looks through the `incoming` folders of a client: which files are complete, what they are, whether they are new.
/// What it refuses or skips is moved with an audit row; nothing is deleted.
struct Collector: Sendable {
    let environment: RunEnvironment
    let client: Client
    let auditor: Auditor
    /// Look only: nothing is moved, nothing is audited.
    var isDry = false

    struct Candidate: Sendable {
        let source: String
        let name: String
        let path: String
        let identity: FileIdentity
    }

    func collect() async throws -> Collection {
        var collection = Collection()
        var matched: [(Candidate, FileSpec)] = []
        for candidate in try await completeFiles(&collection) {
            let specs = environment.configuration.files(of: client).filter {
                $0.key.source == candidate.source
            }
            switch FileMatcher(specs: specs).match(candidate.name) {
            case .one(let spec): matched.append((candidate, spec))
            case .none(let nearest): try await refuse(candidate, unknown(candidate, nearest), &collection)
            case .several(let specs):
                let names = specs.map { "\($0.key) (\($0.pattern))" }.joined(separator: " and ")
                try await refuse(
                    candidate, "it matches \(names) alike; make one pattern more specific", &collection)
            }
        }
        let surveyed = try await survey(matched, &collection)
        try await sortOutDuplicates(surveyed, &collection)
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

    private struct Look: Sendable {
        var complete: [Candidate]
        var growing: [Candidate]
        /// Links, folders and the like.
        var odd: [String]
        /// Microseconds until the next file may have settled.
        var wait: Int64
    }

    private func look(settle: Int64) async throws -> Look {
        let now = environment.clock.now()
        let layout = environment.layout
        let (name, sources) = (client.name, client.sources)
        return try await BlockingWork.run {
            var complete: [Candidate] = []
            var odd: [String] = []
            var growing: [Candidate] = []
            var wait: Int64 = 0
            for source in sources {
                let folder = layout.raw(name, source, .incoming)
                let visible = try listFolder(folder).filter { !$0.name.hasPrefix(".") }
                odd += visible.filter { $0.kind != .file }.map { layout.shown(folder) + "/" + $0.name }
                let entries = visible.filter { $0.kind == .file }
                let names = Set(entries.map(\.name))
                for entry in entries where !entry.name.hasSuffix(".done") {
                    // A file that vanished between listing and looking is no file any more.
                    guard let identity = try FileIdentity.ifPresent(folder + "/" + entry.name) else {
                        continue
                    }
                    let candidate = Candidate(
                        source: source, name: entry.name, path: folder + "/" + entry.name, identity: identity)
                    // The change time cannot be set by a copy that preserves times, unlike mtime.
                    let age = now - identity.changedNanoseconds / 1000
                    if names.contains(entry.name + ".done") || age >= settle {
                        complete.append(candidate)
                    } else {
                        growing.append(candidate)
                        wait = max(wait, settle - age)
                    }
                }
            }
            return Look(complete: complete, growing: growing, odd: odd, wait: wait)
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
        collection.files = chosen
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
        for ((candidate, spec), outcome) in zip(matched, outcomes) {
            switch outcome {
            case .success(let survey):
                files.append(
                    IncomingFile(
                        spec: spec, name: candidate.name, path: candidate.path, identity: candidate.identity,
                        survey: survey))
            case .failure(let error): try await refuse(candidate, error.summary, &collection)
            }
        }
        return files
    }

    /// A `full` delivery counts as a duplicate only of the newest one: an older content that comes back is a change.
    private func sortOutDuplicates(_ files: [IncomingFile], _ collection: inout Collection) async throws {
        var seen: [String: String] = [:]
        for file in files {
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
                    aside: file.path, name: file.name, source: file.spec.key.source, .archive)
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

    private func loadedBefore(_ file: IncomingFile) async throws -> String? {
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
            aside: candidate.path, name: candidate.name, source: candidate.source, .failed)
        let message =
            "\(candidate.name) was refused: \(why); moved to \(environment.layout.shown(target)), nothing of it was loaded"
        if !isDry { try await auditor.record("collect", .failed, batch: nil, message) }
        collection.findings.append(message)
        collection.refused = true
    }

    private func put(
        aside path: String, name: String, source: String, _ place: WorkspaceLayout.RawPlace
    ) async throws -> String {
        let folder = environment.layout.raw(client.name, source, place)
        if isDry { return folder + "/" + name }
        return try await BlockingWork.run {
            // The mark first: one that outlives its file would vouch for the next of that name.
            try DurableFile.remove(path + ".done")
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
