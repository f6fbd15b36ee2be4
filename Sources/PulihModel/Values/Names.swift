/// A batch of one client: `BATCH000014`. Ordered by number.
public struct BatchID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int

    public init(number: Int) {
        self.number = number
    }

    /// Reads `BATCH000014`; nil for any other shape.
    public init?(_ text: String) {
        guard text.hasPrefix("BATCH"), text.utf8.count >= 11,
            let number = Int(text.dropFirst(5)), number > 0,
            BatchID(number: number).description == text
        else { return nil }
        self.number = number
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = BatchID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no batch id"))
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String {
        let digits = String(number)
        return "BATCH" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    public static func < (left: BatchID, right: BatchID) -> Bool { left.number < right.number }
}

/// The three layers of a warehouse; each client has one schema per layer.
public enum Layer: String, Sendable, Codable, CaseIterable {
    case bronze, silver, gold

    /// `gold_client1`, the schema that readers know.
    public func schema(of client: String) -> String { "\(rawValue)_\(client)" }

    /// `build_gold_client1`, where a plan's models are built and tested before they are published.
    public func buildSchema(of client: String) -> String { "build_\(rawValue)_\(client)" }
}

/// A model or bronze table without its client: `gold.dim_customers`.
public struct LayerTable: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let layer: Layer
    public let name: String

    public init(_ layer: Layer, _ name: String) {
        self.layer = layer
        self.name = name
    }

    public var description: String { "\(layer.rawValue).\(name)" }

    public func live(_ client: String) -> TableName {
        TableName(schema: layer.schema(of: client), table: name)
    }
    public func build(_ client: String) -> TableName {
        TableName(schema: layer.buildSchema(of: client), table: name)
    }

    public static func < (left: LayerTable, right: LayerTable) -> Bool {
        left.description < right.description
    }
}

/// The logical source file: `crm.cust_info`.
public struct FileKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let source: String
    public let name: String

    public init(source: String, name: String) {
        self.source = source
        self.name = name
    }

    public var description: String { "\(source).\(name)" }
    public static func < (left: FileKey, right: FileKey) -> Bool { left.description < right.description }
}
