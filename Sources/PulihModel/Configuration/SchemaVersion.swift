/// A registered schema of a file: what `apply` brought, and columns that a delivery brought under `drift: evolve`.
public struct SchemaVersion: Sendable, Equatable {
    /// From 1.
    public var number: Int
    public var registeredAt: Int64
    /// nil: the file was no longer configured.
    public var columns: [SchemaColumn]?

    public init(number: Int, registeredAt: Int64, columns: [SchemaColumn]?) {
        self.number = number
        self.registeredAt = registeredAt
        self.columns = columns
    }

    /// Of the columns that this version has and the one before it had not, the batch that brought one.
    public func broughtBy(before: SchemaVersion?) -> BatchID? {
        let earlier = Set((before?.columns ?? []).map(\.name))
        return (columns ?? []).filter { !earlier.contains($0.name) }.compactMap(\.acceptedBy).min()
    }

    /// `+ segment text`, `- city text`, `~ amount integer -> bigint`.
    public func differences(from before: SchemaVersion) -> [String] {
        let (old, new) = (before.columns ?? [], columns ?? [])
        if columns == nil { return ["the file is no longer configured"] }
        let was = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let names = Set(new.map(\.name))
        let changed = new.compactMap { column -> String? in
            guard let before = was[column.name] else { return "+ \(column.told)" }
            if before.told != column.told { return "~ \(column.name) \(before.kind) -> \(column.kind)" }
            return before.acceptedBy != nil && column.acceptedBy == nil
                ? "= \(column.name) is in pulih.yml now" : nil
        }
        return changed + old.filter { !names.contains($0.name) }.map { "- \($0.told)" }
    }
}

public struct SchemaColumn: Sendable, Equatable {
    /// In bronze.
    public var name: String
    public var type: String
    public var isRequired: Bool
    /// Name in the file, of an accepted one.
    public var source: String?
    /// The first batch that has it, of a column that no configuration names yet.
    public var acceptedBy: BatchID?

    public init(
        name: String, type: String, isRequired: Bool, source: String? = nil, acceptedBy: BatchID? = nil
    ) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.source = source
        self.acceptedBy = acceptedBy
    }

    public var kind: String { isRequired ? type : "\(type), may be missing" }
    public var told: String { "\(name) \(kind)" }

    /// As `schema_registry` holds it.
    public var json: JSONValue {
        var members = [
            JSONMember("name", .string(name)), JSONMember("type", .string(type)),
            JSONMember("required", .bool(isRequired)),
        ]
        if let acceptedBy {
            members.append(JSONMember("source", .string(source ?? name)))
            members.append(JSONMember("accepted_by", .string(acceptedBy.description)))
        }
        return .object(members)
    }

    /// nil for what is no column.
    public init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, let type = json["type"]?.string else { return nil }
        self.init(
            name: name, type: type, isRequired: json["required"] == .bool(true),
            source: json["source"]?.string,
            acceptedBy: json["accepted_by"]?.string.flatMap { BatchID($0) })
    }

    /// As a file is read with it.
    public var spec: ColumnSpec {
        ColumnSpec(source: source ?? name, name: name, type: ColumnType(type) ?? .text, isRequired: false)
    }
}

extension Configuration {
    /// With columns that deliveries brought. Those that a file has by now, under either name, are left as it has them.
    public func accepting(_ accepted: [FileKey: [SchemaColumn]]) -> Configuration {
        guard !accepted.isEmpty else { return self }
        var changed = self
        for system in changed.sources.indices {
            for file in changed.sources[system].files.indices {
                let key = changed.sources[system].files[file].key
                for column in accepted[key] ?? [] {
                    changed.sources[system].files[file].columns.accept(column)
                }
            }
        }
        return changed
    }
}

extension [ColumnSpec] {
    /// Does nothing when one of the two names is taken.
    fileprivate mutating func accept(_ column: SchemaColumn) {
        let spec = column.spec
        let isTaken = contains {
            $0.name.lowercased() == spec.name.lowercased()
                || $0.source.lowercased() == spec.source.lowercased()
        }
        if !isTaken { append(spec) }
    }
}
