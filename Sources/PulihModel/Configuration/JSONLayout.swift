/// Which values of a JSON document are records, and which of them are their columns.
public struct JSONLayout: Sendable, Hashable {
    /// A document a line (NDJSON).
    public var isLines: Bool
    /// From the document to its records.
    public var records: [JSONStep]
    public var columns: [Column]
    /// `where`: other records are left out and counted.
    public var condition: Condition?
    /// `error_when`.
    public var failure: Failure?

    public struct Column: Sendable, Hashable {
        /// As configured; the header of the text names it so.
        public var source: String
        public var path: JSONPath

        public init(_ source: String, _ path: JSONPath) {
            self.source = source
            self.path = path
        }
    }

    public struct Condition: Sendable, Hashable {
        public var path: JSONPath
        /// Texts as they stand in the file.
        public var values: [String]

        public init(path: JSONPath, values: [String]) {
            self.path = path
            self.values = values
        }

        /// `type is not order`
        public var reason: String { "\(path) is not \(values.joined(separator: " or "))" }
    }

    /// Marks a document that tells of an error instead of bringing records.
    public struct Failure: Sendable, Hashable {
        /// From the document.
        public var path: JSONPath
        /// nil: any value but null.
        public var values: [String]?
        /// Where the document says what happened.
        public var message: JSONPath

        public init(path: JSONPath, values: [String]?, message: JSONPath) {
            self.path = path
            self.values = values
            self.message = message
        }
    }

    public init(
        isLines: Bool, records: [JSONStep], columns: [Column] = [], condition: Condition? = nil,
        failure: Failure? = nil
    ) {
        self.isLines = isLines
        self.records = records
        self.columns = columns
        self.condition = condition
        self.failure = failure
    }

    /// The end of the place of a record that `where` leaves out.
    public static let leftOutMark = " (left out)"
}

extension JSONLayout {
    /// Where a value is found while a document goes by.
    public enum Place: Sendable, Hashable {
        /// Below the value that stands at this depth: 0 is the document, the last one the record.
        case below(depth: Int, [JSONStep])
        /// The name under which the value at this depth stands in its object.
        case key(depth: Int)
    }

    /// - Parameter path: of a column.
    public func place(of path: JSONPath) throws(JSONPath.Problem) -> Place {
        if let every = path.steps.first(where: \.isEvery) {
            throw .init(
                message: "\(path) has \(JSONPath.text([every])), which is for the path to the records")
        }
        let depth = try depth(of: path.base)
        if path.endsInKey, path.steps.count == 1, depth > 0, records[depth - 1] == .members {
            return .key(depth: depth)
        }
        return try below(depth, path)
    }

    private func depth(of base: JSONPath.Base) throws(JSONPath.Problem) -> Int {
        switch base {
        case .record: return records.count
        case .document: return 0
        case .around(let count):
            let objects = records.indices.reversed().filter {
                if case .member = records[$0] { true } else { records[$0] == .members }
            }
            guard count <= objects.count else {
                throw .init(message: "there are only \(objects.count) objects around a record")
            }
            return objects[count - 1]
        }
    }

    /// As far as the way is that to the records, it is theirs.
    private func below(_ start: Int, _ path: JSONPath) throws(JSONPath.Problem) -> Place {
        var (depth, steps) = (start, path.steps[...])
        while depth < records.count, let step = steps.first, step == records[depth] {
            depth += 1
            steps.removeFirst()
        }
        if depth < records.count {
            guard let step = steps.first else { throw .init(message: "\(path) holds the records themselves") }
            switch (step, records[depth]) {
            case (.index, .elements), (.member, .members):
                throw .init(message: "\(path) is among the records")
            default: break
            }
        } else if steps.isEmpty {
            throw .init(message: "\(path) names no member of a record")
        }
        return .below(depth: depth, Array(steps))
    }

    /// Values above the first `[*]` or `{}` may stand behind the records: there is one of each in a document.
    public var lastSingleDepth: Int { records.firstIndex(where: \.isEvery) ?? records.count }
}

extension JSONLayout {
    /// What is fingerprinted; the columns stand beside it.
    public var json: JSONValue {
        var members = [JSONMember("records", .string(JSONPath.text(records, after: "$")))]
        if let condition {
            members.append(
                JSONMember(
                    "where",
                    ["path": .string(condition.path.description), "equals": .strings(condition.values)]))
        }
        if let failure {
            members.append(
                JSONMember(
                    "error_when",
                    [
                        "path": .string(failure.path.description),
                        "equals": failure.values.map(JSONValue.strings) ?? .null,
                        "message": .string(failure.message.description),
                    ]))
        }
        return .object(members)
    }
}
