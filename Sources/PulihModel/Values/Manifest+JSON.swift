extension Manifest {
    /// The document under `batch_info/`, indented for people.
    public var json: JSONValue {
        .object(
            [
                JSONMember("client_schema", .string(client)),
                JSONMember("client_id", .number(clientID)),
                JSONMember("batch_id", .string(batch.description)),
                JSONMember("batch_time", .int(batchTime)),
                JSONMember(
                    "files", .array(files.map { $0.json(client: client, clientID: clientID, batch: batch) })),
                JSONMember("transformation_procedure", .strings(transformations)),
                JSONMember("integration_procedure", .strings(integrations)),
                JSONMember("refresh_procedure", .strings(refreshes)),
            ] + unknown)
    }

    private static let known: Set<String> = [
        "client_schema", "client_id", "batch_id", "batch_time", "files", "transformation_procedure",
        "integration_procedure", "refresh_procedure",
    ]

    /// Reads a manifest.
    /// - Parameter path: for messages.
    /// - Throws: `PulihError.damaged` naming the member that is missing or wrong.
    public init(json: JSONValue, path: String) throws {
        let reader = MemberReader(json, path: path, place: "")
        client = try reader.string("client_schema")
        clientID = try reader.int("client_id")
        batch = try reader.batch("batch_id")
        batchTime = Int64(try reader.int("batch_time"))
        files = try reader.array("files").enumerated().map { position, value in
            try ManifestFile(json: value, path: path, place: "files[\(position)].")
        }
        transformations = try reader.strings("transformation_procedure")
        integrations = try reader.strings("integration_procedure")
        refreshes = try reader.strings("refresh_procedure")
        unknown = reader.members(except: Manifest.known)
    }
}

extension ManifestFile {
    fileprivate static let known: Set<String> = [
        "physical_file_name", "logical_source_file", "source_system", "source_type", "target_schema",
        "target_table",
        "source_config", "parquet_name", "client_schema", "client_id", "batch_id", "sha256", "bytes",
        "records",
    ]

    fileprivate func json(client: String, clientID: Int, batch: BatchID) -> JSONValue {
        .object(
            [
                JSONMember("physical_file_name", .string(physicalName)),
                JSONMember("logical_source_file", .string(key.name)),
                JSONMember("source_system", .string(key.source)),
                JSONMember("source_type", .string(type.rawValue)),
                JSONMember("target_schema", .string(target.schema)),
                JSONMember("target_table", .string(target.table)),
                JSONMember("source_config", sourceConfig),
                JSONMember("parquet_name", .string(parquetName)),
                JSONMember("client_schema", .string(client)),
                JSONMember("client_id", .number(clientID)),
                JSONMember("batch_id", .string(batch.description)),
                JSONMember("sha256", .string(sha256)),
                JSONMember("bytes", .number(bytes)),
                JSONMember("records", .number(records)),
            ] + unknown)
    }

    fileprivate init(json: JSONValue, path: String, place: String) throws {
        let reader = MemberReader(json, path: path, place: place)
        key = FileKey(
            source: try reader.string("source_system"), name: try reader.string("logical_source_file"))
        physicalName = try reader.string("physical_file_name")
        let typeName = try reader.string("source_type")
        guard let type = FileType(rawValue: typeName) else {
            throw reader.damage("source_type '\(typeName)' is none that this version reads")
        }
        self.type = type
        target = TableName(
            schema: try reader.string("target_schema"), table: try reader.string("target_table"))
        parquetName = try reader.string("parquet_name")
        sha256 = try reader.string("sha256")
        bytes = try reader.int("bytes")
        records = try reader.int("records")
        sourceConfig = json["source_config"] ?? .null
        unknown = reader.members(except: ManifestFile.known)
    }
}

/// Reads the members of one object of a manifest and names what is wrong.
private struct MemberReader {
    let value: JSONValue
    let path: String
    let place: String

    init(_ value: JSONValue, path: String, place: String) {
        self.value = value
        self.path = path
        self.place = place
    }

    func damage(_ problem: String) -> PulihError {
        PulihError(
            .damaged, "\(path) is damaged: \(place)\(problem)", object: path,
            leftBehind: "nothing was changed",
            hint: "restore the manifest from a copy; 'pulih show' names the files of the batch")
    }

    private func member<Value>(_ name: String, _ kind: String, _ read: (JSONValue) -> Value?) throws -> Value
    {
        guard let member = value[name] else { throw damage("\(name) is missing") }
        guard let result = read(member) else { throw damage("\(name) is no \(kind)") }
        return result
    }

    func string(_ name: String) throws -> String { try member(name, "text") { $0.string } }
    func int(_ name: String) throws -> Int { Int(try member(name, "whole number") { $0.int }) }
    func array(_ name: String) throws -> [JSONValue] { try member(name, "list") { $0.array } }

    func strings(_ name: String) throws -> [String] {
        try array(name).map { value in
            guard let text = value.string else { throw damage("\(name) holds something that is no text") }
            return text
        }
    }

    func batch(_ name: String) throws -> BatchID {
        let text = try string(name)
        guard let id = BatchID(text) else { throw damage("\(name) '\(text)' is no batch id") }
        return id
    }

    func members(except known: Set<String>) -> [JSONMember] {
        guard case .object(let members) = value else { return [] }
        return members.filter { !known.contains($0.name) }
    }
}
