/// Where things lie in a workspace. Paths only; nothing is touched.
public struct WorkspaceLayout: Sendable, Equatable {
    public let root: String

    public init(root: String) {
        self.root = root
    }

    public enum RawPlace: String, Sendable, CaseIterable { case incoming, success, failed, archive }
    public enum DataPlace: String, Sendable, CaseIterable { case incoming, failed, archive, rejected }
    public enum ManifestPlace: String, Sendable, CaseIterable {
        case incoming, success, failed, archive, refreshed
    }

    public var configurationFile: String { "\(root)/pulih.yml" }
    public var sqlFolder: String { "\(root)/sql" }
    public var auditFolder: String { "\(root)/audit" }
    public var dataFolder: String { "\(root)/data" }
    public var manifestFolder: String { "\(root)/batch_info" }
    /// For temporary files of a run; on the file system of `data/`.
    public var workFolder: String { "\(root)/data/.work" }

    public func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : "\(root)/\(path)" }

    public func raw(_ client: String, _ source: String, _ place: RawPlace) -> String {
        "\(root)/raw/\(client)/\(source)/\(place.rawValue)"
    }

    public func data(_ client: String, _ source: String, _ place: DataPlace) -> String {
        "\(root)/data/\(client)/\(source)/\(place.rawValue)"
    }

    public func manifests(_ client: String, _ place: ManifestPlace) -> String {
        "\(root)/batch_info/\(client)/\(place.rawValue)"
    }

    /// One file a month, so that old ones can be archived whole.
    public func auditFile(year: Int, month: Int) -> String {
        "\(auditFolder)/audit-\(year)-\(month < 10 ? "0" : "")\(month).ndjson"
    }

    /// Quarantine of one file and stage: `rejected/cust_info_BATCH000014.convert.parquet`.
    public func rejected(_ client: String, _ file: ManifestFile, _ stage: Stage) -> String {
        "\(data(client, file.key.source, .rejected))/\(file.stem).\(stage.rawValue).parquet"
    }

    public func rejected(_ file: FileRecord, _ stage: Stage) -> String {
        let stem = file.parquetName.dropLast(".parquet".count)
        return "\(data(file.client, file.key.source, .rejected))/\(stem).\(stage.rawValue).parquet"
    }

    public func corrections(_ file: FileRecord) -> String {
        let stem = file.parquetName.dropLast(".parquet".count)
        return "\(data(file.client, file.key.source, .rejected))/\(stem).corrections.ndjson"
    }

    /// Corrected records of one file.
    public func corrections(_ client: String, _ file: ManifestFile) -> String {
        "\(data(client, file.key.source, .rejected))/\(file.stem).corrections.ndjson"
    }

    /// Path below the workspace, for messages.
    public func shown(_ path: String) -> String {
        path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }
}

extension ManifestFile {
    /// `cust_info_BATCH000014`
    public var stem: String { String(parquetName.dropLast(".parquet".count)) }
}
