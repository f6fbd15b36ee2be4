internal import PulihModel

/// What the audit says of a `replace` before anything moves, so that one that was killed can be told from a file that
/// somebody edited.
enum AnnouncedReplacement {
    private static let middle = " is replaced by "

    static func text(_ physicalName: String, old: String, new: String, from path: String) -> String {
        "\(physicalName): SHA-256 \(old)\(middle)\(new) from \(path)"
    }

    /// SHA-256 of the file that was to come into this place last; nil: none was.
    static func newest(
        of physicalName: String, _ catalog: any Catalog, client: String, batch: BatchID
    ) async throws -> String? {
        let events = try await catalog.auditEvents(client: client, batch: batch, limit: 100_000)
        for event in events where event.process == "replace" && event.status == .running {
            guard event.message.hasPrefix("\(physicalName): SHA-256 "),
                let middle = event.message.firstRange(of: middle)
            else { continue }
            return String(event.message[middle.upperBound...].prefix(64))
        }
        return nil
    }
}
