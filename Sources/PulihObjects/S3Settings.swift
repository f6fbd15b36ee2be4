/// Where a bucket is and who asks. Never shows the secret.
public struct S3Settings: Sendable, Hashable {
    public var bucket: String
    /// Of all keys, without slashes around it: `night`; empty: the whole bucket.
    public var prefix: String
    /// `https://minio.example:9000`; nil: Amazon's of the region.
    public var endpoint: String?
    public var region: String
    /// Whether the bucket stands in the path, not in the name of the host.
    public var isPathStyle: Bool
    public var keyID: String
    public var secret: String

    /// - Parameter isPathStyle: nil: with an endpoint of one's own.
    public init(
        bucket: String, prefix: String = "", endpoint: String? = nil, region: String = "us-east-1",
        isPathStyle: Bool? = nil, keyID: String, secret: String
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.region = region
        self.isPathStyle = isPathStyle ?? (endpoint != nil)
        self.keyID = keyID
        self.secret = secret
    }

    /// `s3://bucket/prefix`
    public var name: String { "s3://" + (prefix.isEmpty ? bucket : "\(bucket)/\(prefix)") }
}

extension S3Settings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(name) at \(endpoint ?? "Amazon, \(region)")" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "region": region]) }
}
