/// An object as its store lists it.
public struct StoredObject: Sendable, Hashable {
    /// Relative to the place: `raw/client1/crm/incoming/orders.csv`.
    public var key: String
    public var bytes: Int
    /// The store's entity tag; another content has another one.
    public var tag: String
    /// Microseconds since 1970 UTC.
    public var modified: Int64

    public init(key: String, bytes: Int, tag: String, modified: Int64) {
        self.key = key
        self.bytes = bytes
        self.tag = tag
        self.modified = modified
    }
}

/// Objects under keys, as S3 has them: each is written whole or not at all, and none can be renamed.
///
/// Failures are `PulihError`s of code `storage`; what passes by itself was tried again before.
public protocol ObjectStore: Sendable {
    /// For messages: `s3://bucket/prefix`.
    var name: String { get }

    /// All objects whose key begins with this, in the order of their keys.
    func list(_ prefix: String) async throws -> [StoredObject]

    /// nil: there is none.
    func find(_ key: String) async throws -> StoredObject?

    /// Writes the content as a durable file, whole or not at all; never replaces one.
    ///
    /// Refused where the object is another one by now, or ends before its length.
    /// - Returns: SHA-256 of what was written, in hexadecimal.
    func fetch(_ object: StoredObject, to path: String) async throws -> String

    /// Writes an object, replacing what has the key, and verifies that the store has the very bytes.
    func put(_ path: String, as key: String) async throws -> StoredObject

    /// Removes an object while it is this one; one that has become another is left alone.
    /// - Returns: whether nothing has this key now.
    func remove(_ object: StoredObject) async throws -> Bool
}
