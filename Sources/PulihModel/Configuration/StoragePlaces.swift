/// Where files come from and where they rest, beside the workspace's own folders.
public struct StoragePlaces: Sendable, Equatable {
    /// Of raw files; nil: the folder `raw`.
    public var raw: S3Location?
    /// Of Parquet of batches that are done; nil: the folder `data`.
    public var data: S3Location?

    public init(raw: S3Location? = nil, data: S3Location? = nil) {
        self.raw = raw
        self.data = data
    }
}

/// A bucket, or what begins with a prefix in it, on a server that speaks Amazon's S3.
public struct S3Location: Sendable, Hashable {
    public var bucket: String
    /// Without a slash at its ends; empty: the whole bucket.
    public var prefix: String
    /// `https://minio.example:9000`; nil: Amazon's of the region.
    public var endpoint: String?
    public var region: String
    /// The bucket stands in the path of an address, and not in its host name.
    public var hasPathStyle: Bool
    public var key: SecretReference
    public var secret: SecretReference

    public init(
        bucket: String, prefix: String = "", endpoint: String? = nil, region: String = S3Location.usualRegion,
        hasPathStyle: Bool, key: SecretReference, secret: SecretReference
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.region = region
        self.hasPathStyle = hasPathStyle
        self.key = key
        self.secret = secret
    }

    /// What a server that has no regions takes too.
    public static let usualRegion = "us-east-1"
}
