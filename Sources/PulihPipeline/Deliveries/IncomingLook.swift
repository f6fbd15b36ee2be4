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
    /// - Parameter settle: microseconds.
    static func take(
        _ layout: WorkspaceLayout, _ client: Client, settle: Int64, now: Int64
    ) throws -> IncomingLook {
        var look = IncomingLook()
        for source in client.sources {
            let folder = layout.raw(client.name, source, .incoming)
            guard try FileIdentity.ifPresent(folder) != nil else { continue }
            let visible = try listFolder(folder).filter { !$0.name.hasPrefix(".") }
            look.odd += visible.filter { $0.kind != .file }.map { layout.shown(folder) + "/" + $0.name }
            let entries = visible.filter { $0.kind == .file }
            let names = Set(entries.map(\.name))
            for entry in entries where !entry.name.hasSuffix(".done") {
                // A file that vanished between listing and looking is no file any more.
                guard let identity = try FileIdentity.ifPresent(folder + "/" + entry.name) else { continue }
                let candidate = Candidate(
                    source: source, name: entry.name, path: folder + "/" + entry.name, identity: identity)
                // The change time cannot be set by a copy that preserves times, unlike mtime.
                let age = now - identity.changedNanoseconds / 1000
                if names.contains(entry.name + ".done") || age >= settle {
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
