/// One step of a way through a JSON document.
public enum JSONStep: Sendable, Hashable {
    case member(String)
    /// From 0.
    case index(Int)
    /// `[*]`: every element of an array.
    case elements
    /// `{}`: every member of an object.
    case members

    public var isEvery: Bool { self == .elements || self == .members }
}

/// A way through a JSON document: `data[1].data[*]`, `address.city`, `^.id`, `$.meta.period`.
public struct JSONPath: Sendable, Hashable {
    public enum Base: Sendable, Hashable {
        /// The record; of a record path: the document.
        case record
        /// So many objects around the record: `^` is the nearest.
        case around(Int)
        /// `$`: the document.
        case document
    }

    /// Why a text is no path.
    public struct Problem: Error, Sendable, Equatable {
        public let message: String
        public init(message: String) { self.message = message }
    }

    public var base: Base
    public var steps: [JSONStep]
    /// The last step is the word `key`, not in quotes: in rows of `{}` the name of the member.
    public var endsInKey: Bool

    public init(base: Base = .record, steps: [JSONStep], endsInKey: Bool = false) {
        self.base = base
        self.steps = steps
        self.endsInKey = endsInKey
    }

    public init(_ text: String) throws(Problem) {
        var reader = Reader(text)
        base = reader.base()
        steps = []
        endsInKey = false
        while let step = try reader.step(isFirst: steps.isEmpty && base == .record) {
            steps.append(step)
            endsInKey = step == .member("key") && !reader.wasQuoted
        }
    }

    /// Takes a text apart.
    private struct Reader {
        private let text: [Character]
        private var at = 0
        /// The name of the last step stood in quotes.
        private(set) var wasQuoted = false

        init(_ text: String) { self.text = Array(text) }

        private var current: Character? { at < text.count ? text[at] : nil }

        mutating func base() -> Base {
            if current == "$", ends(1) {
                at = 1
                return .document
            }
            let count = text.prefix { $0 == "^" }.count
            guard count > 0, ends(count) else { return .record }
            at = count
            return .around(count)
        }

        /// A base ends there.
        private func ends(_ at: Int) -> Bool { at == text.count || ".[{".contains(text[at]) }

        /// - Parameter isFirst: a name may stand without a point before it.
        mutating func step(isFirst: Bool) throws(Problem) -> JSONStep? {
            wasQuoted = false
            guard let character = current else { return nil }
            if character == "[" { return try bracket() }
            if character == "{" {
                guard at + 1 < text.count, text[at + 1] == "}" else {
                    throw Problem(message: "'{' wants '}' behind it")
                }
                at += 2
                return .members
            }
            if character == "." {
                at += 1
            } else if !isFirst {
                throw Problem(message: "a '.' is missing before '\(String(text[at...]))'")
            }
            let name = String(text[at...].prefix { !".[{".contains($0) })
            guard !name.isEmpty else { throw Problem(message: "a name is missing behind a '.'") }
            at += name.count
            return name == "*" ? .members : .member(name)
        }

        private mutating func bracket() throws(Problem) -> JSONStep {
            at += 1
            if current == "\"" { return .member(try quoted()) }
            let inside = String(text[at...].prefix { $0 != "]" })
            guard at + inside.count < text.count else { throw Problem(message: "a '[' is not closed") }
            at += inside.count + 1
            if inside == "*" { return .elements }
            guard inside.allSatisfy({ $0.isASCII && $0.isNumber }), let index = Int(inside),
                index <= 1_000_000
            else {
                throw Problem(message: #"'[\#(inside)]' is neither [*] nor [NUMBER] nor ["name"]"#)
            }
            return .index(index)
        }

        private mutating func quoted() throws(Problem) -> String {
            wasQuoted = true
            var name = ""
            at += 1
            while let character = current, character != "\"" {
                if character == "\\", at + 1 < text.count { at += 1 }
                name.append(text[at])
                at += 1
            }
            guard current == "\"", at + 1 < text.count, text[at + 1] == "]" else {
                throw Problem(message: #"a '["' wants '"]' behind the name"#)
            }
            at += 2
            return name
        }
    }
}

extension JSONPath: CustomStringConvertible {
    public var description: String {
        let start =
            switch base {
            case .record: ""
            case .around(let count): String(repeating: "^", count: count)
            case .document: "$"
            }
        return JSONPath.text(steps, after: start)
    }

    /// Names that could be taken for something else stand in quotes.
    public static func text(_ steps: [JSONStep], after start: String = "") -> String {
        steps.reduce(into: start) { text, step in
            switch step {
            case .member(let name) where isPlain(name): text += text.isEmpty ? name : ".\(name)"
            case .member(let name):
                let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                text += "[\"\(escaped)\"]"
            case .index(let index): text += "[\(index)]"
            case .elements: text += "[*]"
            case .members: text += "{}"
            }
        }
    }

    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.first, first != "$", first != "^", name != "*" else { return false }
        return !name.contains { ".[{".contains($0) }
    }
}
