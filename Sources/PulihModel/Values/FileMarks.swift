/// What a manifest says of a file beside its content. The catalog keeps it too: it cannot be found out again.
public struct FileMarks: Sendable, Equatable {
    /// The side file that was claimed with it, as it is called now, and its SHA-256; nil: none was.
    public var controlFile: String?
    public var controlSHA256: String?
    /// When they were purged, microseconds since 1970 UTC; nil: they were not.
    public var rawPurgedAt: Int64?
    public var parquetPurgedAt: Int64?
    public var quarantinePurgedAt: Int64?

    public init(controlFile: String? = nil, controlSHA256: String? = nil) {
        self.controlFile = controlFile
        self.controlSHA256 = controlSHA256
    }

    /// Of a content that came anew.
    public mutating func forgetPurge() {
        (rawPurgedAt, parquetPurgedAt, quarantinePurgedAt) = (nil, nil, nil)
    }
}
