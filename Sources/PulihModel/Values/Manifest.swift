/// What a batch consists of. Written once when the batch is claimed, then only moved.
public struct Manifest: Sendable, Equatable {
    public var client: String
    public var clientID: Int
    public var batch: BatchID
    /// Microseconds since 1970 UTC; `{{ batch_time }}` in every run of this batch.
    public var batchTime: Int64
    public var files: [ManifestFile]
    /// Names of what the stages transform, integrate and refresh_mv consisted of at the claim, in order.
    public var transformations: [String]
    public var integrations: [String]
    public var refreshes: [String]
    /// Members that this version does not know; they survive a move.
    public var unknown: [JSONMember]

    public init(
        client: String, clientID: Int, batch: BatchID, batchTime: Int64, files: [ManifestFile],
        transformations: [String], integrations: [String], refreshes: [String], unknown: [JSONMember] = []
    ) {
        self.client = client
        self.clientID = clientID
        self.batch = batch
        self.batchTime = batchTime
        self.files = files
        self.transformations = transformations
        self.integrations = integrations
        self.refreshes = refreshes
        self.unknown = unknown
    }

    /// `batch_output_client1_BATCH000014.json`
    public static func fileName(client: String, batch: BatchID) -> String {
        "batch_output_\(client)_\(batch).json"
    }
}

/// One physical file of a batch.
public struct ManifestFile: Sendable, Equatable {
    public var key: FileKey
    /// Name after the claim: `cust_info_BATCH000014.csv`.
    public var physicalName: String
    public var type: FileType
    public var target: TableName
    /// Name under `data/{client}/{source}`: `cust_info_BATCH000014.parquet`.
    public var parquetName: String
    /// Of the raw bytes, hexadecimal.
    public var sha256: String
    public var bytes: Int
    /// Counted in the raw file; the left side of the balance.
    public var records: Int
    /// The reading configuration at the claim, for people; the current configuration is what is used.
    public var sourceConfig: JSONValue
    public var unknown: [JSONMember]

    public init(
        key: FileKey, physicalName: String, type: FileType, target: TableName, parquetName: String,
        sha256: String,
        bytes: Int, records: Int, sourceConfig: JSONValue, unknown: [JSONMember] = []
    ) {
        self.key = key
        self.physicalName = physicalName
        self.type = type
        self.target = target
        self.parquetName = parquetName
        self.sha256 = sha256
        self.bytes = bytes
        self.records = records
        self.sourceConfig = sourceConfig
        self.unknown = unknown
    }

    /// The thing of this file's steps: `crm.cust_info/cust_info_BATCH000014.csv`.
    public var thing: String { "\(key)/\(physicalName)" }
}
