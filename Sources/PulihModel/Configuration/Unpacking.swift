/// How compressed CSV files are unpacked.
public struct Unpacking: Sendable, Hashable {
    /// Of a zip archive, which of its files are read one after another as one delivery, with `*` and `?`; nil: it holds
    /// one file.
    public var members: String?
    /// Bytes of content that are too many; nil: no limit.
    public var largestBytes: Int?
    /// Content per byte of the file that is too much, beyond 16 MiB of content.
    public var ratio: Int

    public static let usualRatio = 5_000

    public init(members: String? = nil, largestBytes: Int? = nil, ratio: Int = usualRatio) {
        self.members = members
        self.largestBytes = largestBytes
        self.ratio = ratio
    }

    /// nil where nothing is configured.
    var json: JSONValue? {
        guard self != Unpacking() else { return nil }
        return [
            "members": .optional(members), "largest": .optional(largestBytes), "ratio": .number(ratio),
        ]
    }
}
