/// Why a JSON text was refused, and where.
public struct JSONFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// It breaks the grammar.
        case syntax
        /// It ends too early.
        case truncated
        /// What has to be held at once is longer than the limit.
        case tooLong
        case tooDeep
    }

    public let kind: Kind
    /// Lower case, no full stop.
    public let message: String
    /// Of the byte that offends, from 0, in the decompressed text with its byte order mark.
    public let offset: Int
    /// From 1.
    public let line: Int
    /// In bytes, from 1.
    public let column: Int

    /// `line 3, column 17 (byte 88)`
    public var place: String { "line \(line), column \(column) (byte \(offset))" }
    public var description: String { "\(place): \(message)" }
}

/// The kinds of JSON values, and what they are called in messages.
public enum JSONKind: Sendable, Hashable {
    case object, array, text, number, boolean, null

    public var words: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .text: "a text"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        }
    }
}

/// A value as it stands in the text, relative to the anchor of its input.
public struct JSONSlice: Sendable, Hashable {
    public var start: Int
    /// After its last byte.
    public var end: Int
    public var kind: JSONKind
    /// Of a text: it holds escapes.
    public var hasEscapes: Bool

    public init(start: Int = 0, end: Int = 0, kind: JSONKind = .null, hasEscapes: Bool = false) {
        self.start = start
        self.end = end
        self.kind = kind
        self.hasEscapes = hasEscapes
    }
}
