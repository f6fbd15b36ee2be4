public import PulihModel

/// The stores beside the workspace's folders; nil: there is none, and all lies in the folder.
public struct Places: Sendable {
    /// Raw files come from here and rest here.
    public let raw: (any ObjectStore)?
    /// Parquet of batches that are done rests here.
    public let data: (any ObjectStore)?

    public init(raw: (any ObjectStore)? = nil, data: (any ObjectStore)? = nil) {
        self.raw = raw
        self.data = data
    }

    var isEmpty: Bool { raw == nil && data == nil }

    /// The store of a key, which is a path below the workspace.
    func store(of key: String) -> (any ObjectStore)? { key.hasPrefix("data/") ? data : raw }
}

extension ObjectStore {
    /// For messages: `s3://bucket/prefix/raw/client1/crm/incoming/orders.csv`.
    func shown(_ key: String) -> String { "\(name)/\(key)" }
}

extension WorkspaceLayout {
    /// Where a key lies in the workspace: a store mirrors it.
    func path(ofKey key: String) -> String { "\(root)/\(key)" }
}
