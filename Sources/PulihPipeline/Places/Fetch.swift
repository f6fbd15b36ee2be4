internal import PulihModel
internal import PulihSystem

/// Brings what lies in `incoming` of a storage place into that of the workspace, before anything is collected.
///
/// An object is removed there when it lies here durably, and nothing is claimed before all that were brought are
/// removed: none is lost, and none is taken twice.
struct Fetch: Sendable {
    let environment: RunEnvironment
    let client: Client
    let auditor: Auditor
    let heartbeat: Heartbeat
    let store: any ObjectStore

    struct Outcome: Sendable {
        /// Files that are whole however young they are.
        var paths: Set<String> = []
        var findings: [String] = []
    }

    private enum Taken: Sendable {
        /// The content lies in the folder now, or lay there already.
        case here(IncomingObjects.Item)
        case waits(String)
    }

    func run() async throws -> Outcome {
        let found = try await IncomingObjects.list(store, environment.layout, client)
        var outcome = Outcome(findings: found.odd)
        // A mark after the file that it vouches for.
        for items in [found.items.filter { !$0.isMark }, found.items.filter(\.isMark)] {
            try await fetch(items, &outcome)
        }
        return outcome
    }

    private func fetch(_ items: [IncomingObjects.Item], _ outcome: inout Outcome) async throws {
        guard !items.isEmpty else { return }
        environment.report(.note("fetching \(Self.told(items)) from \(store.name)"))
        let all = try await Bounded.map(items, limit: environment.configuration.settings.parallelSteps) {
            try await take($0)
        }
        // Folders and stores have no fence: who has lost the lease must not remove what another takes.
        try await heartbeat.confirm()
        var here: [IncomingObjects.Item] = []
        for taken in all {
            switch taken {
            case .waits(let finding): outcome.findings.append(finding)
            case .here(let item):
                if try await !store.remove(item.object) {
                    outcome.findings.append(
                        "\(store.shown(item.object.key)) is another one by now; it is taken by the next run")
                }
                outcome.paths.insert(path(item))
                here.append(item)
            }
        }
        guard !here.isEmpty else { return }
        try await auditor.record(
            "fetch", .success, batch: nil,
            "\(here.count) object(s) of \(store.name): " + here.map(\.name).joined(separator: ", "))
    }

    /// Either the content lies in the folder when this returns, or nothing new does.
    private func take(_ item: IncomingObjects.Item) async throws -> Taken {
        let path = path(item)
        let identity = try await BlockingWork.run { try FileIdentity.ifPresent(path) }
        do {
            if let identity {
                guard Int(identity.size) == item.object.bytes, try await holds(item, path) else {
                    return .waits(
                        "\(store.shown(item.object.key)) waits: another file of this name lies in"
                            + " \(environment.layout.shown(path))")
                }
            } else {
                _ = try await store.fetch(item.object, to: path)
            }
        } catch {
            // Somebody who replaces or removes what lies there is no failure of the store.
            guard try await store.find(item.object.key)?.tag != item.object.tag else { throw error }
            return .waits(
                "\(store.shown(item.object.key)) was changed while it was fetched; it is taken by the next run"
            )
        }
        try Failpoints.hit(.placeAfterFetch)
        return .here(item)
    }

    /// A run that died after it had fetched and before it had removed leaves the content in both places.
    private func holds(_ item: IncomingObjects.Item, _ path: String) async throws -> Bool {
        let folder = environment.layout.raw(client.name, item.source, .incoming)
        let other = "\(folder)/\(DurableFile.temporaryName())"
        let hash = try await store.fetch(item.object, to: other)
        return try await BlockingWork.run {
            try DurableFile.remove(other)
            return try FileDigest.of(path) == hash
        }
    }

    private func path(_ item: IncomingObjects.Item) -> String {
        environment.layout.raw(client.name, item.source, .incoming) + "/" + item.name
    }

    private static func told(_ items: [IncomingObjects.Item]) -> String {
        items.count <= 3
            ? items.map(\.name).joined(separator: ", ")
            : "\(items.count) objects, \(items.reduce(0) { $0 + $1.object.bytes } / 1_000_000) MB,"
    }
}

extension HeldClient {
    /// Nothing where raw files come from the workspace alone.
    func fetch() async throws -> Fetch.Outcome {
        guard let store = environment.places.raw else { return Fetch.Outcome() }
        return try await Fetch(
            environment: environment, client: client, auditor: auditor, heartbeat: heartbeat, store: store
        ).run()
    }

    /// What a run would fetch, as findings.
    func wouldFetch() async throws -> [String] {
        guard let store = environment.places.raw else { return [] }
        let found = try await IncomingObjects.list(store, environment.layout, client)
        guard !found.items.isEmpty else { return found.odd }
        return [
            "\(found.items.map(\.name).joined(separator: ", ")) of \(store.name) would be fetched first"
        ] + found.odd
    }
}
