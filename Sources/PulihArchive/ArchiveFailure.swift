/// Why compressed content was refused. What was read before it must not be trusted as a whole.
public struct ArchiveFailure: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The file cannot be opened or read.
        case unreadable
        /// The file is in no format known here, or in a variant of one that is not supported.
        case unsupported
        /// The file is cut, or a checksum or a structure in it is wrong.
        case damaged
        /// The file holds no member, or several where one is expected; see `members`.
        case notOneMember
        /// The content is larger than the limits allow.
        case limit
    }

    public let kind: Kind
    public let path: String
    /// How many bytes of content were delivered before.
    public let offset: Int64
    public let message: String
    /// For `notOneMember`: what is in the file.
    public let members: [String]

    init(_ kind: Kind, path: String, offset: Int64 = 0, message: String, members: [String] = []) {
        self.kind = kind
        self.path = path
        self.offset = offset
        self.message = message
        self.members = members
    }
}

extension ArchiveFailure: CustomStringConvertible {
    public var description: String {
        let place = kind == .damaged || kind == .limit ? " after \(offset) bytes of content" : ""
        return "unable to decompress \(path)\(place): \(message)"
    }
}
