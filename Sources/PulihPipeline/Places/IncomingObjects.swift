public import PulihModel
internal import PulihSystem

/// What lies in the `incoming` of a client in a storage place.
struct IncomingObjects: Sendable {
    struct Item: Sendable {
        let source: String
        let name: String
        let object: StoredObject
    }

    var items: [Item] = []
    /// What can be no file in a folder of the workspace; it is left alone.
    var odd: [String] = []

    static func list(
        _ store: any ObjectStore, _ layout: WorkspaceLayout, _ client: Client
    ) async throws -> IncomingObjects {
        var found = IncomingObjects()
        for source in client.sources {
            let folder = layout.shown(layout.raw(client.name, source, .incoming)) + "/"
            for object in try await store.list(folder) {
                let name = String(object.key.dropFirst(folder.count))
                // What some programs leave where a person made a folder.
                if name.isEmpty || name.hasSuffix("/") && object.bytes == 0 { continue }
                if let oddity = oddity(name) {
                    found.odd.append("\(store.shown(object.key)) \(oddity); it is left alone")
                    continue
                }
                found.items.append(Item(source: source, name: name, object: object))
            }
        }
        return found
    }

    /// Of the 255 bytes that a name may have, what a batch adds to it is left.
    private static let longestName = 200

    private static func oddity(_ name: String) -> String? {
        if name.contains("/") { return "lies in a folder of its own" }
        if name.hasPrefix(".") { return "is hidden" }
        if name.utf8.count > longestName { return "has a name of more than \(longestName) bytes" }
        // One that a folder cannot hold, or no terminal shows.
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "has a name with control characters"
        }
        return nil
    }
}

extension IncomingLook {
    /// An object is whole by its nature. One that a run which died has fetched already counts once.
    mutating func add(
        _ store: (any ObjectStore)?, _ layout: WorkspaceLayout, _ client: Client
    ) async throws {
        guard let store else { return }
        let known = Set((complete + growing).map(\.path))
        for item in try await IncomingObjects.list(store, layout, client).items where !item.isMark {
            let path = layout.raw(client.name, item.source, .incoming) + "/" + item.name
            let changed = item.object.modified * 1000
            guard !known.contains(path) else { continue }
            complete.append(
                Candidate(
                    source: item.source, name: item.name, path: path,
                    identity: FileIdentity(
                        size: Int64(item.object.bytes), inode: 0, device: 0, modifiedNanoseconds: changed,
                        changedNanoseconds: changed)))
        }
    }
}

extension IncomingObjects.Item {
    /// It says that the file of its name is whole.
    var isMark: Bool { name.hasSuffix(".done") }
}

extension Places {
    /// How many files of a client lie in `incoming` of the storage place.
    public func waiting(_ layout: WorkspaceLayout, _ client: Client) async throws -> Int {
        guard let raw else { return 0 }
        return try await IncomingObjects.list(raw, layout, client).items.filter { !$0.isMark }.count
    }
}
