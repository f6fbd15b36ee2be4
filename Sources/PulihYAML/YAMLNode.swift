/// A piece of a document: a scalar, a list or a mapping, and where it begins.
public struct YAMLNode: Equatable, Sendable {
    public enum Content: Equatable, Sendable {
        /// Text as written, after unquoting. Plain ones (not quoted, no block text) may mean more than text.
        case scalar(String, plain: Bool)
        case sequence([YAMLNode])
        /// In source order; no two keys are equal.
        case mapping([YAMLPair])
    }

    public let content: Content
    /// From 1. What came through an alias or a merge key is where its anchor is.
    public let line: Int
    /// In characters, from 1.
    public let column: Int

    public init(_ content: Content, line: Int, column: Int) {
        self.content = content
        self.line = line
        self.column = column
    }

    /// The entries of a mapping; nil for other nodes.
    public var pairs: [YAMLPair]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    /// The elements of a sequence; nil for other nodes.
    public var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The value under a key of a mapping; nil if this is no mapping or has no such key. An entry that is
    /// there but empty (`key:`) gives a node with `isNull`.
    public subscript(key: String) -> YAMLNode? {
        pairs?.first { $0.name == key }?.value
    }

    /// What it is, for messages: "a mapping", "a list", "text", "a number", "true or false", "empty".
    public var kindName: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar:
            switch scalar {
            case .null: "empty"
            case .bool: "true or false"
            case .int, .double: "a number"
            case .text, nil: "text"
            }
        }
    }
}

/// An entry of a mapping.
public struct YAMLPair: Equatable, Sendable {
    /// Always a scalar.
    public let key: YAMLNode
    public let value: YAMLNode

    public init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }

    /// The text of the key.
    public var name: String { key.text ?? "" }
}
