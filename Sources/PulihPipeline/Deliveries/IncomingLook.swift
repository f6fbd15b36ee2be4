internal import PulihModel
internal import PulihSystem

/// A file that lies in `incoming`.
struct Candidate: Sendable {
    let source: String
    let name: String
    let path: String
    let identity: FileIdentity
}

/// What lies in the `incoming` folders of a client at one moment.
struct IncomingLook: Sendable {
    /// They have not changed for the settle time, or carry a `.done` mark.
    var complete: [Candidate] = []
    var growing: [Candidate] = []
    /// Links, folders and the like.
    var odd: [String] = []
    /// Microseconds until the next file may have settled.
    var wait: Int64 = 0

    /// Blocks.
    /// - Parameters:
    ///   - settle: microseconds.
    ///   - whole: paths of files that need not settle.
    ///   - clock: the time in a folder by the clock that stamps its files; nil: by this machine's.
    static func take(
        _ layout: WorkspaceLayout, _ client: Client, settle: Int64, now: Int64, whole: Set<String> = [],
        clock: (String) throws -> Int64? = { try NetworkFolder.time($0) }
    ) throws -> IncomingLook {
        var look = IncomingLook()
        for source in client.sources {
            let folder = layout.raw(client.name, source, .incoming)
            guard try FileIdentity.ifPresent(folder) != nil else { continue }
            let visible = try listFolder(folder).filter { !$0.name.hasPrefix(".") }
            look.odd += visible.filter { $0.kind != .file }.map { layout.shown(folder) + "/" + $0.name }
            let entries = visible.filter { $0.kind == .file }
            let names = Set(entries.map(\.name))
            if entries.isEmpty { continue }
            let isForeign = try NetworkFolder.kind(folder) != nil
            let now = try settle > 0 ? clock(folder) ?? now : now
            for entry in entries where !entry.name.hasSuffix(".done") {
                // A file that vanished between listing and looking is no file any more.
                let path = folder + "/" + entry.name
                let found = try isForeign ? NetworkFolder.examine(path) : FileIdentity.ifPresent(path)
                guard let identity = found else { continue }
                let candidate = Candidate(source: source, name: entry.name, path: path, identity: identity)
                // The change time cannot be set by a copy that preserves times, unlike mtime.
                let age = now - identity.changedNanoseconds / 1000
                let isWhole = whole.contains(candidate.path) || names.contains(entry.name + ".done")
                if isWhole || age >= settle {
                    look.complete.append(candidate)
                } else {
                    look.growing.append(candidate)
                    look.wait = max(look.wait, settle - age)
                }
            }
        }
        return look
    }
}
