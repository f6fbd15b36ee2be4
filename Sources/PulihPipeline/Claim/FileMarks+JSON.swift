internal import PulihModel
internal import PulihSystem

/// How marks stand in a manifest's file and in lines of the audit: only those that there are.
extension FileMarks {
    private static let names: Set = ["control_file", "control_sha256", "purged"]

    var members: [JSONMember] {
        var members: [JSONMember] = []
        if let controlFile {
            members.append(JSONMember("control_file", .string(controlFile)))
            members.append(JSONMember("control_sha256", .optional(controlSHA256)))
        }
        let purged = [
            ("raw", rawPurgedAt), ("parquet", parquetPurgedAt), ("quarantine", quarantinePurgedAt),
        ].compactMap { name, time in time.map { JSONMember(name, .string(Timestamp.format($0))) } }
        if !purged.isEmpty { members.append(JSONMember("purged", .object(purged))) }
        return members
    }

    init(_ json: JSONValue) {
        self.init(
            controlFile: json["control_file"]?.string, controlSHA256: json["control_sha256"]?.string)
        let time = { (name: String) in json["purged"]?[name]?.string.flatMap(Timestamp.parse) }
        rawPurgedAt = time("raw")
        parquetPurgedAt = time("parquet")
        quarantinePurgedAt = time("quarantine")
    }

    /// Puts these marks in the place of those that stand among the members.
    func replacing(in members: [JSONMember]) -> [JSONMember] {
        members.filter { !FileMarks.names.contains($0.name) } + self.members
    }
}

extension ManifestFile {
    var marks: FileMarks {
        get { FileMarks(.object(unknown)) }
        set { unknown = newValue.replacing(in: unknown) }
    }
}
